"""How words sound, and what the accents of elders let through."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ivr.pinyin import ACCENT, Syllable, as_heard, closest, distance, folded, syllables, unlike

CHINESE = st.text(st.characters(min_codepoint=0x4E00, max_codepoint=0x9FA5), min_size=1, max_size=8)
CHARACTER = st.characters(min_codepoint=0x4E00, max_codepoint=0x9FA5)
ACCENTS = {
    "z/zh": ["早找", "资知", "脏张", "增争", "嘴追", "做桌"],
    "c/ch": ["菜柴", "次吃", "草吵", "层成", "存春", "错绰"],
    "s/sh": ["四是", "三山", "酥书", "岁睡", "扫少"],
    "n/l": ["难兰", "女吕", "你里", "牛刘", "脑老", "奶来", "年连"],
    "f/h": ["飞灰", "饭换", "风红", "夫呼", "发花", "分昏", "方慌"],
    "an/ang": ["班帮", "山伤", "看抗", "弯汪", "管广", "烟央"],
    "en/eng": ["陈成", "门蒙", "森僧", "真争", "问瓮"],
    "in/ing": ["心星", "民明", "亲清", "金经", "因英"],
}
DIFFERENT = ["好坏", "水火", "红黄", "疼晕", "买打", "一五", "八九", "救叫", "大他", "汗坏", "黑灰", "他妈", "不要"]


@pytest.mark.parametrize("confusion", ACCENTS)
def test_an_accent_costs_little(confusion: str) -> None:
    for one, other in map(tuple, ACCENTS[confusion]):
        assert distance(one, other) == ACCENT, one + other
        assert folded_of(one) == folded_of(other), one + other


@pytest.mark.parametrize(("one", "other"), DIFFERENT)
def test_other_sounds_cost_more_than_two_accents(one: str, other: str) -> None:
    assert distance(one, other) > 2 * ACCENT


@pytest.mark.parametrize("same", ["摔倒 甩到", "救命 就命", "头晕 投云", "买药 卖要", "睡觉 睡叫", "流血 刘雪"])
def test_tones_and_characters_do_not_count(same: str) -> None:
    one, other = map(as_heard, same.split())
    assert distance(one, other) == 0


def test_two_accents_in_one_syllable_add_up() -> None:
    assert distance("山", "桑") == 2 * ACCENT
    assert distance("张", "簪") == 2 * ACCENT


def test_a_syllable_more_or_less_costs_one() -> None:
    assert distance("需要", "不需要") == 1
    assert distance("", "救命") == 2
    assert distance("", "") == 0


def test_readings_depend_on_the_phrase() -> None:
    assert syllables("睡觉")[1] == Syllable("j", "iao")
    assert syllables("觉得")[0] == Syllable("j", "ve")
    assert syllables("银行")[1] == Syllable("h", "ang")


def test_what_is_not_chinese_has_no_sound() -> None:
    assert syllables("a我 1") == (None, Syllable("", "uo"), None, None)
    assert unlike(None, None) == unlike(None, Syllable("", "uo")) == 1


@pytest.mark.parametrize(
    ("text", "heard"),
    [
        ("打120", "打一二零"),
        ("打 幺 二 零", "打一二零"),
        ("１２０", "一二零"),
        ("两点", "二点"),
        ("[unk] 好的 [unk]", "好的"),
        ("救命！！", "救命"),
        ("", ""),
    ],
)
def test_what_is_read_alike_is_written_alike(text: str, heard: str) -> None:
    assert as_heard(text) == heard


@given(st.text(max_size=30))
def test_there_is_a_syllable_for_each_character(text: str) -> None:
    assert len(syllables(text)) == len(text)
    assert as_heard(as_heard(text)) == as_heard(text)


@given(CHINESE, CHINESE)
def test_a_distance_is_one(a: str, b: str) -> None:
    assert distance(a, a) == 0
    assert distance(a, b) == distance(b, a)
    assert abs(len(a) - len(b)) <= distance(a, b) <= max(len(a), len(b))


@given(CHARACTER, CHARACTER)
def test_the_sieve_lets_all_accents_through(a: str, b: str) -> None:
    (one,), (other,) = syllables(a), syllables(b)
    if one and other and unlike(one, other) <= 2 * ACCENT:
        assert folded(one) == folded(other)


@given(st.lists(CHINESE, min_size=1, max_size=5), CHINESE)
def test_the_closest_is_one_of_the_phrases_and_none_is_nearer(phrases: list[str], words: str) -> None:
    found = closest(words, phrases)
    if found is not None:
        assert found in phrases
        assert all(distance(words, phrase) >= distance(words, found) for phrase in phrases)
    assert closest(phrases[0], phrases) == phrases[0]


PHRASES = ("我没事", "没事", "打120", "叫救护车", "需要", "不需要", "我摔倒了", "好的", "再说一遍")


@pytest.mark.parametrize(
    ("mixture", "phrase"),
    [
        ("我八没事", "我没事"),
        ("打幺八零", "打120"),
        ("打 120", "打120"),
        ("叫救护", "叫救护车"),
        ("我甩倒了", "我摔倒了"),
        ("摔倒了", "我摔倒了"),
        ("在说一变", "再说一遍"),
        ("须要", "需要"),
        ("我需要", None),
        ("不要", None),
        ("没摔倒了", None),
        ("我不摔倒了", None),
        ("挂号摔倒了", None),
        ("今天天气", None),
        ("", None),
        ("[unk]", None),
    ],
)
def test_a_mixture_is_mapped_to_the_phrase_it_is_nearly(mixture: str, phrase: str | None) -> None:
    assert closest(mixture, PHRASES) == phrase


def test_two_phrases_equally_near_are_none() -> None:
    assert closest("买鱼送到家", ("买菜送到家", "买肉送到家")) is None
    assert closest("买鱼", ()) is None


def folded_of(character: str) -> str:
    (sound,) = syllables(character)
    assert sound
    return folded(sound)
