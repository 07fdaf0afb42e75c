"""What elders mean, by a table of what may be heard: tests/unit/data/heard.tsv, reviewed like the word list."""

from __future__ import annotations

import csv
import itertools
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from callcenter.errors import ConfigurationFaulty
from ivr.intent_words import HELP, HUMAN, NAMES, UNCLEAR, Word, load_word_list
from ivr.intents import Intents, Understood

PROJECT = Path(__file__).parents[2]
WORDS = PROJECT / "prompts" / "intents.yaml"
SERVICES = frozenset(["meals", "cleaning", "repair", "rehabilitation", "companionship", "shopping", "bills", "health"])
TALK = frozenset(("repeat", "louder", "slower"))
ASKED_FOR = {
    "all": NAMES,
    "service": SERVICES | TALK,
    "confirm": TALK | {"yes", "no", "fine", "cancel"},
    "triage": frozenset(("yes", "no", "fine", "unwell")),
    "digits": frozenset(name for name in NAMES if name.startswith("digit_")),
}
TABLE = Path(__file__).parent / "data" / "heard.tsv"
HEARD = list(csv.DictReader(TABLE.read_text(encoding="utf-8").splitlines(), delimiter="\t", quoting=csv.QUOTE_NONE))
INTENTS = Intents.load(WORDS)
LISTED = load_word_list(WORDS).words
CHINESE = st.text(st.characters(min_codepoint=0x4E00, max_codepoint=0x9FA5), max_size=12)
COMMON = st.text("我你他的了是不没有在家里好疼来人快叫一二三四五六七八九零要用事别买药菜饭", max_size=12)


@pytest.mark.parametrize("row", HEARD, ids=lambda row: f"{row['heard']}-{row['asked_for']}")
def test_it_means(row: dict[str, str]) -> None:
    understood = INTENTS.understand(row["heard"], ASKED_FOR[row["asked_for"]])
    assert understood.intent == row["intent"], understood
    assert understood.distress is (row["intent"] == HELP)
    assert (understood.confidence > 0) is (row["intent"] != UNCLEAR)


def test_the_table_is_large_enough() -> None:
    assert len(HEARD) >= 300
    assert len({(row["heard"], row["asked_for"]) for row in HEARD}) == len(HEARD)
    accents = [row for row in HEARD if "/" in row["why"]]
    for confusion in ("z/zh", "c/ch", "s/sh", "n/l", "f/h", "an/ang", "en/eng", "in/ing"):
        one, other = confusion.split("/")
        assert any(f"{one}/{other}" in row["why"] or f"{other}/{one}" in row["why"] for row in accents), confusion


SENTENCES = [
    (name, sentence)
    for name, groups in yaml.safe_load(WORDS.read_text(encoding="utf-8"))["intents"].items()
    for group in groups
    for sentence in group["words"].values()
]


@pytest.mark.parametrize(("name", "sentence"), SENTENCES)
def test_each_sentence_of_the_list_means_what_it_stands_for(name: str, sentence: str) -> None:
    assert INTENTS.understand(sentence, NAMES).intent == name


@given(before=st.one_of(CHINESE, COMMON), after=st.one_of(CHINESE, COMMON))
def test_nothing_takes_back_a_cry_for_help(before: str, after: str) -> None:
    understood = INTENTS.understand(before + "救命" + after, ())
    assert understood.distress
    assert understood.confidence == 1.0


@given(words=st.one_of(st.text(max_size=40), COMMON), among=st.sets(st.sampled_from(sorted(NAMES)), max_size=6))
def test_it_answers_anything_with_what_was_asked_for(words: str, among: set[str]) -> None:
    understood = INTENTS.understand(words, among)
    assert understood.intent in among | {HELP, HUMAN, UNCLEAR}
    assert 0.0 <= understood.confidence <= 1.0
    assert understood.distress is (understood.intent == HELP)
    assert understood == INTENTS.understand(" ".join(words), among), "spaces of a recogniser change nothing"


@given(words=COMMON, among=st.sets(st.sampled_from(sorted(NAMES)), max_size=6))
def test_distress_does_not_depend_on_the_question(words: str, among: set[str]) -> None:
    if INTENTS.understand(words, NAMES).distress:
        understood = INTENTS.understand(words, among)
        assert understood.distress or understood.intent in {HUMAN, UNCLEAR}


