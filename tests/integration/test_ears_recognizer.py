"""The recogniser: no model is said, phrases are split or told, what is foreign is told apart from silence."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from callcenter.config import check
from callcenter.errors import ConfigurationFaulty, EarsAway
from ivr.ears.recognizer import RATE, Recognizer, Stream
from ivr.intents import Intents
from tests.integration.ears_house import MODEL, clip, needs_model, phrases

INTENTS = Path(__file__).parents[2] / "prompts/intents.yaml"


def test_no_model_is_said_clearly(tmp_path: Path) -> None:
    with pytest.raises(EarsAway, match="no speech model"):
        Recognizer(tmp_path)


def test_a_folder_that_only_looks_like_a_model_is_refused(tmp_path: Path) -> None:
    (tmp_path / "am").mkdir()
    (tmp_path / "am" / "final.mdl").write_bytes(b"rubbish")
    with pytest.raises(EarsAway, match="cannot be used"):
        Recognizer(tmp_path)


@pytest.fixture(scope="module")
def recognizer() -> Recognizer:
    return Recognizer(MODEL)


def heard(stream: Stream, pcm: bytes) -> Stream:
    for start in range(0, len(pcm), 3200):
        stream.feed(pcm[start : start + 3200])
    return stream


@needs_model
def test_phrases_are_split_into_known_words(recognizer: Recognizer) -> None:
    for phrase in phrases():
        assert "".join(recognizer.split(phrase)) == phrase.replace("120", "幺二零")
    assert "".join(recognizer.split("打 120")) == "打幺二零"
    assert recognizer.split("好xyz") == ()
    assert recognizer.dropped(["好", "好xyz"]) == ("好xyz",)


@needs_model
def test_a_grammar_of_unknown_words_only_is_refused(recognizer: Recognizer) -> None:
    with pytest.raises(EarsAway):
        recognizer.stream(["xyz"])


@needs_model
def test_a_word_is_heard_with_its_confidence(recognizer: Recognizer) -> None:
    result = heard(recognizer.stream(phrases()), clip("人工").pcm).finish()
    assert result.words == "人工"
    assert 0.5 < result.confidence <= 1.0
    assert not result.foreign


@needs_model
def test_a_word_outside_the_grammar_is_foreign_and_silence_is_nothing(recognizer: Recognizer) -> None:
    foreign = heard(recognizer.stream(["好", "不好"]), clip("聊天").pcm).finish()
    assert (foreign.words, foreign.foreign) == ("", True)
    seeded = random.Random(1)
    quiet = b"".join(round(seeded.gauss(0, 4)).to_bytes(2, "little", signed=True) for _ in range(8000))
    silence = heard(recognizer.stream(phrases()), quiet).finish()
    assert (silence.words, silence.foreign) == ("", False)


@needs_model
def test_digital_silence_around_a_word_costs_nothing(recognizer: Recognizer) -> None:
    """A line whose other end sends zeros; bare Vosk hears 七 here."""
    intents = Intents.load(INTENTS)
    silence = bytes(RATE)  # half a second
    stream = recognizer.stream(intents.phrases(("yes", "no", "cancel", "mistake", "repeat", "louder")))
    assert heard(stream, silence + clip("取消").pcm + silence * 2).finish().words == "取消"


@pytest.mark.parametrize(
    "speech",
    [
        {"workers": [{"name": "a"}, {"name": "a", "audio": {"port": 1}, "control": {"port": 2}}]},
        {"workers": [{"name": "a"}, {"name": "b"}]},
        {"beat_seconds": 1.5},
        {"refuse_above_lag_seconds": 3.0},
    ],
)
def test_settings_that_do_not_fit_together_are_refused(speech: dict[str, object]) -> None:
    with pytest.raises(ConfigurationFaulty):
        check({"speech": speech}, Path("/"))
