"""Plays Asterisk's side of FastAGI over a real socket, so that stories can be tested without a telephone.

    async with serving({"red_key": story}) as server:
        call = await FakeCall.connect(server.port, "red_key", keys="1")
        await call.run()
    assert call.prompts == ["cc/received"]

Answers are those of Asterisk 22.10 and come at once: a prompt of eight seconds takes no time here.
"""

from __future__ import annotations

import asyncio
import re
from collections import deque
from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from twisted.internet.asyncioreactor import AsyncioSelectorReactor

from callcenter.app.clock import SystemClock
from callcenter.config.asterisk import FastAgi
from callcenter.config.stories import Hotline
from ivr.asking import Ears
from ivr.server import FastAgiServer, Story

DEAD = b"511 Command Not Permitted on a dead channel or intercept routine\n"
LIMIT_SECONDS = 10.0

_WORD = re.compile(r'"((?:[^"\\]|\\.)*)"|(\S+)')


@asynccontextmanager
async def serving(
    stories: Mapping[str, Story], *, ears: Ears | None = None, **settings: Any
) -> AsyncIterator[FastAgiServer]:
    """A server on a free loopback port, on the running loop; `settings` are those of `config.fastagi`."""
    reactor = AsyncioSelectorReactor(asyncio.get_running_loop())
    config = FastAgi.model_construct(**{**FastAgi().model_dump(), "port": 0, **settings})
    server = FastAgiServer(
        reactor, config=config, hotline=Hotline(area_code="010"), stories=stories, clock=SystemClock(), ears=ears
    )
    await server.start()
    try:
        yield server
    finally:
        await server.stop(within_seconds=0.2)
        for reader in reactor.removeAll():  # type: ignore[no-untyped-call]
            reader.connectionLost(None)


def environment(story: str, *arguments: str, **changes: str) -> bytes:
    """The block that Asterisk sends first."""
    values = {
        "network": "yes",
        "network_script": story,
        "request": f"agi://127.0.0.1:4573/{story}",
        "channel": "PJSIP/8001-00000001",
        "language": "zh",
        "type": "PJSIP",
        "uniqueid": "main-1764000000.1",
        "version": "22.10.1",
        "callerid": "13900000001",
        "calleridname": "8001",
        "callingpres": "0",
        "callingani2": "0",
        "callington": "0",
        "callingtns": "0",
        "dnid": "120001",
        "rdnis": "unknown",
        "context": "cc-elder",
        "extension": "wait",
        "priority": "5",
        "enhanced": "0.0",
        "accountcode": "",
        "threadid": "140000000000000",
        **{f"arg_{number}": argument for number, argument in enumerate(arguments, start=1)},
        **changes,
    }
    return "".join(f"agi_{key}: {value}\n" for key, value in values.items()).encode() + b"\n"


@dataclass
class FakeCall:
    """One channel in AGI. What was done with it stands in `commands`, `prompts` and `variables` afterwards."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    keys: deque[str] = field(default_factory=deque)  #: pressed one per prompt or wait; " " is silence
    missing: frozenset[str] = frozenset()  #: sound files that are not there
    hang_up_after: int | None = None  #: the caller hangs up while this command (1 is the first) runs
    replies: dict[str, bytes] = field(default_factory=dict)  #: beginning of a command -> what is said instead
    variables: dict[str, str] = field(default_factory=dict)
    database: set[str] = field(default_factory=set)  #: "family/key"
    commands: list[str] = field(default_factory=list)
    prompts: list[str] = field(default_factory=list)
    up: bool = True

    @classmethod
    async def connect(
        cls,
        port: int,
        story: str,
        *arguments: str,
        keys: Iterable[str] = "",
        agi: Mapping[str, str] | None = None,
        **of: Any,
    ) -> FakeCall:
        """`agi` changes values of the environment (without `agi_`)."""
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(environment(story, *arguments, **(agi or {})))
        return cls(reader=reader, writer=writer, keys=deque(keys), **of)

    async def run(self) -> FakeCall:
        """Answers commands until the server closes the socket, as Asterisk would."""
        try:
            async with asyncio.timeout(LIMIT_SECONDS):
                while (line := await self.next_command()) is not None:
                    self.writer.write(self.answer(line))
        finally:
            await self.close()
        return self

    async def next_command(self) -> str | None:
        """The next command, None when the server has closed the socket."""
        async with asyncio.timeout(LIMIT_SECONDS):
            try:
                line = await self.reader.readline()
            except ConnectionError:
                return None
        if not line:
            return None
        command = line.decode().removesuffix("\n")
        self.commands.append(command)
        return command

    async def close(self) -> None:
        self.writer.close()
        try:
            await self.writer.wait_closed()
        except ConnectionError:
            return

    def answer(self, command: str) -> bytes:
        """Asterisk's reply to a command, and what the command does to the channel."""
        for beginning, reply in self.replies.items():
            if command.startswith(beginning):
                return reply
        if not self.up:
            return DEAD
        if len(self.commands) == self.hang_up_after:
            self.up = False
            return b"200 result=-1 endpos=800\nHANGUP\n"
        words = [quoted or plain for quoted, plain in _WORD.findall(command)]
        words = [re.sub(r"\\(.)", r"\1", word) for word in words]
        match words:
            case ["ANSWER"] | ["NOOP"] | ["SET", "MUSIC", "ON" | "OFF"]:
                return b"200 result=0\n"
            case ["STREAM", "FILE", file, *_] if file in self.missing:
                return b"200 result=-1 endpos=0\n"
            case ["STREAM", "FILE", file, *_]:
                self.prompts.append(file)
                return b"200 result=%d endpos=8000\n" % self._pressed()
            case ["WAIT", "FOR", "DIGIT", _]:
                return b"200 result=%d\n" % self._pressed()
            case ["SET", "VARIABLE", name, *value]:
                self.variables[name] = "".join(value)
                return b"200 result=1\n"
            case ["GET", "VARIABLE", name]:
                value_of = self.variables.get(name)
                return b"200 result=0\n" if value_of is None else f"200 result=1 ({value_of})\n".encode()
            case ["DATABASE", "DEL", family, key]:
                known = f"{family}/{key}" in self.database
                self.database.discard(f"{family}/{key}")
                return b"200 result=%d\n" % known
            case ["CHANNEL", "STATUS"]:
                return b"200 result=6\n"
        return b"510 Invalid or unknown command\n"

    def _pressed(self) -> int:
        key = self.keys.popleft() if self.keys else " "
        return 0 if key == " " else ord(key)
