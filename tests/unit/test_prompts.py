"""The prompt file and the words."""

from __future__ import annotations

import re
from enum import StrEnum
from pathlib import Path

import pytest
import yaml

from callcenter.config import Config, check
from callcenter.domain.calls import Key, LegOutcome, Role
from callcenter.domain.check_ins import CheckInOutcome, CheckInState, Notice
from callcenter.domain.devices import DeviceKind
from callcenter.domain.emergencies import State, Step
from callcenter.domain.ladder import RungKind
from callcenter.domain.people import ContactRole, LineKind, Presence
from callcenter.domain.visits import Found
from callcenter.errors import ConfigurationFaulty
from callcenter.words import load_words
from ivr.prompts import LONGEST_SECONDS, Listener, load_prompts, sounds_of

PROJECT = Path(__file__).parents[2]


@pytest.fixture
def config() -> Config:
    return check({"hotline": {"name": "安心热线"}}, PROJECT)


def test_every_prompt_has_its_text_its_meaning_and_the_hotlines_name(config: Config) -> None:
    prompts = load_prompts(config)
    assert prompts["landline_greeting"].text.startswith("这里是安心热线，")
    assert prompts["landline_greeting"].en.startswith("This is 安心热线.")
    assert prompts["received"].file == "cc/received"
    assert all(prompt.max_seconds <= LONGEST_SECONDS for prompt in prompts.values())


def test_an_elder_is_never_spoken_to_in_latin_letters(config: Config) -> None:
    texts = {prompt.name: re.sub(r"\{[a-z]+\}", "", prompt.text) for prompt in load_prompts(config).values()}
    assert [name for name, text in texts.items() if re.search("[A-Za-z]", text)] == []


def test_every_sound_the_dialplans_play_is_in_the_file(config: Config) -> None:
    templates = [path for path in (PROJECT / "dialplans").rglob("*") if path.suffix in (".conf", ".j2")]
    played = {name for path in templates for name in re.findall(r"\bcc/([a-z_]+)", path.read_text(encoding="utf-8"))}
    families = {"entry", "silent"}  # AstDB, not sounds
    assert played - families - load_prompts(config).keys() == set()


@pytest.mark.parametrize(
    ("written", "fault"),
    [
        ("", "must hold names"),
        ("- a", "must hold names"),
        ("a: [", "not YAML"),
        ("a: b", "a: has text, en and max_seconds, to, slow"),
        ("a: {text: 好, en: good, speed: 2}", "a: has text, en and max_seconds, to, slow"),
        ("A-1: {text: 好, en: good}", "A-1: a name has small letters"),
        ("1: {text: 好, en: good}", "1: a name has small letters"),
        ("../a: {text: 好, en: good}", "a name has small letters"),
        ("a: {text: '', en: good}", "a: text is missing"),
        ("a: {text: 好}", "a: en is missing"),
        ("a: {text: 这里是{hotlin}, en: good}", "a:"),
        ("a: {text: '这里是{hotlin}', en: good}", "a: text has a brace with hotlin; known are hotline, address"),
        ("a: {text: '这里是{', en: good}", "a: text has a brace without a variable"),
        ("a: {text: '{name}您好', en: hello}", "a: text and en have different variables"),
        ("a: {text: 好, en: good, to: cat}", "a: to must be elder or agent"),
        ("a: {text: 好, en: good, to: [elder]}", "a: to must be elder or agent"),
        ("a: {text: 好, en: good, slow: 2}", "a: slow must be true or false"),
        ("a: {text: 好, en: good, max_seconds: 9}", "a: max_seconds must be above 0 and at most 8"),
        ("a: {text: 好, en: good, max_seconds: yes}", "a: max_seconds must be"),
    ],
)
def test_a_faulty_file_is_refused_with_the_name_of_the_prompt(tmp_path: Path, written: str, fault: str) -> None:
    (tmp_path / "p.yaml").write_text(written, encoding="utf-8")
    with pytest.raises(ConfigurationFaulty, match=re.escape(fault)):
        load_prompts(check({"voice": {"prompts": "p.yaml"}}, tmp_path))


def test_a_sentence_is_filled_with_exactly_its_words(config: Config) -> None:
    prompt = load_prompts(config)["which_of"]
    assert prompt.variables == {"name", "key"}
    assert prompt.filled({"name": " 张{key}明 ", "key": "1"}) == "张{key}明请按1。"
    for words in ({}, {"name": "张大明"}, {"name": "张大明", "key": " "}, {"name": "a", "key": "1", "item": "b"}):
        with pytest.raises(ValueError, match="which_of needs key, name"):
            prompt.filled(words)


def test_only_what_needs_no_words_has_a_sound_of_its_own(config: Config) -> None:
    prompts = load_prompts(config)
    sounds = {sound.name: sound.file for sound in sounds_of(prompts.values())}
    assert sounds["triage_1"] == "cc/triage_1"
    assert sounds["slow/triage_1"] == "slow/triage_1"
    assert "slow/received" not in sounds
    assert "which_of" not in sounds
    assert {name for name, prompt in prompts.items() if not prompt.variables} <= sounds.keys()


def test_all_faults_come_at_once(tmp_path: Path) -> None:
    (tmp_path / "p.yaml").write_text("a: 1\nb: {text: 好, en: good}\nc: 2\n", encoding="utf-8")
    with pytest.raises(ConfigurationFaulty) as caught:
        load_prompts(check({"voice": {"prompts": "p.yaml"}}, tmp_path))
    assert [fault.split(":")[1].strip() for fault in caught.value.faults] == ["a", "c"]


def test_a_missing_file_is_a_faulty_configuration(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationFaulty, match="cannot be read"):
        load_prompts(check({}, tmp_path))


@pytest.mark.parametrize(
    "words",
    [
        CheckInState,
        CheckInOutcome,
        Notice,
        Found,
        Step,
        State,
        LegOutcome,
        Role,
        Key,
        Presence,
        RungKind,
        ContactRole,
        LineKind,
        DeviceKind,
        Listener,
    ],
)
def test_every_word_of_the_code_can_be_read_by_people(config: Config, words: type[StrEnum]) -> None:
    known = load_words(config)
    shown = {word: known.of(word) for word in words}
    assert [word for word, seen in shown.items() if seen == word.value or not seen.strip()] == []


def test_every_configured_disposition_has_its_word_and_an_own_one_is_shown_as_it_is(config: Config) -> None:
    known = load_words(config)
    assert [word for word in config.dispositions.values() if known.disposition(word) == word] == []
    assert known.disposition("moved_away") == "moved_away"


def test_no_word_is_left_over_from_an_older_code(config: Config) -> None:
    path = config.path(config.voice.prompts).with_name("words.yaml")
    groups = yaml.safe_load(path.read_text(encoding="utf-8"))
    enums = {"step": Step, "state": State, "leg_outcome": LegOutcome, "role": Role, "key": Key, "presence": Presence}
    assert {name: groups[name].keys() - {word.value for word in words} for name, words in enums.items()} == {
        name: set() for name in enums
    }


def test_every_prompt_is_played_by_somebody(config: Config) -> None:
    players = [(PROJECT, "ivr/**/*.py"), (PROJECT, "dialplans/templates/*.conf"), (PROJECT, "callcenter/services/*.py")]
    played = "\n".join(path.read_text(encoding="utf-8") for folder, ones in players for path in folder.glob(ones))
    names = load_prompts(config)
    assert len(names) > 10
    assert [name for name in names if not re.search(rf'["/]{name}\b', played)] == []
