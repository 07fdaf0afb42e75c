"""Is a sound fit for the telephone and an old ear? Measured the same way for the machine's voice and for recordings."""

from __future__ import annotations

import cmath
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Final

from callcenter.config import Config
from ivr import sound
from ivr.prompts import Listener, PromptSound
from ivr.say_zh import spoken
from ivr.voice_shelf import Shelf

#: What telephone networks expect of speech, pauses not counted.
LOUDNESS_DBFS: Final = (-20.0, -16.0)
#: Above this a codec has nothing left.
PEAK_DBFS_AT_MOST: Final = -0.2
#: More at an end is taken for a line that has died, or has the caller talk into the sentence.
SILENCE_SECONDS_AT_MOST: Final = 0.25
#: What a telephone carries is 300 to 3,400 Hz. A machine's or man's voice has its lowest tones below, so not all.
VOICE_BAND_AT_LEAST: Final = 0.5
#: Syllables a second, pauses counted: slower sounds broken, faster is lost on who lies on the floor.
PACE: Final = {Listener.ELDER: (1.6, 3.6), Listener.AGENT: (1.6, 5.0)}
#: A word or two has no pace.
PACE_FROM_SYLLABLES: Final = 6

#: Where the energy lies, Hz.
BANDS: Final = ((0, 300), (300, 1000), (1000, 2000), (2000, 3400), (3400, 4000))
_VOICE_BANDS: Final = slice(1, 4)
_FRAME: Final = 256  # 32 ms
_SILENT: Final = 10 ** (-40 / 20)  # against the loudest 10 ms


@dataclass(frozen=True, kw_only=True)
class Measured:
    """What was measured, and in words what is out of bounds."""

    name: str
    seconds: float
    loudness_dbfs: float  #: RMS of the speech in it
    peak_dbfs: float
    before_seconds: float  #: silence at the beginning
    after_seconds: float
    bands: tuple[float, ...]  #: share of the energy in each of `BANDS`
    syllables_per_second: float
    recorded: bool  #: a human voice
    faults: tuple[str, ...]

    @property
    def voice_band(self) -> float:
        """Share of the energy that a telephone carries."""
        return sum(self.bands[_VOICE_BANDS])


def measured_sounds(config: Config) -> Iterator[Measured]:
    """Every sound of the prompt file that is there, one after the other: some 0.1 s of computing each.

    Raises `ConfigurationFaulty`.
    """
    shelf = Shelf(config)
    for each in shelf.sounds():
        try:
            samples, _ = sound.read(shelf.path(each.file))
        except sound.SoundUnusable:
            continue
        yield measured(each, samples, recorded=shelf.recording(each) is not None)


def measured(each: PromptSound, samples: sound.Samples, *, recorded: bool) -> Measured:
    """Samples at 8,000 a second that say this prompt. Raises `SoundUnusable` for silence."""
    prompt = each.prompt
    lasts = sound.seconds(samples)
    loudness, peak = sound.speech_dbfs(samples), _dbfs(max(map(abs, samples)))
    before, after = _silences(samples)
    bands = _bands(samples)
    syllables = sum(map(str.isalnum, spoken(prompt.text)))
    pace = syllables / lasts
    slowest, fastest = PACE[prompt.to]
    faults = {
        f"lasts {lasts:.1f} s, more than {prompt.max_seconds:g}": lasts > prompt.max_seconds,
        f"speech at {loudness:.1f} dBFS": not LOUDNESS_DBFS[0] <= loudness <= LOUDNESS_DBFS[1],
        f"peak at {peak:.1f} dBFS": peak > PEAK_DBFS_AT_MOST,
        f"{before:.2f} s of silence before": before > SILENCE_SECONDS_AT_MOST,
        f"{after:.2f} s of silence after": after > SILENCE_SECONDS_AT_MOST,
        f"{sum(bands[_VOICE_BANDS]):.0%} within the telephone's band": sum(bands[_VOICE_BANDS]) < VOICE_BAND_AT_LEAST,
        f"{pace:.1f} syllables a second": syllables >= PACE_FROM_SYLLABLES and not slowest <= pace <= fastest,
    }
    return Measured(
        name=each.name,
        seconds=lasts,
        loudness_dbfs=loudness,
        peak_dbfs=peak,
        before_seconds=before,
        after_seconds=after,
        bands=bands,
        syllables_per_second=pace,
        recorded=recorded,
        faults=tuple(fault for fault, is_one in faults.items() if is_one),
    )


def _dbfs(level: float) -> float:
    return 20 * math.log10(level / sound.FULL_SCALE)


def _silences(samples: sound.Samples) -> tuple[float, float]:
    heard = sound.levels(samples)
    floor = max(heard) * _SILENT
    audible = [index for index, level in enumerate(heard) if level >= floor]
    return audible[0] * sound.FRAME_SECONDS, (len(heard) - 1 - audible[-1]) * sound.FRAME_SECONDS


def _bands(samples: sound.Samples) -> tuple[float, ...]:
    powers = [0.0] * (_FRAME // 2)
    window = _window()
    for start in range(0, len(samples) - _FRAME + 1, _FRAME):
        frame = samples[start : start + _FRAME]
        spectrum = _fourier([sample * weight for sample, weight in zip(frame, window, strict=True)])
        for index in range(_FRAME // 2):
            powers[index] += abs(spectrum[index]) ** 2
    step = sound.TELEPHONE_RATE / _FRAME
    whole = sum(powers) or 1.0
    return tuple(
        sum(power for index, power in enumerate(powers) if low <= index * step < high) / whole for low, high in BANDS
    )


@cache
def _window() -> tuple[float, ...]:
    return tuple(0.5 - 0.5 * math.cos(2 * math.pi * n / _FRAME) for n in range(_FRAME))


@cache
def _turns(size: int) -> tuple[complex, ...]:
    return tuple(cmath.exp(-2j * math.pi * k / size) for k in range(size // 2))


def _fourier(values: Sequence[complex]) -> list[complex]:
    """The discrete Fourier transform of 2^n values."""
    size = len(values)
    if size == 1:
        return list(values)
    even, odd = _fourier(values[::2]), _fourier(values[1::2])
    turned = [turn * value for turn, value in zip(_turns(size), odd, strict=True)]
    pairs = list(zip(even, turned, strict=True))
    return [a + b for a, b in pairs] + [a - b for a, b in pairs]