@pytest.mark.parametrize(
    "word", [word for word in LISTED if word.intent == HELP and not word.whole], ids=lambda word: word.text
)
def test_a_word_of_distress_is_heard_among_ordinary_words(word: Word) -> None:
    text = word.text
    if len(text) > 2:
        for sentence in (text, f"喂{text}", f"我家里{text}你听见吗", f"好的我要订餐{text}"):
            assert INTENTS.understand(sentence, SERVICES).distress, sentence


def test_figures_are_never_an_emergency_but_for_its_numbers() -> None:
    few = ["".join(said) for length in range(1, 4) for said in itertools.product("0123456789", repeat=length)]
    four = [
        said for number in ("110", "119", "120") for more in "0123456789" for said in (more + number, number + more)
    ]
    figures = few + four
    assert [said for said in figures if INTENTS.digits(said) != said] == []
    cries = [said for said in figures if INTENTS.understand(said, ASKED_FOR["digits"]).distress]
    assert cries == ["110", "119", "120"]


def test_figures_one_by_one() -> None:
    assert INTENTS.digits("幺三九零") == "1390"
    assert INTENTS.digits("是两气吧") == "4278"
    assert INTENTS.digits("一二好") == ""
    assert INTENTS.digits("") == ""


def test_a_grammar_holds_help_human_and_figures_whatever_is_asked() -> None:
    phrases = INTENTS.phrases(())
    assert {"救命", "打120", "人工", "别挂", "一", "九", "好的", "不要"} <= set(phrases)
    assert "订餐" not in phrases
    assert "订餐" in INTENTS.phrases({"meals"})
    assert len(set(INTENTS.phrases(NAMES))) == len(INTENTS.phrases(NAMES)) < 120
    assert all(INTENTS.understand(phrase, NAMES).intent != UNCLEAR for phrase in INTENTS.phrases(NAMES))


def test_confidence_falls_with_each_doubt() -> None:
    written, sounded, accent, denied = (
        INTENTS.understand(said, {"no"}).confidence for said in ("我摔倒了", "我甩倒了", "我摔恼了", "不用打120")
    )
    assert (written, sounded, denied) == (1.0, 0.9, 0.5)
    assert accent == 0.0, "d and n are no accent"
    assert INTENTS.understand("救民", ()).confidence == 0.8


def test_an_intent_that_does_not_exist_is_refused() -> None:
    with pytest.raises(ValueError, match="dinner"):
        INTENTS.understand("吃饭", {"dinner"})
    with pytest.raises(ValueError, match="dinner"):
        INTENTS.phrases({"dinner"})


def test_what_was_heard_is_kept_without_signs() -> None:
    heard = INTENTS.understand("[unk] 我 想 订餐 。[unk]", {"meals"})
    assert heard == Understood(intent="meals", confidence=1.0, distress=False, text="我想订餐")


FAULTS = {
    "  meals:\n": ("  dinner:\n", ["intents: dinner: no such intent", "intents: meals is missing"]),
    "        订餐: 我想订餐。": ("        订餐: 我想吃饭。", ["meals: 订餐: its sentence does not say it"]),
    "        送餐: 给我送餐。": ("        送餐: 给我送餐。\n        救命: 救命", ["meals: 救命: stands in help too"]),
    "        好的: 好的，就这样。": ("        哟: 哟。", ["yes: 哟: a single character must be whole"]),
    "        是的: 是的。": ("        ok: ok", ["yes: ok: one to ten characters or figures"]),
    "  state: [": ("  other: [", ["no such denial: state"]),
    "between: [": ("between: [{}, ", ["between.0: Input should be a valid string"]),
    "passed_over:": ("nothing:", ["passed_over: Field required", "nothing: Extra inputs are not permitted"]),
}


@pytest.mark.parametrize("part", FAULTS)
def test_a_faulty_list_is_refused_with_every_fault(part: str, tmp_path: Path) -> None:
    instead, faults = FAULTS[part]
    text = WORDS.read_text(encoding="utf-8")
    assert part in text
    path = tmp_path / "intents.yaml"
    path.write_text(text.replace(part, instead, 1), encoding="utf-8")
    with pytest.raises(ConfigurationFaulty) as refused:
        Intents.load(path)
    for fault in faults:
        assert any(fault in found for found in refused.value.faults), refused.value.faults


@pytest.mark.parametrize("text", ["", "[]", "a: [", "just words"])
def test_rubbish_is_no_list(text: str, tmp_path: Path) -> None:
    path = tmp_path / "intents.yaml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ConfigurationFaulty):
        Intents.load(path)
    with pytest.raises(ConfigurationFaulty):
        Intents.load(tmp_path / "missing.yaml")
