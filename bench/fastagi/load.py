"""Plays Asterisk's side for many calls at once. Counts what came back and how long the slowest step took."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field

COMMANDS_PER_CALL = 6  #: at least
CALL_WITHIN_SECONDS = 30.0
_UNKNOWN = b"510 Invalid or unknown command\n"

_ENVIRONMENT = """\
agi_network: yes
agi_network_script: bench
agi_request: agi://127.0.0.1/bench
agi_channel: PJSIP/8001-{number:08x}
agi_language: zh
agi_type: PJSIP
agi_uniqueid: bench-1764000000.{number}
agi_version: 22.10.1
agi_callerid: 13900000001
agi_calleridname: 8001
agi_callingpres: 0
agi_callingani2: 0
agi_callington: 0
agi_callingtns: 0
agi_dnid: 120001
agi_rdnis: unknown
agi_context: cc-elder
agi_extension: wait
agi_priority: 5
agi_enhanced: 0.0
agi_accountcode:
agi_threadid: 140000000000000
agi_arg_1:
agi_arg_2: red
agi_arg_3: pager{number}

"""


@dataclass
class Tally:
    """What became of the calls."""

    done: int = 0  #: all commands heard, every one of them known, then closed by the server
    failed: int = 0
    slowest_step_seconds: float = 0.0  #: from what we sent to the server's next command
    waiting: int = 0  #: calls held in their first prompt
    all_waiting: asyncio.Event = field(default_factory=asyncio.Event)


class Caller(asyncio.Protocol):
    """One call. With `hold` set it does not answer the first prompt until the event comes."""

    def __init__(self, number: int, tally: Tally, hold: asyncio.Event | None, hold_at: int) -> None:
        self._number = number
        self._tally = tally
        self._hold = hold
        self._hold_at = hold_at
        self._heard = 0
        self._unknown = 0
        self._rest = b""
        self._loop = asyncio.get_running_loop()
        self.over: asyncio.Future[None] = self._loop.create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self._say(_ENVIRONMENT.format(number=self._number).encode())

    def data_received(self, data: bytes) -> None:
        step = self._loop.time() - self._said_at
        self._tally.slowest_step_seconds = max(self._tally.slowest_step_seconds, step)
        *lines, self._rest = (self._rest + data).split(b"\n")
        for line in lines:
            self._heard += 1
            if self._hold is not None and self._heard == 2:
                self._wait(line)
            else:
                self._answer(line)

    def connection_lost(self, error: Exception | None) -> None:
        complete = self._heard >= COMMANDS_PER_CALL and not self._unknown and error is None
        self._tally.done += complete
        self._tally.failed += not complete
        if not self.over.done():
            self.over.set_result(None)

    def _answer(self, command: bytes) -> None:
        reply = _reply(command)
        self._unknown += reply == _UNKNOWN
        self._say(reply)

    def _say(self, data: bytes) -> None:
        self._said_at = self._loop.time()
        self._transport.write(data)

    def _wait(self, line: bytes) -> None:
        assert self._hold is not None
        self._tally.waiting += 1
        if self._tally.waiting == self._hold_at:
            self._tally.all_waiting.set()
        going_on = self._loop.create_task(self._hold.wait())
        going_on.add_done_callback(lambda _: self._answer(line))


def _reply(command: bytes) -> bytes:
    if command.startswith(b"STREAM FILE cc/landline_menu"):
        return b"200 result=49 endpos=8000\n"
    if command.startswith(b"STREAM FILE"):
        return b"200 result=0 endpos=16000\n"
    if command.startswith((b"SET VARIABLE", b"DATABASE DEL")):
        return b"200 result=1\n"
    return b"200 result=0\n" if command.startswith((b"ANSWER", b"GOSUB")) else _UNKNOWN


async def offer(port: int, *, calls: int, at_once: int, first: int = 0) -> Tally:
    """So many calls, always so many at once, numbered from `first`."""
    tally = Tally()
    numbers = iter(range(first, first + calls))

    async def line() -> None:
        for number in numbers:
            await _call(port, number, tally)

    await asyncio.gather(*(line() for _ in range(at_once)))
    return tally


async def _call(port: int, number: int, tally: Tally, hold: asyncio.Event | None = None, hold_at: int = 0) -> None:
    loop = asyncio.get_running_loop()
    try:
        async with asyncio.timeout(CALL_WITHIN_SECONDS):
            transport, caller = await loop.create_connection(
                lambda: Caller(number, tally, hold, hold_at), "127.0.0.1", port
            )
            try:
                await caller.over
            finally:
                transport.close()
    except (OSError, TimeoutError):
        tally.failed += 1


class Held:
    """So many calls that all stand in their first prompt between `__aenter__` and `__aexit__`."""

    def __init__(self, port: int, *, calls: int) -> None:
        self._port = port
        self._calls = calls
        self._release = asyncio.Event()
        self.tally = Tally()

    async def __aenter__(self) -> Held:
        self._tasks = [
            asyncio.create_task(_call(self._port, number, self.tally, self._release, self._calls))
            for number in range(self._calls)
        ]
        async with asyncio.timeout(CALL_WITHIN_SECONDS):
            await self.tally.all_waiting.wait()
        return self

    async def __aexit__(self, *_: object) -> None:
        self._release.set()
        await asyncio.gather(*self._tasks)
