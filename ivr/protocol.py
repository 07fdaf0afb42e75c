"""The FastAGI wire: lines in, lines out, each wait bounded. Knows nothing of stories or of AGI's commands."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Mapping
from math import inf
from typing import Final, Protocol

from twisted.internet.protocol import connectionDone
from twisted.protocols.basic import LineOnlyReceiver
from twisted.python.failure import Failure

from callcenter.errors import CallerHungUp, CommandRefused

#: Asterisk sends 22 lines and about 700 bytes, one line more per argument.
ENVIRONMENT_LINES_AT_MOST: Final = 64
ENVIRONMENT_BYTES_AT_MOST: Final = 8192
#: Asterisk reads a command into 2,048 bytes (AGI_BUF_LEN) and would take the rest for the next one.
COMMAND_BYTES_AT_MOST: Final = 2000
#: A usage text (520) is 20 lines at most in Asterisk 22.
USAGE_LINES_AT_MOST: Final = 100
#: For a peer that does not read: what is still to be written is thrown away after so long.
FLUSH_WITHIN_SECONDS: Final = 2.0

#: What no call can do without. Ids go into the database and into logs.
_NEEDED = {
    "agi_network_script": re.compile(r"[^\s\x00-\x1f]{1,200}"),
    "agi_channel": re.compile(r"[^\s\x00-\x1f]{1,150}"),
    "agi_uniqueid": re.compile(r"[A-Za-z0-9_.-]{1,150}"),
}


class Wire(Protocol):
    """What we use of Twisted's TCP transport."""

    def write(self, data: bytes) -> None: ...
    def writeSomeData(self, data: bytes) -> int | Exception: ...
    def setTcpNoDelay(self, enabled: bool) -> None: ...
    def loseConnection(self) -> None: ...
    def abortConnection(self) -> None: ...


class Door(Protocol):
    """Who is told about a connection's life."""

    def opened(self, connection: AgiConnection) -> None:
        """The environment is complete."""

    def closed(self, connection: AgiConnection) -> None:
        """The socket is gone; `connection.ended` says why."""


