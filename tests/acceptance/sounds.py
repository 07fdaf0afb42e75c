"""Tones for tests: each voice and each prompt has a frequency of its own, so that a recording proves what was heard."""

from __future__ import annotations

import array
import math
import wave
from collections.abc import Iterable
from pathlib import Path
from typing import Final

RATE: Final = 8000

#: Hz of what people say. No two are closer than 100 Hz, and none is a DTMF frequency.
VOICES: Final = {"elder": 600, "agent": 440, "second_agent": 1000, "standby": 1500, "dispatcher": 2600, "other": 3200}
#: Hz of each prompt.
PROMPTS: Final = {
    "please_hold": 500,
    "goodbye": 1100,
    "caller_silent": 2000,
    "calling_her_back": 3800,
    "already_taken": 1800,
    "ask_standby": 2200,
    "thank_you": 2300,
    "sheet_unknown": 2400,
    "cannot_save_now": 2800,
    "closed": 3000,
    "received": 1650,
    "to_a_person": 1720,
    "still_here": 1900,
    "landline_greeting": 2100,
    "agent_online": 2500,
    "agent_offline": 2700,
    "agent_break": 2900,
    "not_understood": 3300,
    "ask_service": 3100,
    "not_heard": 3400,
    "not_understood_speech": 3500,
    "order_taken": 3600,
}
MUSIC: Final = 350
_LOUD = 6000
_DTMF = {
    **{key: (697, column) for key, column in zip("123", (1209, 1336, 1477), strict=True)},
    **{key: (770, column) for key, column in zip("456", (1209, 1336, 1477), strict=True)},
    **{key: (852, column) for key, column in zip("789", (1209, 1336, 1477), strict=True)},
    **{key: (941, column) for key, column in zip("*0#", (1209, 1336, 1477), strict=True)},
}


def tone(path: Path, *frequencies: float, seconds: float = 1.0) -> Path:
    """Writes one steady sound of these frequencies together."""
    return _write(path, _samples(frequencies, seconds))


def voice(path: Path, frequency: int) -> Path:
    """Writes ten minutes of one tone: a phone whose file ends falls silent and sends no more packets."""
    return _write(path, _samples((frequency,), 1.0) * 600)


def greeting(path: Path, frequency: int, *, seconds: float) -> Path:
    """Writes a sound of so many seconds and then a minute of silence: a mailbox."""
    return _write(path, _samples((frequency,), seconds) + _samples((), 60.0))


def keys(path: Path, digits: str, *, before: float = 1.0, after: float = 60.0) -> Path:
    """Writes silence, the keys as in-band tones of 120 ms, and silence."""
    sound = _samples((), before)
    for digit in digits:
        sound += _samples(_DTMF[digit], 0.12) + _samples((), 0.1)
    return _write(path, sound + _samples((), after))


def prompts(folder: Path) -> None:
    """Fills a sounds folder with a tone of 1.5 s per prompt."""
    (folder / "cc").mkdir(parents=True, exist_ok=True)
    for name, frequency in PROMPTS.items():
        tone(folder / "cc" / f"{name}.wav", frequency, seconds=1.5)


def _samples(frequencies: Iterable[float], seconds: float) -> array.array[int]:
    chosen = tuple(frequencies)
    return array.array(
        "h",
        (int(sum(_LOUD * math.sin(2 * math.pi * f * i / RATE) for f in chosen)) for i in range(round(seconds * RATE))),
    )


def _write(path: Path, samples: array.array[int]) -> Path:
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE)
        file.writeframes(samples.tobytes())
    return path
