"""Voices are decoded in a few threads; how far they are behind is known at any moment."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Final

from callcenter.errors import EarsAway
from ivr.ears.recognizer import RATE, Recognizer, Result, Stream, Update

_BYTES_A_SECOND: Final = RATE * 2
#: Sound is handed over a tenth of a second at a time: a thread's turn costs as much as decoding 20 ms.
_BATCH_BYTES: Final = _BYTES_A_SECOND // 10
#: So that one voice that is behind does not hold a thread for long.
_TURN_BYTES: Final = _BYTES_A_SECOND


class Decoding:
    """The threads, and the voices they decode. One for each process."""

    def __init__(self, recognizer: Recognizer, *, threads: int) -> None:
        self._recognizer = recognizer
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="speech")
        self._voices: set[Voice] = set()

    @property
    def lag_seconds(self) -> float:
        """Sound of the voice that is most behind."""
        return max((voice.lag_seconds for voice in self._voices), default=0.0)

    def open(self, phrases: Sequence[str], tell: Callable[[Update], None], *, whole: bool) -> Voice:
        """A new voice; `tell` is called on the loop with what is new. End it with `finish` or `drop`.

        `whole` is that of `Recognizer.stream`.
        """
        make = partial(self._recognizer.stream, tuple(phrases), whole=whole)
        voice = Voice(make, self._pool, tell, self._voices.discard)
        self._voices.add(voice)
        return voice

    def close(self) -> None:
        """Waits for no thread: those that decode end with their turn."""
        for voice in list(self._voices):
            voice.drop()
        self._pool.shutdown(wait=False, cancel_futures=True)


class Voice:
    """One caller's sound on its way to words."""

    def __init__(
        self,
        make: Callable[[], Stream],
        pool: ThreadPoolExecutor,
        tell: Callable[[Update], None],
        gone: Callable[[Voice], None],
    ) -> None:
        self._make = make
        self._pool = pool
        self._tell = tell
        self._gone = gone
        self._waiting = bytearray()
        self._in_hand = 0
        self._kept = 0
        self._more = asyncio.Event()
        self._finishing = False
        self._task = asyncio.ensure_future(self._decode())
        self._task.add_done_callback(_looked_at)

    @property
    def lag_seconds(self) -> float:
        """Sound that was fed as it came and is not decoded yet."""
        return max(0, len(self._waiting) + self._in_hand - self._kept) / _BYTES_A_SECOND

    def feed(self, pcm: bytes, *, kept: int = 0) -> None:
        """Takes sound; never waits. Whoever feeds looks at `lag_seconds`.

        The first `kept` bytes were kept back on purpose, so that nobody is late with them.
        """
        self._waiting += pcm
        self._kept += kept
        if len(self._waiting) >= _BATCH_BYTES:
            self._more.set()

    async def finish(self, *, within_seconds: float) -> Result:
        """What was said in all. Raises `EarsAway` when it cannot be told in time, or at all."""
        self._finishing = True
        self._more.set()
        try:
            async with asyncio.timeout(within_seconds):
                return await asyncio.shield(self._task)
        except TimeoutError as error:
            raise EarsAway("decoding is late") from error
        finally:
            self.drop()

    def drop(self) -> None:
        """No longer wanted."""
        self._task.cancel()
        self._waiting.clear()
        self._gone(self)

    async def _decode(self) -> Result:
        loop = asyncio.get_running_loop()
        stream: Stream = await loop.run_in_executor(self._pool, self._make)
        while not (self._finishing and not self._waiting):
            await self._more.wait()
            turn = bytes(self._waiting[:_TURN_BYTES])
            del self._waiting[: len(turn)]
            if len(self._waiting) < _BATCH_BYTES and not self._finishing:
                self._more.clear()
            self._in_hand = len(turn)
            update = await loop.run_in_executor(self._pool, stream.feed, turn)
            self._in_hand = 0
            self._kept = max(0, self._kept - len(turn))
            if update is not None:
                self._tell(update)
        return await loop.run_in_executor(self._pool, stream.finish)


def _looked_at(task: asyncio.Task[Result]) -> None:
    """A voice that was dropped may have failed before: nobody asks any more."""
    if not task.cancelled():
        task.exception()
