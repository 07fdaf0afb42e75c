"""What a party really heard: marker tones in a recording. The demo's proof, where a log line would only be a claim."""

from __future__ import annotations

import array
import math
from pathlib import Path
from typing import Final

from ivr import sound

RATE: Final = 8000  #: Hz, of every recording here
STEP_SECONDS: Final = 0.1
LEAST_AMPLITUDE: Final = 600.0  #: of a marker, of 32767: far above what speech has at one frequency for 0.1 s
_HEADER: Final = 44


def with_marker(speech: Path, to: Path, *, frequency: int, seconds: float) -> None:
    """Writes `speech`, then a second of `frequency`, then a pause, over and over until it is `seconds` long.

    0 Hz is a second of silence.
    """
    said, rate = sound.read(speech)
    if rate != RATE:
        raise ValueError(f"{speech.name}: {rate} Hz, expected {RATE}")
    marker = [round(6000 * math.sin(2 * math.pi * frequency * i / RATE)) for i in range(RATE)]
    once = array.array("h", [*said, *marker, *([0] * RATE)])
    sound.write(to, (once * math.ceil(seconds * RATE / len(once)))[: int(seconds * RATE)])


def seconds_of(recording: Path, frequency: int) -> float:
    """For how long this marker is heard in a mono recording, which may still be growing."""
    samples, step = samples_of(recording), int(RATE * STEP_SECONDS)
    steps = range(0, len(samples) - step + 1, step)
    return sum(amplitude(samples[i : i + step], frequency) > LEAST_AMPLITUDE for i in steps) * STEP_SECONDS


def samples_of(recording: Path) -> array.array[int]:
    """As far as it is written; empty while there is none."""
    data = recording.read_bytes()[_HEADER:] if recording.exists() else b""
    return array.array("h", data[: len(data) // 2 * 2])


def amplitude(samples: array.array[int], frequency: float) -> float:
    """Of one frequency in these samples, by Goertzel's algorithm."""
    k = 2 * math.cos(2 * math.pi * frequency / RATE)
    a = b = 0.0
    for value in samples:
        a, b = value + k * a - b, a
    return 2 * math.sqrt(max(a * a + b * b - k * a * b, 0.0)) / len(samples)
