"""Which tones stand in a recording, and when: a test says what a party really heard, not what a log claims."""

from __future__ import annotations

import array
import math
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from callcenter.app.heard import LEAST_AMPLITUDE, amplitude, samples_of
from tests.acceptance.sounds import MUSIC, PROMPTS, RATE, VOICES

_STEP = RATE // 10
_SOUND = 60.0  #: least RMS of anything that counts as sound
KNOWN = tuple(sorted({*VOICES.values(), *PROMPTS.values(), MUSIC}))


@dataclass(frozen=True)
class Heard:
    """One stretch of the recording, in seconds from its start."""

    start: float
    end: float
    tones: frozenset[int]  #: Hz; empty for silence, {0} for a sound that is no test tone


def heard(path: Path, tones: Iterable[int] = KNOWN) -> list[Heard]:
    """The whole recording in stretches, silence included. A file still being written is read so far."""
    samples = samples_of(path)
    wanted = tuple(tones)
    stretches: list[Heard] = []
    for start in range(0, len(samples) - _STEP + 1, _STEP):
        found = _tones(samples[start : start + _STEP], wanted)
        end = (start + _STEP) / RATE
        if stretches and stretches[-1].tones == found:
            stretches[-1] = Heard(stretches[-1].start, end, found)
        else:
            stretches.append(Heard(start / RATE, end, found))
    return stretches


def seconds_of(path: Path, tone: int) -> float:
    """For how long this tone was heard, all stretches together."""
    return round(sum(h.end - h.start for h in heard(path, (tone,)) if tone in h.tones), 1)


def longest_silence(path: Path, *, ignoring: Iterable[int] = ()) -> float:
    """The longest stretch without any sound but `ignoring` (music, for instance, is no care)."""
    deaf = frozenset(ignoring)
    longest = current = 0.0
    for stretch in heard(path):
        if stretch.tones - deaf:
            current = 0.0
        else:
            current += stretch.end - stretch.start
            longest = max(longest, current)
    return round(longest, 1)


def _tones(samples: array.array[int], wanted: tuple[int, ...]) -> frozenset[int]:
    loudness = math.sqrt(sum(v * v for v in samples) / len(samples))
    if loudness < _SOUND:
        return frozenset()
    found = frozenset(f for f in wanted if amplitude(samples, f) > LEAST_AMPLITUDE)
    return found or frozenset({0})
