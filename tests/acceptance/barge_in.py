"""When a prompt stopped for who speaks or presses over it, measured in what her own telephone recorded.

The path has a delay of its own: her telephone's buffers, Asterisk's, the network. It is taken out by a peer that
answers at once: it sits where the ears sit, at the other end of an AudioSocket, sends every frame back as it comes,
and a beep as soon as it is told of a key. So a signal at second P of the file that she plays comes back at second H of
her recording, and what the peer would have answered to a word that begins at second W of her file would be heard at
W + H - P. A prompt that ends at E ended E - (W + H - P) after the word: all of that is the ears' own. The same holds
for keys, whose moments are taken on the recording's own clock, and whose path includes the time for which the
telephone holds the key.
"""

from __future__ import annotations

import array
import asyncio
import math
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from types import TracebackType
from typing import Final, Self
from uuid import uuid4

from callcenter.app.heard import RATE, amplitude, samples_of
from callcenter.ports.story_call import Ending, Heard, Question
from ivr.asking import Ears, Hearing
from ivr.ears.audiosocket import FRAME_BYTES, FRAME_SECONDS, FrameReader, Kind, encoded
from ivr.ears.loudness import dbfs
from ivr.ears.loudness import samples_of as samples_in
from tests.acceptance.phone import Phone

SIGNAL_HZ: Final = 1000  #: what comes back at once: her own sound, or the beep for a key
SIGNAL_SECONDS: Final = 0.1
#: Asked of the peer that answers at once, instead of the ears.
AT_ONCE: Final = Question(prompts=(), phrases=("at once",))
_SIGNAL_DBFS: Final = -30.0
_AFTER_SIGNAL_SECONDS: Final = 0.4  #: until its end has been heard, too
_AT_ONCE_AT_MOST_SECONDS: Final = 7.0
_WATCH_SECONDS: Final = 0.004
_WINDOW: Final = RATE // 100
_LEAST_AMPLITUDE: Final = 800.0
_SILENCE_SECONDS: Final = 0.06  #: no prompt of these tests has a pause as long
_SILENT: Final = 40  #: of 32767; A-law's silence is 8
_HEADER_BYTES: Final = 44


def tone(frequency: float, seconds: float, level: float = 6000.0) -> array.array[int]:
    turn = 2 * math.pi * frequency / RATE
    return array.array("h", (round(level * math.sin(turn * i)) for i in range(round(seconds * RATE))))


_BEEP: Final = tone(SIGNAL_HZ, SIGNAL_SECONDS).tobytes()


class AnswersAtOnce:
    """The peer. Each conversation ends by itself, a moment after the first signal or key."""

    def __init__(self) -> None:
        self.port = 0

    @asynccontextmanager
    async def open(self) -> AsyncIterator[Self]:
        server = await asyncio.start_server(self._talk, "127.0.0.1", 0)
        self.port = server.sockets[0].getsockname()[1]
        async with server:
            yield self

    async def _talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        frames, beep, frames_left = FrameReader(), b"", math.inf
        try:
            while frames_left > 0 and (data := await reader.read(4096)):
                for frame in frames.frames(data):
                    signal = frame.kind == Kind.KEY
                    if frame.kind == Kind.KEY:
                        beep = _BEEP
                    elif frame.kind == Kind.AUDIO:
                        signal = dbfs(samples_in(frame.payload)) > _SIGNAL_DBFS
                        frames_left -= 1
                    else:
                        continue
                    if signal and frames_left == math.inf:
                        frames_left = _AFTER_SIGNAL_SECONDS / FRAME_SECONDS
                    answer, beep = (beep[:FRAME_BYTES] or frame.payload), beep[FRAME_BYTES:]
                    writer.write(encoded(Kind.AUDIO, answer))
            writer.write(encoded(Kind.END))
            await writer.drain()
        finally:
            writer.close()


@dataclass(frozen=True, kw_only=True)
class _AtOnce:
    """`Hearing` of the peer."""

    sound: str
    at_most_seconds: float = _AT_ONCE_AT_MOST_SECONDS

    async def heard(self) -> Heard:
        return Heard(ending=Ending.SILENCE)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...


@dataclass(frozen=True)
class EarsOrAtOnce:
    """The ears; `AT_ONCE` is asked of the peer."""

    ears: Ears
    peer: AnswersAtOnce

    async def expect(self, question: Question) -> Hearing:
        if question is AT_ONCE:
            return _AtOnce(sound=f"{uuid4()},127.0.0.1:{self.peer.port}")
        return await self.ears.expect(question)


@dataclass
class Recording:
    """What a telephone has recorded, and when: its file grows in steps, which tells its clock from ours."""

    phone: Phone
    _zero: float = field(default=math.inf, init=False)  #: the recording's beginning, on our clock

    @asynccontextmanager
    async def watched(self) -> AsyncIterator[Self]:
        """Watches it grow meanwhile, so that `second` knows its clock: to some 20 ms, and never too late."""
        watching = asyncio.create_task(self._watch())
        try:
            yield self
        finally:
            watching.cancel()
            await asyncio.wait([watching])

    def second(self, moment: float) -> float:
        """Where in the recording this moment of `Phone.clock` is."""
        return moment - self._zero

    def signals(self) -> list[float]:
        """The seconds in which a signal begins."""
        samples = samples_of(self.phone.heard)
        loud = [
            amplitude(samples[at : at + 2 * _WINDOW], SIGNAL_HZ) > _LEAST_AMPLITUDE
            for at in range(0, len(samples) - 2 * _WINDOW, _WINDOW)
        ]
        starts = [i for i in range(1, len(loud) - 4) if all(loud[i : i + 4]) and not loud[i - 1]]
        return [self._first_loud(samples, (start - 1) * _WINDOW) / RATE for start in starts]

    def sound_end(self, after: float) -> float:
        """The second in which the sound that is heard at this one ends."""
        samples = samples_of(self.phone.heard)
        silent = 0
        for at in range(round(after * RATE), len(samples)):
            silent = 0 if abs(samples[at]) > _SILENT else silent + 1
            if silent >= _SILENCE_SECONDS * RATE:
                return (at - silent) / RATE
        raise AssertionError(f"{self.phone.user}: what was heard at {after:.2f} s never ended")

    async def _watch(self) -> None:
        size = 0
        while True:
            grown = self.phone.heard.stat().st_size if self.phone.heard.exists() else 0
            if grown > size:
                size = grown
                self._zero = min(self._zero, time.monotonic() - (size - _HEADER_BYTES) / (2 * RATE))
            await asyncio.sleep(_WATCH_SECONDS)

    @staticmethod
    def _first_loud(samples: array.array[int], start: int) -> int:
        return next(at for at in range(max(start, 0), len(samples)) if abs(samples[at]) > _LEAST_AMPLITUDE)
