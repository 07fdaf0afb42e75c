"""Sound for the telephone: 8,000 samples a second, mono, 16 bit, one loudness, no silence at the ends.

Standard library only; a second of speech costs about 25 ms.
"""

from __future__ import annotations

import math
import os
import sys
import wave
from array import array
from collections.abc import Sequence
from functools import cache
from itertools import chain, pairwise, repeat
from math import gcd
from operator import mul
from pathlib import Path
from typing import Final, TypeAlias

from callcenter.errors import HotlineError

TELEPHONE_RATE: Final = 8000
FULL_SCALE: Final = 32767

#: Speech is brought to this level, the middle of what telephone networks expect (-16 … -20 dBFS).
SPEECH_DBFS: Final = -18.0
#: What is said again to somebody who did not understand: as loud as may be.
CLEAR_DBFS: Final = -16.5
#: No sample goes beyond this share of full scale. What would is bent gently from the knee on, not cut.
CEILING: Final = 0.97
_KNEE: Final = 0.75

#: The low pass: half way down at 3,600 Hz and 55 dB down from 4,000 Hz on, where folding would begin.
_CUT_OFF_HZ: Final = 3600
_HALF_WIDTH_SECONDS: Final = 48 / 22050
_KAISER_BETA: Final = 5.0

_BRIGHTEN: Final = 0.5  #: of the sample before that is taken away

FRAME_SECONDS: Final = 0.01  #: how finely loudness is looked at
_FRAME: Final = TELEPHONE_RATE // 100
#: A frame is speech when it is at most so far below the loudest one.
_SPEECH_RANGE: Final = 10 ** (-26 / 20)
_AUDIBLE_RANGE: Final = 10 ** (-42 / 20)
_BEFORE_FRAMES: Final = 5
_AFTER_FRAMES: Final = 12
_SILENT_BELOW: Final = 30.0  # RMS of a file that holds nothing but noise

Samples: TypeAlias = "array[int]"


class SoundUnusable(HotlineError):
    """This sound cannot be played on the telephone."""


