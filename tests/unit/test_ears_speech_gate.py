"""The gate: voices open it in time; noise, clicks and echo do not, at any level, delay or gain of a telephone."""

from __future__ import annotations

import math
import random
from array import array
from functools import lru_cache

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ivr.ears.audiosocket import FRAME_BYTES
from ivr.ears.loudness import SILENT_DBFS, dbfs, is_voice, samples_of
from ivr.ears.speech_gate import SpeechGate

RATE = 8000


@lru_cache(maxsize=16)
def noise(seconds: float, amplitude: float, seed: int = 1) -> list[float]:
    seeded = random.Random(seed)
    return [seeded.gauss(0, amplitude) for _ in range(int(seconds * RATE))]


@lru_cache(maxsize=16)
def voice(seconds: float, amplitude: float, pitch: float = 170.0, syllable_seconds: float = 0.22) -> list[float]:
    """A buzz in syllables."""
    return [
        amplitude
        * abs(math.sin(math.pi * moment / RATE / syllable_seconds)) ** 0.5
        * sum(math.sin(2 * math.pi * pitch * n * moment / RATE) / n for n in range(1, 8))
        for moment in range(int(seconds * RATE))
    ]


def mixed(*sounds: list[float]) -> list[float]:
    longest = max(map(len, sounds))
    return [sum(sound[i] for sound in sounds if i < len(sound)) for i in range(longest)]


def frames(sound: list[float]) -> list[bytes]:
    pcm = array("h", (max(-32768, min(32767, round(sample))) for sample in sound)).tobytes()
    return [pcm[i : i + FRAME_BYTES] for i in range(0, len(pcm) - FRAME_BYTES + 1, FRAME_BYTES)]


def opens_at(heard: list[float], played: list[float] | None = None) -> float | None:
    """Seconds until the gate opens, None if it does not."""
    gate = SpeechGate()
    levels = [dbfs(samples_of(frame)) for frame in frames(played or [])]
    for place, frame in enumerate(frames(heard)):
        gate.take(frame, played_dbfs=levels[place] if place < len(levels) else SILENT_DBFS)
        if gate.open:
            return (place + 1) * 0.02
    return None


def delayed(sound: list[float], seconds: float, gain_db: float) -> list[float]:
    return [0.0] * int(seconds * RATE) + [sample * 10 ** (gain_db / 20) for sample in sound]


@pytest.mark.parametrize("amplitude", [300, 1000, 4000])
@pytest.mark.parametrize("pitch", [90.0, 170.0, 260.0])
def test_a_voice_opens_it_within_a_quarter_of_a_second(amplitude: float, pitch: float) -> None:
    opened = opens_at(mixed(noise(2.5, 6), [0.0] * RATE + voice(1.5, amplitude, pitch)))
    assert opened is not None
    assert 1.0 < opened <= 1.26


def test_a_voice_over_a_noisy_room_opens_it() -> None:
    opened = opens_at(mixed(noise(3.5, 250), [0.0] * 2 * RATE + voice(1.5, 2500)))
    assert opened is not None
    assert 2.0 < opened <= 2.3


def test_a_voice_from_the_first_moment_opens_it() -> None:
    opened = opens_at(voice(1.0, 2000))
    assert opened is not None
    assert opened <= 0.3


@pytest.mark.parametrize("amplitude", [0, 6, 100, 1000, 6000])
def test_noise_does_not_open_it_and_neither_does_noise_that_begins(amplitude: float) -> None:
    assert opens_at(noise(3, amplitude)) is None
    assert opens_at(noise(1, 5) + noise(3, amplitude, seed=2)) is None


@pytest.mark.parametrize("amplitude", [300, 3000, 12000])
@pytest.mark.parametrize("hertz", [(50,), (100,), (425,), (450,), (950,), (1000,), (697, 1209), (941, 1477)])
def test_a_tone_does_not_open_it_steady_or_in_beeps(hertz: tuple[int, ...], amplitude: float) -> None:
    beep = [
        sum(amplitude / len(hertz) * math.sin(2 * math.pi * each * moment / RATE) for each in hertz)
        for moment in range(int(0.35 * RATE))
    ]
    busy = [0.0] * 7990 + (beep + [0.0] * len(beep)) * 3
    steady = [0.0] * 8111 + beep * 4
    assert opens_at(mixed(noise(4, 6), busy)) is None
    assert opens_at(mixed(noise(4, 6), steady)) is None


def test_a_voice_over_a_tone_opens_it() -> None:
    hum = [400 * math.sin(2 * math.pi * 100 * moment / RATE) for moment in range(4 * RATE)]
    opened = opens_at(mixed(noise(4, 6), hum, [0.0] * 2 * RATE + voice(1.5, 3000)))
    assert opened is not None
    assert 2.0 < opened <= 2.3


def test_a_knock_and_a_click_do_not_open_it() -> None:
    sound = list(noise(3, 6))
    sound[8000:8400] = noise(0.05, 8000, seed=3)
    sound[14000] = 30000
    assert opens_at(sound) is None


@settings(max_examples=12)
@given(
    delay=st.floats(0.0, 0.3),
    gain_db=st.floats(-45.0, -12.0),
    syllable=st.floats(0.12, 0.35),
    seed=st.integers(0, 99),
)
def test_echo_does_not_open_it(delay: float, gain_db: float, syllable: float, seed: int) -> None:
    played = voice(2.5, 4000, 150.0, syllable)
    assert opens_at(mixed(noise(3, 5, seed), delayed(played, delay, gain_db)), played) is None


@settings(max_examples=12)
@given(delay=st.floats(0.0, 0.3), gain_db=st.floats(-60.0, -26.0), begins=st.floats(0.7, 2.0))
def test_a_voice_over_a_prompt_and_its_echo_opens_it(delay: float, gain_db: float, begins: float) -> None:
    played = voice(4.0, 4000, 150.0)
    her = [0.0] * int(begins * RATE) + voice(1.5, 4000, 210.0, 0.3)
    opened = opens_at(mixed(noise(4, 5), delayed(played, delay, gain_db), her), played)
    assert opened is not None
    assert begins < opened <= begins + 0.3


@settings(max_examples=50)
@given(data=st.lists(st.binary(min_size=FRAME_BYTES, max_size=FRAME_BYTES), max_size=40))
def test_any_sound_is_taken(data: list[bytes]) -> None:
    gate = SpeechGate()
    for frame in data:
        gate.take(frame, played_dbfs=-20.0)
    assert gate.quiet_seconds >= 0


def test_it_says_when_she_fell_silent() -> None:
    gate = SpeechGate()
    for frame in frames(mixed(noise(3, 5), [0.0] * RATE + voice(1.0, 3000))):
        gate.take(frame)
    assert gate.open
    assert not gate.loud_now
    assert gate.quiet_seconds == pytest.approx(1.0, abs=0.1)


def test_loudness_is_told_against_full_scale() -> None:
    assert dbfs(array("h")) == SILENT_DBFS
    assert dbfs(array("h", [0] * 160)) == SILENT_DBFS
    assert dbfs(array("h", [1000] * 160)) == SILENT_DBFS  # a constant part is no sound
    assert dbfs(array("h", [32767, -32767] * 80)) == pytest.approx(0.0, abs=0.01)


def test_a_voice_repeats_itself_and_noise_does_not() -> None:
    assert is_voice(samples_of(b"".join(frames(voice(0.04, 3000)))))
    assert not any(is_voice(samples_of(b"".join(frames(noise(0.04, 3000, seed))))) for seed in range(200))
