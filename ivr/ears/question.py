"""One question: its prompts, the moment somebody speaks over them, the answer and its end."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from itertools import islice
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

#: Where the decoding of an answer begins: the gate takes 0.2 s to open, and a soft consonant comes before. Never
#: earlier, however long she thinks: a second of the line's hiss before a word costs one word in ten.
_BEFORE_FRAMES: Final = 25
#: What comes after the last loud sound decides nothing when it is longer; it is decoded when she goes on.
_PAUSE_SECONDS: Final = 0.3
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
        self._decoding = decoding
        self._voice: Voice = self._new_voice()
        self._playback = Playback(prompts, loop=self._loop, send=send, done=self._prompts_over)
        self._gate = SpeechGate()
        self._prompted = bool(prompts)
        self._rest = b""
        self._lately: deque[bytes] = deque(maxlen=_BEFORE_FRAMES)
        self._unfed = 0  #: frames since the voice was fed last
        self._fed = False
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
        if self._prompted:
            self._playback.start()
        else:
            self._prompts_over()

    def _prompts_over(self) -> None:
        self._asked_at = self._loop.time()

    def _frame(self, frame: bytes) -> None:
        was_open = self._gate.open
        self._gate.take(frame, played_dbfs=self._playback.played_dbfs)
        self._lately.append(frame)
        self._unfed += 1
        now = self._loop.time()
        if not self._gate.open:
            if self._free_of_echo(now):
                self._feed()  # a voice so faint that the gate does not open
            return
        if not was_open:
            self._speech_begins(now)
        if self._gate.loud_now:
            self._last_loud = now
        if self._gate.quiet_seconds <= _PAUSE_SECONDS:
            self._feed()

    def _free_of_echo(self, now: float) -> bool:
        """Whether nothing of the prompts can be in what was not fed yet."""
        if not self._prompted:
            return True
        kept = _BEFORE_FRAMES * FRAME_SECONDS
        return self._asked_at is not None and now - self._asked_at > kept + _ECHO_SECONDS

    def _speech_begins(self, now: float) -> None:
        self._playback.stop()
        self._first_loud = now - self._gate.loud_frames * FRAME_SECONDS
        if self._fed and not self._words:
            self._voice.drop()
            self._voice = self._new_voice()
            self._unfed = len(self._lately)
        self._change.set()

    def _new_voice(self) -> Voice:
        return self._decoding.open(self._order.phrases, self._understood, whole=True)

    def _feed(self) -> None:
        unfed = min(self._unfed, len(self._lately))
        pcm = b"".join(islice(self._lately, len(self._lately) - unfed, None))
        self._voice.feed(pcm, kept=len(pcm) - FRAME_BYTES)
        self._unfed = 0
        self._fed = True

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
        if not self._fed:
            self._feed()
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
