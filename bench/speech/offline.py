"""Every clip through the bare recogniser and through ours, as fast as they decode, in turns."""

from __future__ import annotations

import json
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from threading import Thread
from typing import Any, Final

import vosk

from bench.speech.clips import Clip
from bench.speech.live import SAMPLE_SECONDS
from ivr.ears.recognizer import RATE, UNKNOWN, Recognizer

_FRAME_BYTES: Final = 2 * RATE // 50
_TURN_BYTES: Final = 2 * RATE // 10  #: what the worker decodes at a time


@dataclass(frozen=True, kw_only=True)
class Passed:
    """What both understood of each clip, in the clips' order, and the processor seconds that it took."""

    bare: tuple[str, ...]  #: "" where it was rejected, or nothing was heard
    ours: tuple[str, ...]
    bare_seconds: float
    ours_seconds: float
    sound_seconds: float
    dropped: tuple[str, ...]  #: phrases that the model cannot understand

    @property
    def ratio(self) -> float:
        return self.ours_seconds / self.bare_seconds

    @property
    def real_time_factor(self) -> float:
        return self.ours_seconds / self.sound_seconds


def through_both(model: Path, clips: Sequence[Clip], phrases: Sequence[str]) -> Passed:
    """A recogniser for each clip, its making included, as each question has one. Raises `EarsAway`."""
    recognizer, bare = Recognizer(model), Bare(model, phrases)
    heard: tuple[list[str], list[str]] = ([], [])
    took = [0.0, 0.0]
    for number, clip in enumerate(clips):
        for turn in (0, 1) if number % 2 == 0 else (1, 0):
            begun = time.process_time()
            words = _ours(recognizer, clip.pcm, phrases) if turn else bare.hear(clip.pcm)
            took[turn] += time.process_time() - begun
            heard[turn].append(words)
    return Passed(
        bare=tuple(heard[0]),
        ours=tuple(heard[1]),
        bare_seconds=took[0],
        ours_seconds=took[1],
        sound_seconds=sum(clip.seconds for clip in clips),
        dropped=recognizer.dropped(phrases),
    )


def _ours(recognizer: Recognizer, pcm: bytes, phrases: Sequence[str]) -> str:
    stream = recognizer.stream(phrases)
    for start in range(0, len(pcm), _FRAME_BYTES):
        stream.feed(pcm[start : start + _FRAME_BYTES])
    return stream.finish().words


@dataclass(frozen=True, kw_only=True)
class BareLive:
    """What Vosk alone took for the sound of one level."""

    processor_seconds: float
    lag_seconds: tuple[float, ...]  #: of the caller who waited longest, sampled; in order


class Bare:
    """Vosk alone: frames in, text out, nothing of ours but the split of the phrases into words."""

    def __init__(self, model: Path, phrases: Sequence[str]) -> None:
        words = filter(None, map(Recognizer(model).split, phrases))
        self._grammar = json.dumps([*(" ".join(each) for each in words), UNKNOWN], ensure_ascii=False)
        vosk.SetLogLevel(-1)
        self._model = vosk.Model(str(model))

    def live(self, sounds: Iterable[bytes], *, at_once: int) -> BareLive:
        """Hears all of these at the speed of speech, so many at once, a tenth of a second at a time.

        One after the other and as fast as it goes, the same sounds take clearly less: a model's numbers stay near the
        processor then, as they never do for live callers.
        """
        waiting = list(reversed(list(sounds)))
        behind = [0.0] * at_once  #: of each caller, after what was decoded last

        def caller(number: int) -> None:
            with suppress(IndexError):  # none is left
                while True:
                    for behind[number] in self._hear_live(waiting.pop()):
                        pass
            behind[number] = 0.0

        threads = [Thread(target=caller, args=(number,)) for number in range(at_once)]
        lags: list[float] = []
        begun = time.process_time()
        for thread in threads:
            thread.start()
            time.sleep(1 / at_once)  # as in bench/speech/live.py: nobody calls in the same instant
        while any(thread.is_alive() for thread in threads):
            lags.append(max(behind))
            time.sleep(SAMPLE_SECONDS)
        return BareLive(processor_seconds=time.process_time() - begun, lag_seconds=tuple(sorted(lags)) or (0.0,))

    def _hear_live(self, pcm: bytes) -> Iterator[float]:
        """How late each piece was decoded."""
        listener = vosk.KaldiRecognizer(self._model, RATE, self._grammar)
        began = time.monotonic()
        for start in range(0, len(pcm), _TURN_BYTES):
            turn = pcm[start : start + _TURN_BYTES]
            spoken = began + (start + len(turn)) / (2 * RATE)
            time.sleep(max(0.0, spoken - time.monotonic()))
            listener.AcceptWaveform(turn)
            yield time.monotonic() - spoken
        listener.FinalResult()

    def hear(self, pcm: bytes) -> str:
        """Without an outer [unk]; "" when one stands between words."""
        listener = vosk.KaldiRecognizer(self._model, RATE, self._grammar)
        said = [
            _text(listener.Result())
            for start in range(0, len(pcm), _FRAME_BYTES)
            if listener.AcceptWaveform(pcm[start : start + _FRAME_BYTES])
        ]
        words = " ".join([*said, _text(listener.FinalResult())]).split()
        while words and words[0] == UNKNOWN:
            words.pop(0)
        while words and words[-1] == UNKNOWN:
            words.pop()
        return "" if UNKNOWN in words else "".join(words)


def _text(answer: str) -> str:
    found: Any = json.loads(answer)
    return str(found["text"])