def read(path: Path) -> tuple[Samples, int]:
    """(mono samples, samples a second) of a 16-bit WAV. Raises `SoundUnusable`."""
    try:
        with wave.open(str(path), "rb") as file:
            channels, width, rate, count = file.getparams()[:4]
            frames = file.readframes(count)
    except (OSError, EOFError, wave.Error) as error:
        raise SoundUnusable(f"{path.name}: {error}") from error
    if width != 2 or channels not in (1, 2):
        raise SoundUnusable(f"{path.name}: {8 * width} bit, {channels} channels; 16 bit, 1 or 2 are wanted")
    if not TELEPHONE_RATE <= rate <= 48000:
        raise SoundUnusable(f"{path.name}: {rate} samples a second; 8000 to 48000 are wanted")
    samples = array("h", frames[: len(frames) // (2 * channels) * 2 * channels])
    if sys.byteorder == "big":
        samples.byteswap()
    if channels == 2:
        samples = array("h", ((a + b) // 2 for a, b in zip(samples[::2], samples[1::2], strict=True)))
    return samples, rate


def write(path: Path, samples: Samples) -> None:
    """Puts a complete WAV at `path`, or leaves what was there: nobody ever plays half a file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    half_done = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        with half_done.open("wb") as file:
            with wave.open(file, "wb") as sound:
                sound.setparams((1, 2, TELEPHONE_RATE, 0, "NONE", ""))
                sound.writeframes(samples.tobytes())
            file.flush()
            os.fsync(file.fileno())
        half_done.replace(path)
    finally:
        half_done.unlink(missing_ok=True)


def for_telephone(samples: Samples, rate: int, *, clear: bool = False) -> Samples:
    """The whole way: 8 kHz, trimmed, levelled. Raises `SoundUnusable` when there is nothing to hear.

    `clear`: brightened and louder, for old ears, which lose the high tones first.
    """
    ready = trimmed(resampled(samples, rate))
    return levelled(brightened(ready), dbfs=CLEAR_DBFS) if clear else levelled(ready)


def resampled(samples: Sequence[int], rate: int) -> Samples:
    """At 8,000 samples a second, without what would fold into the telephone's band."""
    if rate == TELEPHONE_RATE:
        return array("h", samples)
    step, phases = rate // gcd(rate, TELEPHONE_RATE), TELEPHONE_RATE // gcd(rate, TELEPHONE_RATE)
    reach = round(_HALF_WIDTH_SECONDS * rate)
    rows = _low_pass(phases, reach, rate)
    width = 2 * reach + 1
    padded = list(chain(repeat(0, reach), samples, repeat(0, reach + 1)))
    count = len(samples) * phases // step
    return array(
        "h",
        (
            _clipped(sum(map(mul, rows[moment % phases], padded[moment // phases : moment // phases + width])))
            for moment in range(0, count * step, step)
        ),
    )


def trimmed(samples: Samples) -> Samples:
    """Without the silence before and after; a breath of it is left. Raises `SoundUnusable` for silence."""
    heard = levels(samples)
    loudest = max(heard, default=0.0)
    if loudest < _SILENT_BELOW:
        raise SoundUnusable("it is empty")
    audible = [index for index, level in enumerate(heard) if level >= loudest * _AUDIBLE_RANGE]
    return samples[max(0, audible[0] - _BEFORE_FRAMES) * _FRAME : (audible[-1] + 1 + _AFTER_FRAMES) * _FRAME]


def brightened(samples: Samples) -> Samples:
    """With consonants lifted against vowels: 1 kHz by 3 dB, 3 kHz by 9 dB against the lowest tones; half as loud."""
    return array("h", (_clipped((b - _BRIGHTEN * a) / (1 + _BRIGHTEN)) for a, b in pairwise([0, *samples])))


def levelled(samples: Samples, *, dbfs: float = SPEECH_DBFS) -> Samples:
    """With speech at this level, and never clipped."""
    gain = 10 ** ((dbfs - speech_dbfs(samples)) / 20)
    if max(map(abs, samples)) * gain <= CEILING * FULL_SCALE:
        return array("h", (round(sample * gain) for sample in samples))
    return array("h", (round(_bent(sample * gain / FULL_SCALE) * FULL_SCALE) for sample in samples))


def speech_dbfs(samples: Samples) -> float:
    """How loud the speech in it is, pauses not counted. Raises `SoundUnusable` for silence."""
    heard = levels(samples)
    loudest = max(heard, default=0.0)
    if loudest == 0:
        raise SoundUnusable("it is empty")
    speech = [level * level for level in heard if level >= loudest * _SPEECH_RANGE]
    return 10 * math.log10(sum(speech) / len(speech)) - 20 * math.log10(FULL_SCALE)


def seconds(samples: Samples) -> float:
    return len(samples) / TELEPHONE_RATE


def levels(samples: Samples) -> list[float]:
    """RMS of each whole `FRAME_SECONDS`, full scale is 32,767."""
    starts = range(0, len(samples) - _FRAME + 1, _FRAME)
    frames = (samples[start : start + _FRAME] for start in starts)
    return [math.sqrt(sum(map(mul, frame, frame)) / _FRAME) for frame in frames]


@cache  # pure, and dearer than the second of speech it is used for; a handful of rates exist
def _low_pass(phases: int, reach: int, rate: int) -> tuple[tuple[float, ...], ...]:
    """The filter as seen from each place between two samples."""
    return tuple(tuple(_row(phase / phases, reach, rate)) for phase in range(phases))


def _row(fraction: float, reach: int, rate: int) -> list[float]:
    cut_off = _CUT_OFF_HZ / rate
    taps = [
        _sinc(2 * cut_off * (k - fraction)) * _kaiser((k - fraction) / (reach + 1)) for k in range(-reach, reach + 1)
    ]
    whole = sum(taps)
    return [tap / whole for tap in taps]


def _sinc(x: float) -> float:
    return 1.0 if x == 0 else math.sin(math.pi * x) / (math.pi * x)


def _kaiser(x: float) -> float:
    return _bessel(_KAISER_BETA * math.sqrt(max(0.0, 1 - x * x))) / _bessel(_KAISER_BETA)


def _bessel(x: float) -> float:
    """Modified Bessel function of the first kind, order 0; twenty terms are exact for the arguments here."""
    return sum(((x / 2) ** k / math.factorial(k)) ** 2 for k in range(20))


def _clipped(value: float) -> int:
    return max(-FULL_SCALE - 1, min(FULL_SCALE, round(value)))


def _bent(x: float) -> float:
    size = abs(x)
    if size > _KNEE:
        size = _KNEE + (CEILING - _KNEE) * math.tanh((size - _KNEE) / (CEILING - _KNEE))
    return math.copysign(size, x)
