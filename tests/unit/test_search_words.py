"""By which words a name or an address is found, and what somebody typed is understood as."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callcenter.config.stories import Hotline
from callcenter.domain.search import Wanted
from callcenter.services.find_elders import TYPED_AT_MOST, wanted_by
from callcenter.services.search_words import LONGEST, typed_words, words_of_name, words_of_place


@pytest.mark.parametrize(
    ("name", "typed"),
    [
        ("王秀英", "王 王秀 秀英 英 wang wangxiu wangxiuying xiuying wxy xy"),
        ("单雄", "dan shan chan shanx sx dx 雄"),
        ("曾和", "zeng ceng zenghe zenghu zh ch"),
        ("单和乐", "danhele shanhele shanhule chanheyue"),
        ("欧阳秀", "ouyang oyx ouyangxiu"),
        ("王长贵", "wangchang wangzhang wcg wzg"),
        ("吕示例", "lv lü lvshi"),
        ("Wang Xiuying", "wang WANG xiuying wx"),
        ("阿不都·热西提", "阿不都热 abudu 热西提"),
    ],
)
def test_a_name_is_found_by_what_people_type(name: str, typed: str) -> None:
    words = words_of_name(name)
    for one in typed.split():
        [plain] = typed_words(one)
        assert any(word.startswith(plain) for word in words), one


def test_a_place_is_read_as_in_its_phrase() -> None:
    assert {"chongqinglu", "cql", "庆路", "重庆路"} <= words_of_place("重庆路")
    assert {"yinhangxiaoquazuo", "小区a座"} <= words_of_place("银行小区A座")
    assert "zhongqinglu" not in words_of_place("重庆路")
    assert {"路12弄", "lu12nong"} <= words_of_place("示例路１２弄")


def test_a_character_without_a_reading_shifts_no_other() -> None:
    assert "和㐂路"[1:] in {word[:2] for word in words_of_place("和㐂路")}
    assert any(word.startswith("he") and word.endswith("lu") for word in words_of_place("和㐂路"))


@given(st.text(max_size=200))
def test_whatever_the_text_its_words_are_few_and_short(text: str) -> None:
    for words in (words_of_name(text), words_of_place(text)):
        assert len(words) <= 300
        assert all(0 < len(word) <= LONGEST for word in words)


@pytest.mark.parametrize(
    ("typed", "wanted"),
    [
        ("  ", Wanted()),
        ("王秀", Wanted(words=("王秀",))),
        ("Wang  和平里", Wanted(words=("wang", "和平里"))),
        ("139 0000 1111", Wanted(number="+8613900001111")),
        ("+86-139-0000-1111", Wanted(number="+8613900001111")),
        ("１３９００００１１１１", Wanted(number="+8613900001111")),
        ("wang 13900001111", Wanted(words=("wang",), number="+8613900001111")),
        ("0101", Wanted(last_four="0101")),
        ("wang，1111", Wanted(words=("wang",), last_four="1111")),
        ("路12号", Wanted(words=("路12号",))),
        ("'; DROP TABLE elders; --", Wanted(words=("drop", "table", "elders"))),
        ("%_·", Wanted()),
    ],
)
def test_what_is_typed_is_understood(typed: str, wanted: Wanted) -> None:
    assert wanted_by(typed, Hotline()) == wanted


def test_too_many_words_are_refused_and_too_long_ones_cut() -> None:
    with pytest.raises(ValueError, match="6 words, at most 5"):
        wanted_by("a b c d e f", Hotline())
    assert wanted_by("王" * 500, Hotline()) == Wanted(words=("王" * min(LONGEST, TYPED_AT_MOST),))
