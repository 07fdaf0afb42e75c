"""A worker of our own as a process, a service that orders, and Asterisk's side of its AudioSocket."""

from __future__ import annotations

import asyncio
import csv
import math
import os
import signal
import sys
import wave
from array import array
from collections import defaultdict
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self
from uuid import UUID, uuid4

import pytest
import yaml
from twisted.protocols.amp import AMP

from callcenter.app.free_port import free_port
from callcenter.ports.story_call import Ending, Heard
from ivr.ears import commands
from ivr.ears.audiosocket import FRAME_BYTES, FRAME_SECONDS, SILENCE, Frame, FrameReader, Kind, encoded
from ivr.ears.commands import Mode, Refusal

PROJECT = Path(__file__).parents[2]
#: The model for tests and its recordings lie beside the project; they are no part of it.
SPEECH = PROJECT.parent / "shared" / "speech"
MODEL = SPEECH / "model"

needs_model = pytest.mark.skipif(
    not (MODEL / "am" / "final.mdl").is_file(), reason="no speech model for tests in shared/speech beside the project"
)


@dataclass(frozen=True, kw_only=True)
class Clip:
    file: str
    transcript: str
    kind: str
    pcm: bytes


def clips(*kinds: str) -> list[Clip]:
    with (SPEECH / "clips" / "clips.tsv").open(encoding="utf-8") as table:
        rows = [row for row in csv.DictReader(table, delimiter="\t") if row["kind"] in kinds]
    return [
        Clip(file=r["file"], transcript=r["transcript"], kind=r["kind"], pcm=pcm_of(SPEECH / "clips" / r["file"]))
        for r in rows
    ]


def clip(transcript: str) -> Clip:
    return next(c for c in clips("real", "real-seen-speaker") if c.transcript == transcript)


def phrases() -> list[str]:
    return (SPEECH / "phrases.txt").read_text(encoding="utf-8").split()


def pcm_of(path: Path) -> bytes:
    with wave.open(str(path)) as file:
        return file.readframes(file.getnframes())


def seconds_of(pcm: bytes) -> float:
    return len(pcm) / 16000


def write_prompt(path: Path, seconds: float) -> None:
    """A buzz in syllables, as loud as prompts are."""
    samples = array("h")
    for moment in range(int(seconds * 8000)):
        syllable = abs(math.sin(math.pi * moment / 1600)) ** 0.5
        buzz = sum(math.sin(2 * math.pi * 180 * n * moment / 8000) / n for n in range(1, 8))
        samples.append(int(4000 * syllable * buzz))
    path.parent.mkdir(parents=True, exist_ok=True)
    with wave.open(str(path), "wb") as file:
        file.setparams((1, 2, 8000, 0, "NONE", ""))
        file.writeframes(samples.tobytes())


