"""The speech bench counts right: what it says about the ears is believed."""

from __future__ import annotations

import struct
import wave
from dataclasses import replace
from pathlib import Path

import pytest

pytest.importorskip("matplotlib", reason="matplotlib belongs to the extra `bench`")

from bench.speech.clips import Clip, ClipsUnusable, phrases_of, read_clips
from bench.speech.live import Level, Live
from bench.speech.offline import BareLive
from bench.speech.plot import draw
from bench.speech.report import Loaded, Scored, complaints, facts, live_table, names, page, part
from bench.speech.scoring import Answer, Judge, character_error_rate, edits, row
from ivr.intents import Intents

INTENTS = Path(__file__).parents[2] / "prompts" / "intents.yaml"
PHRASES = ("救命", "打120", "好的", "没事")


def clip(name: str, transcript: str, kind: str = "real") -> Clip:
    kind = kind if transcript else "out of grammar"
    return Clip(
        name=name, transcript=transcript, kind=kind, content="", intent="", pcm=bytes(16000), speech_seconds=0.5
    )


@pytest.fixture(scope="module")
def judge() -> Judge:
    return Judge(Intents.load(INTENTS), PHRASES)


def recording(path: Path, samples: list[int], rate: int = 8000) -> None:
    with wave.open(str(path), "wb") as file:
        file.setparams((1, 2, rate, 0, "NONE", ""))
        file.writeframes(struct.pack(f"<{len(samples)}h", *samples))


@pytest.mark.parametrize(
    ("a", "b", "distance"),
    [("", "", 0), ("救命", "", 2), ("救命", "救", 1), ("我没事", "我八没事", 1), ("一二", "二一", 2)],
)
def test_edits(a: str, b: str, distance: int) -> None:
    assert edits(a, b) == edits(b, a) == distance


def test_character_errors_are_of_what_was_said() -> None:
    assert character_error_rate([("打120", "打幺二零")]) == 0
    assert character_error_rate([("救命", ""), ("好的", "好的")]) == 0.5
    assert character_error_rate([("", "救命")]) == 0


def test_right_as_it_stands_and_by_sound(judge: Judge) -> None:
    as_said = judge.answer(clip("a", "打120"), "打幺二零")
    assert as_said.right
    assert as_said.right_matched
    by_sound = judge.answer(clip("b", "没事"), "没四")
    assert not by_sound.right
    assert by_sound.right_matched


def test_nothing_is_right_where_nothing_was_said(judge: Judge) -> None:
    found = row("noise", [judge.answer(clip("a", ""), ""), judge.answer(clip("b", ""), "好的")])
    assert found.right == (0, 0)
    assert found.rejected == (1, 1)
    assert found.wrong == (1, 1)
    assert found.with_intent == 0


def test_false_and_missed_emergencies_are_named(judge: Judge) -> None:
    answers = (
        judge.answer(clip("noise.wav", ""), "救命"),
        judge.answer(clip("order.wav", "好的"), "救命"),
        judge.answer(clip("cry.wav", "救命"), ""),
        judge.answer(clip("heard.wav", "救命"), "救命"),
    )
    scored = _scored(answers, answers)
    said = "\n".join(names(scored))
    assert "false: noise.wav" in said
    assert "false: order.wav" in said
    assert "missed: cry.wav" in said
    assert "heard.wav" not in said
    assert complaints([scored], []) == ["g: emergencies that were none: noise.wav"]
    assert complaints([replace(scored, hotlines=False)], []) == []
    found = row("all", answers)
    assert found.false_alarms == (2, 2)
    assert found.missed_alarms == (1, 1)


def _scored(ours: tuple[Answer, ...], bare: tuple[Answer, ...]) -> Scored:
    return Scored(name="g", phrases=4, passed=None, hotlines=True, answers=ours, bare=bare)


def test_fewer_right_than_the_bare_recogniser_is_a_complaint(judge: Judge) -> None:
    said = clip("a", "好的")
    ours, bare = judge.answer(said, ""), judge.answer(said, "好的")
    assert complaints([_scored((bare,), (bare,))], []) == []
    (miss,) = complaints([_scored((ours,), (bare,))], [])
    assert "0 right, the bare recogniser 1" in miss
    drawn_out = judge.answer(clip("a", "好的", "spliced"), "")
    right = judge.answer(clip("a", "好的", "spliced"), "好的")
    assert complaints([_scored((drawn_out,), (right,))], []) == []


