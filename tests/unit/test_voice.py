"""Sound for the telephone, measured; and the worker's messages."""

from __future__ import annotations

import io
import json
import math
import random
import struct
import wave
from array import array
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ivr import sound
from ivr.voice_shelf import espeak_voice
from ivr.voice_worker import MESSAGE_AT_MOST, frame, receive


def tone(hertz: float, *, rate: int, seconds: float = 0.5, level: float = 0.3) -> sound.Samples:
    step = 2 * math.pi * hertz / rate
    return array("h", (round(level * sound.FULL_SCALE * math.sin(step * n)) for n in range(round(rate * seconds))))


def level_of(samples: sound.Samples, hertz: float) -> float:
    """How much of this tone is in it, as a share of full scale (8,000 samples a second)."""
    middle = samples[800:-800]
    parts = [
        sum(s * f(2 * math.pi * hertz * n / sound.TELEPHONE_RATE) for n, s in enumerate(middle))
        for f in (math.sin, math.cos)
    ]
    return 2 * math.hypot(*parts) / len(middle) / sound.FULL_SCALE


@pytest.mark.parametrize("rate", [11025, 16000, 22050, 44100, 48000])
def test_resampling_keeps_the_pitch_the_length_and_the_level(rate: int) -> None:
    samples = sound.resampled(tone(1000, rate=rate), rate)
    assert len(samples) == pytest.approx(4000, abs=1)
    assert level_of(samples, 1000) == pytest.approx(0.3, rel=0.01)


@pytest.mark.parametrize(("hertz", "folds_to"), [(4600, 3400), (5500, 2500), (7000, 1000), (9000, 1000)])
def test_what_the_telephone_cannot_carry_does_not_fold_into_what_it_can(hertz: int, folds_to: int) -> None:
    samples = sound.resampled(tone(hertz, rate=22050), 22050)
    assert 20 * math.log10(level_of(samples, folds_to) / 0.3 + 1e-9) < -50


def test_silence_at_the_ends_is_cut_but_not_in_the_middle() -> None:
    speech, silence = tone(500, rate=8000), array("h", [0] * 8000)
    samples = sound.trimmed(silence + speech + silence + speech + silence)
    assert sound.seconds(samples) == pytest.approx(2.0 + 0.05 + 0.12, abs=0.03)


@pytest.mark.parametrize("level", [0.003, 0.1, 0.5, 1.0])
def test_speech_gets_the_level_of_the_network(level: float) -> None:
    samples = sound.levelled(tone(500, rate=8000, level=level) + array("h", [0] * 8000))
    assert -18.5 < sound.speech_dbfs(samples) < -17.5


def test_loud_peaks_are_bent_and_never_clipped() -> None:
    chance = random.Random(7)
    quiet_with_cracks = array("h", (round(chance.gauss(0, 1200)) for _ in range(16000)))
    for place in range(0, 16000, 900):
        quiet_with_cracks[place] = 12000
    samples = sound.levelled(quiet_with_cracks)
    assert max(map(abs, samples)) <= round(sound.CEILING * sound.FULL_SCALE)
    assert -20 < sound.speech_dbfs(samples) < -16


@pytest.mark.parametrize("samples", [array("h"), array("h", [0] * 8000), array("h", [3, -3] * 4000), array("h", [9])])
def test_nothing_to_hear_is_a_fault(samples: sound.Samples) -> None:
    with pytest.raises(sound.SoundUnusable, match="empty"):
        sound.for_telephone(samples, 8000)


def test_stereo_becomes_mono(tmp_path: Path) -> None:
    with wave.open(str(tmp_path / "s.wav"), "wb") as file:
        file.setparams((2, 2, 16000, 0, "NONE", ""))
        file.writeframes(array("h", [100, 300, -100, -300]).tobytes())
    assert sound.read(tmp_path / "s.wav") == (array("h", [200, -200]), 16000)


@pytest.mark.parametrize(
    ("width", "channels", "rate"), [(1, 1, 8000), (3, 1, 8000), (2, 3, 8000), (2, 1, 4000), (2, 1, 96000)]
)
def test_a_form_that_cannot_be_used_is_refused(tmp_path: Path, width: int, channels: int, rate: int) -> None:
    with wave.open(str(tmp_path / "s.wav"), "wb") as file:
        file.setparams((channels, width, rate, 0, "NONE", ""))
        file.writeframes(bytes(width * channels * 10))
    with pytest.raises(sound.SoundUnusable, match="wanted"):
        sound.read(tmp_path / "s.wav")


@given(st.binary(max_size=200))
def test_rubbish_is_no_sound(tmp_path_factory: pytest.TempPathFactory, rubbish: bytes) -> None:
    path = tmp_path_factory.getbasetemp() / "rubbish.wav"
    path.write_bytes(b"RIFF" + rubbish)
    with pytest.raises(sound.SoundUnusable):
        sound.read(path)


def test_a_missing_file_is_no_sound(tmp_path: Path) -> None:
    with pytest.raises(sound.SoundUnusable, match="No such file"):
        sound.read(tmp_path / "none.wav")


def test_a_file_is_whole_or_not_there(tmp_path: Path) -> None:
    path = tmp_path / "new" / "a.wav"
    sound.write(path, tone(500, rate=8000))
    assert sound.read(path) == (tone(500, rate=8000), 8000)
    (tmp_path / "new" / "taken.wav").mkdir()
    with pytest.raises(OSError):
        sound.write(tmp_path / "new" / "taken.wav", tone(500, rate=8000))
    assert sorted(p.name for p in path.parent.iterdir()) == ["a.wav", "taken.wav"]


def test_mandarin_is_never_read_as_english() -> None:
    assert espeak_voice("cmn") == "cmn-latn-pinyin"
    assert espeak_voice("hak") == "hak"


@pytest.mark.parametrize(
    "sent",
    [
        b"",
        b"\0\0",
        struct.pack(">I", 10) + b"{}",
        struct.pack(">I", 2) + b"[]",
        struct.pack(">I", 2) + b"{]",
        struct.pack(">I", 0),
        struct.pack(">I", 0xFFFFFFFF) + b"{}",
        struct.pack(">I", MESSAGE_AT_MOST + 1) + b" " * MESSAGE_AT_MOST + b"1",
        struct.pack(">I", 2) + b"\xff\xfe",
        b"GET / HTTP/1.1\r\n\r\n",
    ],
)
def test_an_end_or_rubbish_on_the_pipe_is_no_message(sent: bytes) -> None:
    assert receive(io.BytesIO(sent)) is None


@given(st.dictionaries(st.text(), st.text() | st.integers() | st.none(), max_size=5))
def test_messages_arrive_as_they_were_sent(message: dict[str, object]) -> None:
    pipe = io.BytesIO(frame(message) * 2)
    assert [receive(pipe), receive(pipe), receive(pipe)] == [message, message, None]
    assert json.loads(frame(message)[4:]) == message
