"""What a sound must be like, and how a human voice gets in."""

from __future__ import annotations

import math
from array import array
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callcenter.config import Config, check
from callcenter.errors import PromptMissing
from ivr import sound
from ivr.prompts import Listener, Prompt, PromptSound
from ivr.recordings import keep, sound_named
from ivr.sound_check import BANDS, measured
from ivr.voice_shelf import Shelf

PROMPTS = """
thanks: {text: 谢谢。, en: Thank you., slow: true}
hello: {text: "{name}您好", en: "hello {name}"}
wait: {text: 请不要挂机，正在为您转接。, en: Please hold.}
"""
WAIT = Prompt(name="wait", text="请不要挂机，正在为您转接。", en="Please hold.")


@pytest.fixture
def config(tmp_path: Path) -> Config:
    (tmp_path / "p.yaml").write_text(PROMPTS, encoding="utf-8")
    return check({"voice": {"prompts": "p.yaml", "recorded": "recorded", "sounds": "sounds"}}, tmp_path)


def tones(*hertz: float, seconds: float = 4.0, level: float = 0.15) -> sound.Samples:
    """As loud as speech should be."""
    each = level * sound.FULL_SCALE / len(hertz)
    steps = [2 * math.pi * f / sound.TELEPHONE_RATE for f in hertz]
    count = round(seconds * sound.TELEPHONE_RATE)
    return array("h", (round(sum(each * math.sin(step * n) for step in steps)) for n in range(count)))


def faults(samples: sound.Samples, prompt: Prompt = WAIT) -> tuple[str, ...]:
    return measured(PromptSound(prompt=prompt), samples, recorded=True).faults


def silence(seconds: float) -> sound.Samples:
    return array("h", [0] * round(seconds * sound.TELEPHONE_RATE))


def test_a_good_sound_has_no_faults() -> None:
    result = measured(PromptSound(prompt=WAIT), tones(500) + silence(0.1), recorded=False)
    assert result.faults == ()
    assert result.seconds == pytest.approx(4.1)
    assert result.loudness_dbfs == pytest.approx(-19.5, abs=0.2)
    assert result.after_seconds == pytest.approx(0.1, abs=0.02)
    assert result.syllables_per_second == pytest.approx(11 / 4.1)


@pytest.mark.parametrize(
    ("samples", "fault"),
    [
        (tones(500, seconds=8.2), "lasts 8.2 s, more than 8"),
        (tones(500, level=0.05), "speech at -29.0 dBFS"),
        (tones(500, level=0.9), "speech at -3.9 dBFS"),
        (tones(500, level=1.0), "peak at 0.0 dBFS"),
        (silence(0.5) + tones(500), "0.50 s of silence before"),
        (tones(500) + silence(0.5), "0.50 s of silence after"),
        (tones(100, 150), "0% within the telephone's band"),
        (tones(500, seconds=2), "5.5 syllables a second"),
        (tones(500, seconds=7.5), "1.5 syllables a second"),
    ],
)
def test_each_fault_is_said_with_its_figure(samples: sound.Samples, fault: str) -> None:
    assert fault in faults(samples)


def test_agents_may_be_spoken_to_faster_and_a_word_or_two_has_no_pace() -> None:
    fast = tones(500, seconds=2.6)
    assert faults(fast) == ("4.2 syllables a second",)
    assert faults(fast, Prompt(name="wait", text=WAIT.text, en="", to=Listener.AGENT)) == ()
    assert faults(tones(500, seconds=0.3), Prompt(name="thanks", text="谢谢。", en="")) == ()


@pytest.mark.parametrize(("hertz", "band"), [(150, 0), (500, 1), (1500, 2), (3000, 3), (3700, 4)])
def test_a_tone_lies_in_its_band(hertz: float, band: int) -> None:
    shares = measured(PromptSound(prompt=WAIT), tones(hertz), recorded=True).bands
    assert shares[band] > 0.99, BANDS[band]
    assert sum(shares) == pytest.approx(1)


@given(st.integers(100, 3900), st.integers(100, 3900))
def test_the_shares_of_the_bands_add_up(one: int, other: int) -> None:
    assert sum(measured(PromptSound(prompt=WAIT), tones(one, other, seconds=0.2), recorded=True).bands) <= 1.000001


def test_clear_is_louder_and_brighter_and_never_clipped() -> None:
    speech = tones(200, 2500, seconds=1)
    plain, clear = sound.for_telephone(speech, 8000), sound.for_telephone(speech, 8000, clear=True)
    assert sound.speech_dbfs(clear) - sound.speech_dbfs(plain) == pytest.approx(1.5, abs=0.3)
    of = PromptSound(prompt=WAIT)
    assert measured(of, clear, recorded=True).bands[3] > measured(of, plain, recorded=True).bands[3] + 0.2
    assert max(map(abs, clear)) < sound.FULL_SCALE


def test_a_recording_is_kept_as_it_was_and_wins(config: Config, tmp_path: Path) -> None:
    sound.write(tmp_path / "take.wav", tones(500, seconds=4, level=0.05) + silence(1))
    result = keep(config, sound_named(config, "wait"), tmp_path / "take.wav")
    assert (result.recorded, result.faults) == (True, ())
    assert result.loudness_dbfs == pytest.approx(-18, abs=0.1)
    kept = tmp_path / "recorded/wait.wav"
    assert kept.read_bytes() == (tmp_path / "take.wav").read_bytes()
    assert Shelf(config).recording(sound_named(config, "wait")) == kept
    assert [path.name for path in kept.parent.iterdir()] == ["wait.wav"]


@pytest.mark.parametrize(
    ("samples", "fault"),
    [
        (array("h", [32767, -32768] * 16000), "samples are clipped"),
        (tones(500, level=0.005), "record it again, nearer or louder"),
        (tones(500, seconds=9), "lasts 9.0 s"),
        (silence(3), "it is empty"),
        (array("h"), "it is empty"),
    ],
)
def test_a_bad_recording_changes_nothing(config: Config, tmp_path: Path, samples: sound.Samples, fault: str) -> None:
    (tmp_path / "recorded").mkdir()
    (tmp_path / "recorded/wait.wav").write_bytes(b"the good one")
    sound.write(tmp_path / "take.wav", samples)
    with pytest.raises(sound.SoundUnusable, match=fault):
        keep(config, sound_named(config, "wait"), tmp_path / "take.wav")
    assert (tmp_path / "recorded/wait.wav").read_bytes() == b"the good one"


def test_the_slow_sound_takes_its_own_recording_or_the_plain_one(config: Config, tmp_path: Path) -> None:
    shelf, slow = Shelf(config), sound_named(config, "slow/thanks")
    assert shelf.recording(slow) is None
    sound.write(tmp_path / "take.wav", tones(500, seconds=1))
    keep(config, sound_named(config, "thanks"), tmp_path / "take.wav")
    assert shelf.recording(slow) == tmp_path / "recorded/thanks.wav"
    keep(config, slow, tmp_path / "take.wav")
    assert shelf.recording(slow) == tmp_path / "recorded/slow/thanks.wav"


@pytest.mark.parametrize("name", ["", "nothing", "hello", "slow/wait", "cc/wait", "../wait", "slow/../wait", "/wait"])
def test_only_what_has_a_sound_can_be_recorded(config: Config, name: str) -> None:
    with pytest.raises(PromptMissing):
        sound_named(config, name)