class Service(AMP):
    """The main process's side of the control connection; beats unless told not to."""

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.partials: dict[UUID, list[str]] = defaultdict(list)
        self.finals: dict[UUID, list[Heard]] = defaultdict(list)
        self._endings: dict[UUID, asyncio.Future[Heard]] = {}
        self.ended_at: dict[UUID, float] = {}
        self.times_ended: dict[UUID, int] = defaultdict(int)
        self.lost = asyncio.Event()
        self._beating: asyncio.Task[None] | None = None

    @classmethod
    async def connect(cls, port: int, *, beats: bool = True) -> Self:
        loop = asyncio.get_running_loop()
        service = cls()
        await loop.create_connection(lambda: _Bridge(service), "127.0.0.1", port)
        if beats:
            service._beating = asyncio.ensure_future(service._beat())
        return service

    async def ask(self, command: Any, **fields: Any) -> dict[str, Any]:
        async with asyncio.timeout(3):
            answer: dict[str, Any] = await self.callRemote(command, **fields).asFuture(  # type: ignore[no-untyped-call]
                asyncio.get_running_loop()
            )
            return answer

    async def expect(self, uuid: UUID, mode: Mode = Mode.QUESTION, **fields: Any) -> Refusal:
        blank: dict[str, Any] = {"prompts": [], "phrases": ["好", "不好"], "keys": "", "seconds": 2.0}
        answer = await self.ask(commands.Expect, uuid=uuid, mode=mode, **blank | fields)
        return Refusal(answer["why"])

    async def ending(self, uuid: UUID, *, within: float = 10.0) -> Heard:
        async with asyncio.timeout(within):
            return await self._ending(uuid)

    def hung(self) -> None:
        """No more beats; the connection stays."""
        assert self._beating
        self._beating.cancel()

    async def close(self) -> None:
        if self._beating is not None:
            self._beating.cancel()
        if not self.lost.is_set():
            self.transport.loseConnection()  # type: ignore[union-attr,misc]
        await self.lost.wait()

    def _ending(self, uuid: UUID) -> asyncio.Future[Heard]:
        return self._endings.setdefault(uuid, asyncio.get_running_loop().create_future())

    async def _beat(self) -> None:
        while True:
            await self.ask(commands.Beat)
            await asyncio.sleep(0.5)

    @commands.Partial.responder
    def _partial(self, uuid: UUID, words: str) -> dict[str, Any]:
        self.partials[uuid].append(words)
        return {}

    @commands.Final.responder
    def _final(self, uuid: UUID, words: str, confidence: float, spoken: float) -> dict[str, Any]:
        self.finals[uuid].append(Heard(ending=Ending.WORDS, words=words, confidence=confidence, spoken_seconds=spoken))
        return {}

    @commands.Ended.responder
    def _ended(
        self, uuid: UUID, ending: Ending, words: str, confidence: float, key: str, spoken: float
    ) -> dict[str, Any]:
        self.times_ended[uuid] += 1
        self.ended_at[uuid] = asyncio.get_running_loop().time()
        future = self._ending(uuid)
        if not future.done():
            future.set_result(Heard(ending=ending, words=words, confidence=confidence, key=key, spoken_seconds=spoken))
        return {}


class _Bridge(asyncio.Protocol):
    """Twisted's AMP on an asyncio transport: a test needs no reactor."""

    def __init__(self, amp: Service) -> None:
        self._amp = amp

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._amp.makeConnection(_Transport(transport))  # type: ignore[no-untyped-call]

    def data_received(self, data: bytes) -> None:
        self._amp.dataReceived(data)  # type: ignore[no-untyped-call]

    def connection_lost(self, error: Exception | None) -> None:
        from twisted.internet.protocol import connectionDone

        self._amp.connectionLost(connectionDone)  # type: ignore[no-untyped-call]
        self._amp.lost.set()


class _Transport:
    def __init__(self, transport: Any) -> None:
        self._transport = transport
        self.write = transport.write
        self.loseConnection = transport.close

    def getPeer(self) -> str:
        return "worker"

    getHost = getPeer


#: A telephone that gets more at once drops sound, so that its echo is not ever later.
_BUFFERED_FRAMES = 5


