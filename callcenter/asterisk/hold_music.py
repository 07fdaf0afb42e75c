"""A calm tune for whoever waits, made here, so that no elder waits in silence because a file is missing."""

from __future__ import annotations

import math
import struct
import wave
from pathlib import Path

_RATE = 8000
_NOTE_SECONDS = 0.6
_LOUDNESS = 3000  #: peak of 32767; a prompt is about four times as loud
#: A pentatonic line, in Hz.
_TUNE = (392.0, 440.0, 523.3, 587.3, 659.3, 587.3, 523.3, 440.0, 392.0, 329.6, 392.0, 440.0, 523.3, 440.0, 392.0, 329.6)


def ensure_hold_music(folder: Path) -> None:
    """Writes the tune, 8 kHz mono, unless the folder already holds a sound."""
    if any(path.suffix in (".wav", ".sln", ".alaw", ".ulaw") for path in folder.iterdir()):
        return
    beside = folder / ".calm.new"
    with wave.open(str(beside), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(_RATE)
        for frequency in _TUNE:
            file.writeframes(_note(frequency))
    beside.replace(folder / "calm.wav")


def _note(frequency: float) -> bytes:
    count = int(_RATE * _NOTE_SECONDS)
    samples = (
        int(_LOUDNESS * math.sin(math.pi * i / count) * math.sin(2 * math.pi * frequency * i / _RATE))
        for i in range(count)
    )
    return struct.pack(f"<{count}h", *samples)
