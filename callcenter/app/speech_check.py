"""What the ears understand of a recording, as they would on the telephone: 20 ms after 20 ms."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from ivr import sound
from ivr.ears.recognizer import Recognizer

_FRAME: Final = sound.TELEPHONE_RATE // 50


@dataclass(frozen=True, kw_only=True)
class Said:
    """What is new at `at_seconds` of the recording: so much of a sentence, or all of it."""

    at_seconds: float
    words: str
    final: bool
    confidence: float


@dataclass(frozen=True, kw_only=True)
class Heard:
    said: tuple[Said, ...]
    words: str  #: of the whole
    confidence: float
    rejected: bool  #: something outside the phrases was said, and nothing can be made of the rest
    dropped: tuple[str, ...]  #: phrases that the model cannot understand
    sound_seconds: float
    processor_seconds: float


def hear(model: Path, recording: Path, phrases: Sequence[str] = ()) -> Heard:
    """Blocks. Listens for the phrases, or without any for all words of the model.

    Raises `EarsAway` (no model, or it knows none of the phrases) and `SoundUnusable`.
    """
    samples = sound.resampled(*sound.read(recording))
    recognizer = Recognizer(model)
    stream = recognizer.stream(phrases)
    said: list[Said] = []
    begun = time.process_time()
    for start in range(0, len(samples), _FRAME):
        update = stream.feed(samples[start : start + _FRAME].tobytes())
        if update is not None and update.words:
            at = min(start + _FRAME, len(samples)) / sound.TELEPHONE_RATE
            said.append(Said(at_seconds=at, words=update.words, final=update.final, confidence=update.confidence))
    result = stream.finish()
    return Heard(
        said=tuple(said),
        words=result.words,
        confidence=result.confidence,
        rejected=result.foreign and not result.words,
        dropped=recognizer.dropped(phrases),
        sound_seconds=sound.seconds(samples),
        processor_seconds=time.process_time() - begun,
    )