class AgiConnection(LineOnlyReceiver):
    """One FastAGI connection: the environment block, then one reply per command.

    Whatever ends it (EOF, HANGUP, 511, rubbish, silence beyond a limit, our own `end`), the command that waits raises
    `CallerHungUp`, and so does every later one. AGI has no request ids, so a reply nobody asked for ends it as well:
    the next command would take it for its own.
    """

    transport: Wire  # type: ignore[assignment]
    delimiter = b"\n"
    MAX_LENGTH = 4096

    def __init__(self, door: Door, loop: asyncio.AbstractEventLoop, environment_within_seconds: float) -> None:
        self.environment: Mapping[str, str] = {}
        self.ended = ""  #: why, in a word or two; "" while it lives
        self.made_at = loop.time()
        self._door = door
        self._loop = loop
        self._environment_within_seconds = environment_within_seconds
        self._head = b""
        self._written_at_once = True
        self._usage_lines = 0
        self._waiting: asyncio.Future[str] | None = None
        self._deadline = inf
        self._timer: asyncio.TimerHandle | None = None

    async def reply_to(self, command: str, within_seconds: float) -> str:
        """Sends one command and returns its `200` line. Cancelling it, or no reply in time, ends the connection.

        Raises `CallerHungUp` when the connection has ended, `CommandRefused` on 510, 520 and for too long a command.
        """
        if self.ended:
            raise CallerHungUp(self.ended)
        if self._waiting is not None:
            raise RuntimeError("a call takes one command at a time")
        line = command.encode("utf-8", "replace") + b"\n"
        if len(line) > COMMAND_BYTES_AT_MOST:
            raise CommandRefused("longer than Asterisk reads")
        waiting: asyncio.Future[str] = self._loop.create_future()
        self._waiting = waiting
        self._bound(within_seconds)
        self._write(line)
        try:
            return await waiting
        except asyncio.CancelledError:
            self.end("command cancelled")
            raise

    def end(self, why: str) -> None:
        """Closes the socket after what is already written; at once for a peer that does not read."""
        if self._close(why):
            self._bound(FLUSH_WITHIN_SECONDS)
            self.transport.loseConnection()

    # ------------------------------------------------------------------------------ called by Twisted

    def connectionMade(self) -> None:
        self.transport.setTcpNoDelay(True)
        self._bound(self._environment_within_seconds)

    def dataReceived(self, data: bytes) -> None:
        if not self.environment:
            data = self._environment_bytes(data)
        if data and self.environment:
            super().dataReceived(data)  # type: ignore[no-untyped-call]

    def lineReceived(self, line: bytes) -> None:
        if self._waiting is not None and not self._usage_lines and line.startswith(b"200 "):
            self._answer(line)
        else:
            self._unusual_line(line.strip())

    def lineLengthExceeded(self, line: bytes) -> None:
        self.end("line too long")

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        self._close("EOF")
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        self._door.closed(self)

    def _write(self, line: bytes) -> None:
        """Hands the line to the kernel at once; by way of the reactor it takes two more system calls and a loop."""
        if self._written_at_once:
            written = self.transport.writeSomeData(line)
            if written == len(line):
                return
            self._written_at_once = False
            if isinstance(written, int):
                line = line[written:]
        self.transport.write(line)

    # ------------------------------------------------------------------------------------- the lines

    def _environment_bytes(self, data: bytes) -> bytes:
        """Collects the environment; returns what came after it."""
        head = self._head + data
        if not head.startswith(b"agi_"[: len(head)]):
            self.end("no AGI environment")
            return b""
        block, blank_line, rest = head.partition(b"\n\n")
        if len(block) > ENVIRONMENT_BYTES_AT_MOST or block.count(b"\n") >= ENVIRONMENT_LINES_AT_MOST:
            self.end("environment too large")
        elif not blank_line:
            self._head = head
        else:
            self._environment_complete(block.decode("utf-8", "replace").split("\n"))
        return rest

    def _environment_complete(self, lines: list[str]) -> None:
        pairs = [line.partition(":") for line in lines]
        environment = {key: value.strip() for key, _, value in pairs}
        self._head = b""
        self._deadline = inf
        understood = all(pattern.fullmatch(environment.get(key, "")) for key, pattern in _NEEDED.items())
        if not understood or not all(key.startswith("agi_") for key in environment):
            self.end("no AGI environment")
            return
        self.environment = environment
        self._door.opened(self)

    def _answer(self, line: bytes) -> None:
        waiting = self._stop_waiting()
        if waiting is not None and not waiting.done():
            waiting.set_result(line.decode("utf-8", "replace"))

    def _unusual_line(self, line: bytes) -> None:
        if line == b"HANGUP":
            self.end("HANGUP")
        elif self._waiting is None:
            self.end("reply nobody asked for")
        elif line.startswith(b"520-") or (self._usage_lines and not line.startswith(b"520 ")):
            self._usage_lines += 1
            if self._usage_lines > USAGE_LINES_AT_MOST:
                self.end("rubbish")
        elif line.startswith(b"511"):
            self.end("511")
        elif line.startswith((b"510", b"520 ")):
            self._refuse(line[:3].decode())
        elif not line.startswith(b"100 "):
            self.end("rubbish")

    def _refuse(self, code: str) -> None:
        self._usage_lines = 0
        waiting = self._stop_waiting()
        if waiting is not None and not waiting.done():
            waiting.set_exception(CommandRefused(code))

    # ------------------------------------------------------------------------------------ its bounds

    def _stop_waiting(self) -> asyncio.Future[str] | None:
        waiting, self._waiting = self._waiting, None
        self._deadline = inf
        return waiting

    def _close(self, why: str) -> bool:
        if self.ended:
            return False
        self.ended = why
        waiting = self._stop_waiting()
        if waiting is not None and not waiting.done():
            waiting.set_exception(CallerHungUp(why))
        return True

    def _bound(self, seconds: float) -> None:
        """Sets the deadline. One timer serves a whole call: it is only ever moved to come earlier, else looks again."""
        self._deadline = deadline = self._loop.time() + seconds
        timer = self._timer
        if timer is not None:
            if timer.when() <= deadline:
                return
            timer.cancel()
        self._timer = self._loop.call_at(deadline, self._look_at_the_clock)

    def _look_at_the_clock(self) -> None:
        self._timer = None
        if self._deadline == inf:
            return
        if self._loop.time() < self._deadline:
            self._timer = self._loop.call_at(self._deadline, self._look_at_the_clock)
        elif self.ended:
            self.transport.abortConnection()
        else:
            self.end("reply late" if self.environment else "environment late")