class Caller:
    """Asterisk's side: sends frames, keeps what it is played with the times."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader, self._writer = reader, writer
        self._frames = FrameReader()
        self.heard: list[tuple[float, bytes]] = []
        self.ended = asyncio.Event()  #: the worker said END
        self.closed = asyncio.Event()
        self._reading = asyncio.ensure_future(self._read())

    @classmethod
    async def connect(cls, port: int, uuid: UUID | None = None) -> Self:
        caller = cls(*await asyncio.open_connection("127.0.0.1", port))
        if uuid is not None:
            caller.write(encoded(Kind.UUID, uuid.bytes))
        return caller

    def write(self, data: bytes) -> None:
        if not self.closed.is_set():
            self._writer.write(data)

    async def speak(self, pcm: bytes, *, pace: float = 1.0) -> None:
        """Sends the sound as Asterisk does, 20 ms each 20 ms. Ends early when the worker closes."""
        loop = asyncio.get_running_loop()
        due = loop.time()
        for start in range(0, len(pcm), FRAME_BYTES):
            if self.closed.is_set():
                return
            self.write(encoded(Kind.AUDIO, pcm[start : start + FRAME_BYTES]))
            due += FRAME_SECONDS / pace
            await asyncio.sleep(max(0.0, due - loop.time()))

    async def be_silent(self, seconds: float = 30.0) -> None:
        await self.speak(SILENCE * int(seconds / FRAME_SECONDS))

    async def echo(self, *, after_seconds: float) -> None:
        """Sends back what it is played, 12 dB weaker and so much later, until the worker closes."""
        loop = asyncio.get_running_loop()
        due, sent = loop.time(), 0
        while not self.closed.is_set():
            back = [frame for at, frame in self.heard[sent:] if at + after_seconds <= loop.time()]
            take = len(back) if len(back) > _BUFFERED_FRAMES else min(1, len(back))
            sent += take
            samples = array("h", back[take - 1] if take else SILENCE)
            self.write(encoded(Kind.AUDIO, array("h", [sample // 4 for sample in samples]).tobytes()))
            due += FRAME_SECONDS
            await asyncio.sleep(max(0.0, due - loop.time()))

    def press(self, key: str) -> None:
        self.write(encoded(Kind.KEY, key.encode()))

    async def hang_up(self) -> None:
        self._writer.close()
        with suppress(ConnectionError):
            await self._writer.wait_closed()
        await self._reading

    @property
    def played(self) -> list[tuple[float, bytes]]:
        """Frames that were not silence, with the times they came."""
        return [(at, frame) for at, frame in self.heard if frame.strip(b"\0")]

    async def _read(self) -> None:
        loop = asyncio.get_running_loop()
        try:
            while data := await self._reader.read(65536):
                for frame in self._frames.frames(data):
                    self._take(frame, loop.time())
        except ConnectionError:
            pass
        finally:
            self.closed.set()
            self._writer.close()

    def _take(self, frame: Frame, now: float) -> None:
        if frame.kind == Kind.AUDIO:
            self.heard.append((now, frame.payload))
        elif frame.kind == Kind.END:
            self.ended.set()


@dataclass(kw_only=True)
class Worker:
    process: asyncio.subprocess.Process
    audio_port: int
    control_port: int
    sounds: Path
    guests: AsyncExitStack = field(default_factory=AsyncExitStack)  #: who connected, and goes when the worker is gone

    async def service(self, *, beats: bool = True) -> Service:
        """Connects once it listens; 20 s at most."""
        async with asyncio.timeout(20):
            while True:
                try:
                    service = await Service.connect(self.control_port, beats=beats)
                except OSError:
                    assert self.process.returncode is None, "the worker has ended"
                    await asyncio.sleep(0.02)
                else:
                    self.guests.push_async_callback(service.close)
                    return service

    async def caller(self, uuid: UUID | None = None) -> Caller:
        caller = await Caller.connect(self.audio_port, uuid)
        self.guests.push_async_callback(caller.hang_up)
        return caller

    @property
    def resident_kib(self) -> int:
        pages = Path(f"/proc/{self.process.pid}/statm").read_text(encoding="ascii").split()[1]
        return int(pages) * os.sysconf("SC_PAGE_SIZE") // 1024


@asynccontextmanager
async def worker_process(folder: Path, model: Path = MODEL, **speech: Any) -> AsyncIterator[Worker]:
    """A worker with these settings of `speech`; ended by SIGTERM, which must be orderly."""
    audio, control = free_port(), free_port()
    settings = {
        "speech": {
            "model": str(model),
            "workers": [{"name": "local", "audio": {"port": audio}, "control": {"port": control}}],
            **speech,
        },
        "voice": {"sounds": str(folder / "sounds")},
    }
    path = folder / "config.yaml"
    path.write_text(yaml.safe_dump(settings), encoding="utf-8")
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-W", "error", "-m", "ivr.ears", "--config", str(path), "--parent", str(os.getpid())),
        cwd=PROJECT,
    )
    worker = Worker(process=process, audio_port=audio, control_port=control, sounds=folder / "sounds")
    try:
        yield worker
        if process.returncode is None:
            process.send_signal(signal.SIGTERM)
            async with asyncio.timeout(5):
                assert await process.wait() == 0
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
        await worker.guests.aclose()


def new_uuid() -> UUID:
    return uuid4()
