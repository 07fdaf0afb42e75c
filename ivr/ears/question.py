"""One question: its prompts, the moment somebody speaks over them, the answer and its end."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from typing import Final

import structlog

from callcenter.config.speech import Speech
from callcenter.errors import EarsAway
from callcenter.ports.story_call import Ending, Heard
from ivr.ears.audiosocket import FRAME_BYTES, FRAME_SECONDS
from ivr.ears.decoding import Decoding, Voice
from ivr.ears.order import Order
from ivr.ears.playback import Playback
from ivr.ears.recognizer import Update
from ivr.ears.speech_gate import SpeechGate

#: Kept of what came before the gate opened: it takes 0.2 s, and a soft consonant comes before.
_HELD_FRAMES: Final = 25
#: After the prompts the line still carries their echo for so long; then all sound is decoded, loud or not.
_ECHO_SECONDS: Final = 0.2

_AWAY: Final = Heard(ending=Ending.AWAY)

log = structlog.get_logger()


class QuestionEar:
    """Listens to one caller for one answer. Begin with `listen`, in a Task; the rest is called by the connection."""

    def __init__(
        self,
        order: Order,
        prompts: bytes,
        *,
        speech: Speech,
        decoding: Decoding,
        send: Callable[[bytes], None],
        partial: Callable[[str], None],
    ) -> None:
        self._order = order
        self._speech = speech
        self._partial = partial
        self._loop = asyncio.get_running_loop()
        self._voice: Voice = decoding.open(order.phrases, self._understood, whole=True)
        self._playback = Playback(prompts, loop=self._loop, send=send, done=self._prompts_over)
        self._gate = SpeechGate()
        self._rest = b""
        self._held: deque[bytes] = deque(maxlen=_HELD_FRAMES)
        self._decoding = not prompts
        self._asked_at: float | None = None  #: when the prompts were over
        self._first_loud = self._last_loud = self._last_word = 0.0
        self._words = ""
        self._ended: Heard | None = None
        self._change = asyncio.Event()

    async def listen(self) -> Heard:
        """Asks, and returns the answer. Bounded by `speech.question_at_most_seconds` and the order's own limits."""
        try:
            async with asyncio.timeout(self._speech.question_at_most_seconds):
                self._begin()
                while not self._is_over():
                    await self._change_within(self._speech.end_of_speech_silence_seconds / 8)
                self._playback.stop()
                return self._ended or await self._answer()
        except (TimeoutError, EarsAway) as error:
            log.warning("question_not_heard", why=str(error) or "too long")
            return _AWAY
        finally:
            self._playback.stop()
            self._voice.drop()

    # --------------------------------------------------------------------------- told by the connection

    def sound(self, pcm: bytes) -> None:
        """Takes any number of bytes of the caller's sound."""
        data = self._rest + pcm
        whole = len(data) // FRAME_BYTES * FRAME_BYTES
        self._rest = data[whole:]
        for start in range(0, whole, FRAME_BYTES):
            self._frame(data[start : start + FRAME_BYTES])
        if self._voice.lag_seconds > self._speech.shed_questions_above_lag_seconds:
            log.warning("question_shed", lag_seconds=round(self._voice.lag_seconds, 2))
            self._end(_AWAY)

    def key(self, digit: str) -> None:
        """A key that is none of the order's changes nothing."""
        if digit in self._order.keys:
            self._playback.stop()
            self._end(Heard(ending=Ending.KEY, key=digit))

    def gone(self) -> None:
        self._end(_AWAY)

    # ---------------------------------------------------------------------------------------- the course

    def _begin(self) -> None:
        if self._decoding:
            self._prompts_over()
        else:
            self._playback.start()

    def _prompts_over(self) -> None:
        self._asked_at = self._loop.time()

    def _frame(self, frame: bytes) -> None:
        was_open = self._gate.open
        self._gate.take(frame, played_dbfs=self._playback.played_dbfs)
        now = self._loop.time()
        if self._gate.open and not was_open:
            self._playback.stop()
            self._first_loud = now - self._gate.loud_frames * FRAME_SECONDS
            self._change.set()
        if self._gate.open and self._gate.loud_now:
            self._last_loud = now
        if self._decoding:
            self._voice.feed(frame)
            return
        self._held.append(frame)
        echo_over = self._asked_at is not None and now - self._asked_at > _HELD_FRAMES * FRAME_SECONDS + _ECHO_SECONDS
        if self._gate.open or echo_over:
            self._decode_held()

    def _decode_held(self) -> None:
        self._decoding = True
        self._voice.feed(b"".join(self._held))
        self._held.clear()

    def _understood(self, update: Update) -> None:
        if update.words and update.words != self._words:
            self._words = update.words
            self._last_word = self._loop.time()
            self._partial(update.words)

    def _is_over(self) -> bool:
        """Whether there is an answer, or none can come any more."""
        now = self._loop.time()
        if self._ended is not None:
            return True
        if self._gate.open:
            silent = now - self._last_loud >= self._order.silence_seconds
            return silent or now - self._first_loud >= self._order.longest_seconds
        if self._asked_at is None:
            return False
        if self._last_word > self._asked_at:  # a voice so faint that the gate does not open
            return now - self._last_word >= self._order.silence_seconds
        return now - self._asked_at >= self._order.seconds

    async def _change_within(self, seconds: float) -> None:
        self._change.clear()
        try:
            async with asyncio.timeout(seconds):
                await self._change.wait()
        except TimeoutError:
            pass

    async def _answer(self) -> Heard:
        if not self._decoding:
            self._decode_held()
        said = await self._voice.finish(within_seconds=self._speech.shed_questions_above_lag_seconds)
        spoken = max(0.0, self._last_loud - self._first_loud) if self._gate.open else said.spoken_seconds
        if said.words:
            return Heard(
                ending=Ending.WORDS, words=said.words, confidence=said.confidence, spoken_seconds=round(spoken, 3)
            )
        if self._gate.open:
            return Heard(ending=Ending.UNCLEAR, spoken_seconds=round(spoken, 3))
        return Heard(ending=Ending.SILENCE)

    def _end(self, heard: Heard) -> None:
        if self._ended is None:
            self._ended = heard
        self._change.set()
