"""Everything a caller says, sentence by sentence, until she or the service ends it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from callcenter.config.speech import Speech
from callcenter.errors import EarsAway
from callcenter.ports.story_call import Ending, Heard
from ivr.ears.decoding import Decoding, Voice
from ivr.ears.order import Order
from ivr.ears.recognizer import Update


class TranscriptEar:
    """Listens to one caller. Begin with `listen`, in a Task; the rest is called by the connection."""

    def __init__(
        self,
        order: Order,
        *,
        speech: Speech,
        decoding: Decoding,
        partial: Callable[[str], None],
        final: Callable[[str, float, float], None],
    ) -> None:
        self._speech = speech
        self._partial = partial
        self._final = final
        self._voice: Voice = decoding.open(order.phrases, self._understood, whole=False)
        self._said_something = False
        self._late = False
        self._over = asyncio.Event()

    async def listen(self) -> Heard:
        """Returns at the end: WORDS if anything was said, SILENCE, or AWAY when the worker could not keep up."""
        try:
            async with asyncio.timeout(self._speech.transcript_at_most_seconds):
                await self._over.wait()
        except TimeoutError:
            pass
        try:
            said = await self._voice.finish(within_seconds=self._speech.shed_transcripts_above_lag_seconds)
        except EarsAway:
            return Heard(ending=Ending.AWAY)
        finally:
            self._voice.drop()
        if said.words:
            self._tell(said.words, said.confidence, said.spoken_seconds)
        if self._late:
            return Heard(ending=Ending.AWAY)
        return Heard(ending=Ending.WORDS if self._said_something else Ending.SILENCE)

    def sound(self, pcm: bytes) -> None:
        if self._over.is_set():
            return
        self._voice.feed(pcm)
        if self._voice.lag_seconds > self._speech.shed_transcripts_above_lag_seconds:
            self._late = True
            self._over.set()

    def key(self, digit: str) -> None:
        """Keys are no words."""

    def gone(self) -> None:
        self._over.set()

    def _understood(self, update: Update) -> None:
        if update.words and update.final:
            self._tell(update.words, update.confidence, update.spoken_seconds)
        elif update.words:
            self._partial(update.words)

    def _tell(self, words: str, confidence: float, spoken_seconds: float) -> None:
        self._said_something = True
        self._final(words, confidence, spoken_seconds)
