"""What can be told of 20 ms of sound without understanding it: how loud, and whether it is a voice. Pure."""

from __future__ import annotations

import math
import sys
from array import array
from operator import mul
from typing import Final

from ivr.sound import FULL_SCALE, Samples

#: Less than one step of A-law's smallest: the floor of every scale here, dBFS.
SILENT_DBFS: Final = -80.0

#: A voice repeats itself 70 to 400 times a second. Looked for at 4,000 samples a second.
_LONGEST_PERIOD: Final = 57
_SHORTEST_PERIOD: Final = 10
_COMPARED: Final = 100
#: White noise reaches 0.3, vowels on a telephone 0.7 and more.
_REPEATS: Final = 0.55


def samples_of(pcm: bytes) -> Samples:
    """16-bit little-endian sound; half a sample at the end is left out."""
    samples = array("h", pcm[: len(pcm) // 2 * 2])
    if sys.byteorder == "big":
        samples.byteswap()
    return samples


def dbfs(samples: Samples) -> float:
    """RMS against full scale, without a constant part; `SILENT_DBFS` at least."""
    if not samples:
        return SILENT_DBFS
    mean = sum(samples) / len(samples)
    power = sum(map(mul, samples, samples)) / len(samples) - mean * mean
    if power <= 1e-3:
        return SILENT_DBFS
    return max(SILENT_DBFS, 10 * math.log10(power) - 20 * math.log10(FULL_SCALE))


def is_voice(samples: Samples) -> bool:
    """Whether 40 ms of sound repeat themselves as a voice does. Costs about 0.3 ms; a tone counts as a voice."""
    halved = [a + b for a, b in zip(samples[::2], samples[1::2], strict=False)]
    if len(halved) < _COMPARED + _LONGEST_PERIOD:
        return False
    mean = round(sum(halved) / len(halved))
    halved = [sample - mean for sample in halved]
    first = halved[:_COMPARED]
    energy = sum(map(mul, first, first))
    if energy <= 0:
        return False
    for period in range(_SHORTEST_PERIOD, _LONGEST_PERIOD + 1):
        later = halved[period : period + _COMPARED]
        product = sum(map(mul, first, later))
        if product > 0 and product * product > _REPEATS * _REPEATS * energy * sum(map(mul, later, later)):
            return True
    return False
