"""A manager interface whose manners a test chooses: punctual, mute, rude, flooding or dying. A real TCP server.

`python -m tests.integration.fake_ami` serves it from a process of its own and prints its port (for the bench).
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

GREETING = b"Asterisk Call Manager/11.0.0\r\n"
BOOTED = b"Event: FullyBooted\r\nPrivilege: system,all\r\nStatus: Fully Booted\r\n\r\n"

Action = dict[str, str]
Answer = Callable[["Peer", Action], Awaitable[None]]


class Peer:
    """One connection, seen from the server's side."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer

    async def send(self, data: bytes) -> None:
        self._writer.write(data)
        await self._writer.drain()

    async def ok(self, action: Action, **headers: str) -> None:
        lines = {"Response": "Success", "ActionID": action["ActionID"], **headers}
        await self.send(packet(**lines))

    async def receive(self) -> Action:
        """The next action. Raises `asyncio.IncompleteReadError` at the end of the connection."""
        block = await self._reader.readuntil(b"\r\n\r\n")
        lines = [line.partition(": ") for line in block.decode().split("\r\n") if line]
        return {name: value for name, _, value in lines}

    def close(self) -> None:
        self._writer.close()

    def drop(self) -> None:
        """Without delivering what was sent last."""
        self._writer.transport.abort()


def packet(**headers: str) -> bytes:
    return ("".join(f"{name}: {value}\r\n" for name, value in headers.items()) + "\r\n").encode()


class FakeAmi:
    """Use as `async with FakeAmi() as ami`; `port` stays the same through `stop` and `start`."""

    def __init__(self, *, greeting: bytes = GREETING, boots: bool = True) -> None:
        self.greeting = greeting
        self.boots = boots
        self.port = 0
        self.connections = 0
        self.actions: list[Action] = []
        self.answers: dict[str, Answer] = {}  #: by action; anything else is answered with Success
        self.peer: Peer | None = None  #: the newest connection
        self._server: asyncio.Server | None = None
        self._serving: set[asyncio.Task[None]] = set()

    async def __aenter__(self) -> FakeAmi:
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stop()

    async def start(self) -> None:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", self.port, limit=1 << 20)
        self.port = self._server.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        if self._server is not None:
            self._server.close()
        for task in list(self._serving):
            task.cancel()
        await asyncio.gather(*self._serving, return_exceptions=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._serving.add(task)
        self.connections += 1
        peer = self.peer = Peer(reader, writer)
        try:
            await peer.send(self.greeting)
            while True:
                action = await peer.receive()
                self.actions.append(action)
                await self.answers.get(action["Action"], self._punctual)(peer, action)
        except (OSError, asyncio.IncompleteReadError, asyncio.CancelledError):
            pass  # the other side left, or the test is over
        finally:
            self._serving.discard(task)
            writer.transport.abort()

    async def _punctual(self, peer: Peer, action: Action) -> None:
        await peer.ok(action, Message="ok")
        if action["Action"] == "Login" and self.boots:
            await peer.send(BOOTED)
        if action["Action"] == "Logoff":
            peer.close()


def snapshot(number: int) -> dict[str, str]:
    """The headers that Asterisk 22 puts on every event of a channel."""
    uniqueid = f"1760000000.{number}"
    return {
        "Privilege": "call,all",
        "Channel": f"PJSIP/pager-{number:08x}",
        "ChannelState": "4",
        "ChannelStateDesc": "Ring",
        "CallerIDNum": f"1390000{number:04d}",
        "CallerIDName": f"made up {number}",
        "ConnectedLineNum": "<unknown>",
        "ConnectedLineName": "<unknown>",
        "Language": "zh",
        "AccountCode": "",
        "Context": "from-pager",
        "Exten": "120001",
        "Priority": "1",
        "Uniqueid": uniqueid,
        "Linkedid": uniqueid,
    }


def flood(count: int, *, headers: dict[str, str] | None = None) -> bytes:
    """So many VarSet and Newchannel events, then one `FloodDone`."""
    extra = headers or {}
    block = b"".join(
        packet(Event="VarSet", **snapshot(number), **extra, Variable="X", Value=str(number))
        if number % 2
        else packet(Event="Newchannel", **snapshot(number), **extra)
        for number in range(min(count, 1000))
    )
    whole, rest = divmod(count, 1000)
    assert not rest or count < 1000, "a flood is below 1,000 or a multiple of it"
    return block * max(whole, 1) + packet(Event="FloodDone")


async def _flood(peer: Peer, action: Action) -> None:
    await peer.ok(action)
    await peer.send(flood(int(action["Count"])))


async def _serve_until_ended() -> None:
    async with FakeAmi() as ami:
        ami.answers["Flood"] = _flood
        print(ami.port, flush=True)
        await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(_serve_until_ended())
