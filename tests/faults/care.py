"""Was the elder cared for, as her own phone tells it: a ringing tone, our voice, or a human. Music is no care."""

from __future__ import annotations

import array
import asyncio
import itertools
import math
import time
from contextlib import suppress
from types import TracebackType
from typing import Final, Self

from tests.acceptance.phone import Phone
from tests.acceptance.sounds import MUSIC, RATE

_LOOK_SECONDS: Final = 0.1
_BLOCK: Final = RATE // 10
_HEADER: Final = 44
_LEAST: Final = 120.0  #: RMS, of 32767, of what is left when the music is taken away
_BEGINS = {"CALL_RINGING", "CALL_PROGRESS", "CALL_INCOMING"}
_ENDS = {"CALL_ESTABLISHED", "CALL_CLOSED"}


class Care:
    """Use as `async with Care(phone) as care`. Listens all the time; `worst` says how long she was left alone."""

    def __init__(self, phone: Phone) -> None:
        self._phone = phone
        self._read = _HEADER
        self._cared: list[float] = [time.monotonic()]
        self._task: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        if self._phone.heard.exists():
            self._read = self._phone.heard.stat().st_size
        self._task = asyncio.create_task(self._listen())
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None
    ) -> None:
        assert self._task is not None
        self._task.cancel()
        with suppress(asyncio.CancelledError):
            await self._task

    def worst(self, since: float) -> float:
        """The longest time without care from this moment (of `Phone.clock`) until now, in seconds."""
        moments = [since, *(moment for moment in self._cared if moment > since), time.monotonic()]
        return max(later - earlier for earlier, later in itertools.pairwise(moments))

    async def _listen(self) -> None:
        while True:
            if self._rings() | self._sounds():
                self._cared.append(time.monotonic())
            await asyncio.sleep(_LOOK_SECONDS)

    def _rings(self) -> bool:
        """Whether the last thing that happened to any call of hers is that it rings."""
        said = [event["type"] for event in self._phone.events if event.get("type") in _BEGINS | _ENDS]
        return bool(said) and said[-1] in _BEGINS

    def _sounds(self) -> bool:
        file = self._phone.heard
        if not file.exists():
            return False
        if file.stat().st_size < self._read:  # another call, another recording
            self._read = _HEADER
        with open(file, "rb") as recording:
            recording.seek(self._read)
            data = recording.read()
        blocks = len(data) // (2 * _BLOCK)
        self._read += blocks * 2 * _BLOCK
        samples = array.array("h", data[: blocks * 2 * _BLOCK])
        return any(beyond_music(samples[at : at + _BLOCK]) > _LEAST for at in range(0, len(samples), _BLOCK))


def beyond_music(samples: array.array[int]) -> float:
    """RMS of what stands in a tenth of a second beside the tone of the music."""
    turn = 2 * math.pi * MUSIC / RATE
    real = sum(value * math.cos(turn * i) for i, value in enumerate(samples))
    imaginary = sum(value * math.sin(turn * i) for i, value in enumerate(samples))
    count = len(samples)
    whole = sum(value * value for value in samples) / count
    music = 2 * (real * real + imaginary * imaginary) / (count * count)
    return math.sqrt(max(whole - music, 0.0))
