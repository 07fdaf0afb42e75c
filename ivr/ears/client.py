"""Who listens: the workers of the configuration, the least busy first, as the rest of the service sees them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self
from uuid import UUID, uuid4

from callcenter.config.speech import Speech
from callcenter.errors import EarsAway
from callcenter.ports.speech import Said
from callcenter.ports.story_call import Ending, Heard, Question
from ivr.ears.commands import Mode, Refusal
from ivr.ears.worker_link import WorkerLink
from ivr.prompts import FOLDER, LONGEST_SECONDS

#: A worker that refuses is not the end: the next one may have room. So many are asked, each within its bound.
_ASKED_AT_MOST: Final = 2
#: A consumer that is so far behind loses what is not final.
_WAITING_AT_MOST: Final = 100
_BYTES_A_SECOND: Final = 16000  #: of a prompt's file: 8 kHz, mono, 16 bit
#: Beyond what a question may take by its own limits: connecting, and the pauses between prompts.
_SPARE_SECONDS: Final = 2.0


class EarsClient:
    """`ivr.asking.Ears` and `callcenter.ports.speech.Ears` by worker processes. Use it as a context manager.

    Entering it does not wait for any worker: who is away is connected to when it comes.
    """

    def __init__(
        self, config: Speech, reactor: Any, *, distress: Callable[[str], bool], sounds: Path | None = None
    ) -> None:
        """`distress` says whether words are a call for help. `sounds` is the folder that prompts lie in; without it
        each counts as long as one may be.
        """
        self._config = config
        self._sounds = sounds
        self._distress = distress
        self.links = tuple(WorkerLink(worker, config, reactor) for worker in config.workers)
        self.refused = 0  #: questions and transcripts that nobody had room for, or nobody was there for
        self._keepers: list[asyncio.Task[None]] = []

    async def __aenter__(self) -> Self:
        self._keepers = [asyncio.create_task(link.keep_up(), name=f"ears {link.worker.name}") for link in self.links]
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for keeper in self._keepers:
            keeper.cancel()
        if self._keepers:
            await asyncio.wait(self._keepers)

    @property
    def ready(self) -> bool:
        """Whether somebody could listen now."""
        return any(link.ready for link in self.links)

    @property
    def streams(self) -> int:
        """What is listened to now, by all workers."""
        return sum(link.condition.streams for link in self.links)

    @property
    def lag_seconds(self) -> float:
        """Of the worker that is furthest behind."""
        return max((link.condition.lag_seconds for link in self.links), default=0.0)

    async def expect(self, question: Question) -> Hearing:
        """See `ivr.asking.Ears`."""
        prompts = [name if "/" in name else f"{FOLDER}/{name}" for name in question.prompts]
        stream = await self._begin(
            Mode.QUESTION,
            prompts=prompts,
            phrases=list(question.phrases),
            keys=question.keys,
            seconds=question.seconds,
        )
        spoken = sum(map(self._seconds_of, prompts)) + question.seconds + self._config.longest_speech_seconds
        return Hearing(
            stream,
            at_most_seconds=min(spoken, self._config.question_at_most_seconds) + _SPARE_SECONDS,
            reply_within_seconds=self._config.reply_within_seconds,
        )

    @asynccontextmanager
    async def overhear(self) -> AsyncIterator[Overhearing]:
        """See `callcenter.ports.speech.Ears`."""
        stream = await self._begin(Mode.TRANSCRIPT, prompts=[], phrases=[], keys="", seconds=1.0)
        try:
            yield Overhearing(stream, self._distress)
        finally:
            stream.call_off()

    def _seconds_of(self, prompt: str) -> float:
        if self._sounds is None:
            return LONGEST_SECONDS
        try:
            return (self._sounds / f"{prompt}.wav").stat().st_size / _BYTES_A_SECOND
        except OSError:
            return LONGEST_SECONDS

    async def _begin(self, mode: Mode, **fields: Any) -> _Stream:
        why = str(Refusal.FULL) if any(link.full for link in self.links) else "away"
        ready = [link for link in self.links if link.ready]
        for link in sorted(ready, key=lambda link: link.condition.streams)[:_ASKED_AT_MOST]:
            stream = _Stream(link)
            try:
                await link.expect(stream.uuid, stream.tell, mode=mode, **fields)
            except EarsAway as away:
                why = away.detail or why
            else:
                return stream
        self.refused += 1
        raise EarsAway(why)


class _Stream:
    """What a worker says of one stream, in order."""

    def __init__(self, link: WorkerLink) -> None:
        self.uuid: UUID = uuid4()
        self._link = link
        self._told: asyncio.Queue[Said | Heard | None] = asyncio.Queue()

    @property
    def sound(self) -> str:
        audio = self._link.worker.audio
        return f"{self.uuid},{audio.host}:{audio.port}"

    def tell(self, what: Said | Heard | None) -> None:
        passing = isinstance(what, Said) and not what.final
        if not (passing and self._told.qsize() >= _WAITING_AT_MOST):
            self._told.put_nowait(what)

    async def next(self) -> Said | Heard:
        """Raises `EarsAway` when the worker is lost."""
        what = await self._told.get()
        if what is None:
            raise EarsAway(f"{self._link.worker.name} was lost")
        return what

    def call_off(self) -> None:
        self._link.call_off(self.uuid)


class Hearing:
    """`ivr.asking.Hearing`."""

    def __init__(self, stream: _Stream, *, at_most_seconds: float, reply_within_seconds: float) -> None:
        self.at_most_seconds = at_most_seconds
        self.sound = stream.sound
        self._stream = stream
        self._reply_within_seconds = reply_within_seconds

    async def heard(self) -> Heard:
        """See `ivr.asking.Hearing`."""
        try:
            async with asyncio.timeout(self._reply_within_seconds):
                while isinstance(said := await self._stream.next(), Said):
                    pass  # what is understood so far is nobody's answer yet
        except TimeoutError as error:
            raise EarsAway("its worker does not say how it ended") from error
        if said.ending is Ending.AWAY:
            raise EarsAway("its worker could not hear it out")
        return said

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stream.call_off()


class Overhearing:
    """`callcenter.ports.speech.Overhearing`."""

    def __init__(self, stream: _Stream, distress: Callable[[str], bool]) -> None:
        self.sound = stream.sound
        self._stream = stream
        self._distress = distress

    async def said(self) -> AsyncIterator[Said]:
        """See `callcenter.ports.speech.Overhearing`."""
        while isinstance(said := await self._stream.next(), Said):
            yield replace(said, distress=self._distress(said.words)) if said.final else said