def loaded(*, at_once: int = 10, lag: float = 0.1, spent: float = 1.0, ending: str = "words") -> Loaded:
    live = Live(clip=clip("a", "好的"), words="好的", ending=ending, after_seconds=0.9, sound_seconds=2.0)
    level = Level(at_once=at_once, answers=(live,), lag_seconds=(0.0, lag), processor_seconds=spent, seconds=2.0)
    return Loaded(level=level, bare=BareLive(processor_seconds=1.0, lag_seconds=(0.1, 0.2)))


@pytest.mark.parametrize(
    ("measured", "missed"),
    [
        (loaded(), ""),
        (loaded(lag=0.6), "lag p95 600 ms"),
        (loaded(lag=0.6, at_once=20), ""),
        (loaded(spent=1.4), "1.40 × bare"),
        (loaded(ending="refused"), "1 of 1 not listened to"),
    ],
)
def test_limits_of_the_live_part(measured: Loaded, missed: str) -> None:
    said = complaints([], [measured])
    assert len(said) == bool(missed)
    assert missed in "".join(said)


def test_what_was_sent_is_what_vosk_alone_hears() -> None:
    live = Live(clip=clip("a", "好的"), words="", ending="silence", after_seconds=0, sound_seconds=2.0)
    assert len(live.sound) == 32000
    assert len(Live(**(vars(live) | {"sound_seconds": 0.1})).sound) == 1600


def test_part_of_values_in_order() -> None:
    assert [part([1, 2, 3, 4], percent) for percent in (0, 50, 95, 100)] == [1, 3, 4, 4]


def test_the_page_and_its_picture(tmp_path: Path, judge: Judge) -> None:
    answers = (judge.answer(clip("a", "好的"), "好的"), judge.answer(clip("b", ""), ""))
    scored = [_scored(answers, answers)]
    text = page(scored, [loaded()], heading="Speech", picture="speech.png")
    assert "All limits kept." in text
    assert live_table([loaded()]) in text
    assert facts(scored, [loaded()])["levels"][0]["ratio"] == 1.0
    draw(scored, [loaded()], tmp_path / "speech.png")
    assert (tmp_path / "speech.png").read_bytes().startswith(b"\x89PNG")


def test_a_folder_of_clips(tmp_path: Path) -> None:
    recording(tmp_path / "a.wav", [10000] * 4000 + [0] * 4000)
    recording(tmp_path / "b.wav", [0] * 16000, rate=16000)
    (tmp_path / "clips.tsv").write_text(
        "file\ttranscript\tkind\na.wav\t打 120\treal\nb.wav\t\tnoise\n", encoding="utf-8"
    )
    first, second = read_clips(tmp_path)
    assert (first.transcript, first.kind, first.seconds) == ("打120", "real", 1.0)
    assert first.speech_seconds == pytest.approx(0.5, abs=0.02)
    assert (second.kind, second.content, second.seconds) == ("out of grammar", "noise", 1.0)
    assert phrases_of(tmp_path, None) == ("打120",)
    (tmp_path / "phrases.txt").write_text("救命 好的\n救命", encoding="utf-8")
    assert phrases_of(tmp_path, None) == ("救命", "好的")


@pytest.mark.parametrize(
    "table",
    [
        "",
        "file\ttranscript\n",
        "name\twords\na.wav\t好\n",
        "file\ttranscript\nnone.wav\t好\n",
        "file\ttranscript\n../../x.wav\t好\n",
    ],
)
def test_a_folder_that_cannot_be_measured_with(tmp_path: Path, table: str) -> None:
    (tmp_path / "clips.tsv").write_text(table, encoding="utf-8")
    with pytest.raises(ClipsUnusable):
        read_clips(tmp_path)
    with pytest.raises(ClipsUnusable):
        read_clips(tmp_path / "nowhere")
