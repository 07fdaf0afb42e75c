"""What a person hears when a text has figures in it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ivr.say_zh import figure_by_figure, number, spoken, telephone

CASES = [
    tuple(line.split("\t"))
    for line in (Path(__file__).parent / "say_zh_cases.tsv").read_text(encoding="utf-8").splitlines()
    if not line.startswith("# ")
]


def test_there_are_enough_cases_and_each_stands_once() -> None:
    assert len(CASES) >= 200
    assert len({written for written, _ in CASES}) == len(CASES)


@pytest.mark.parametrize(("written", "said"), CASES)
def test_figures_are_said_as_people_say_them(written: str, said: str) -> None:
    assert spoken(written) == said
    assert spoken(f"（{written}）。") == f"（{said}）。"


def test_a_hand_over_reads_right() -> None:
    written = "李桂兰，女，82岁。幸福路12号3号楼2单元501室。阿司匹林100mg，每天1次。回拨13900000001。"
    assert spoken(written) == (
        "李桂兰，女，八十二岁。幸福路十二号三号楼二单元五零幺室。阿司匹林一百毫克，每天一次。"
        "回拨幺三九，零零零零，零零零幺。"
    )


_SIGNS = "0123456789.-~/:%#*+×¥￥,，。 点号楼室单元年月日岁第两个mgMLBX℃度到每次分天"
_ANY = st.text(max_size=60) | st.text(alphabet=_SIGNS, max_size=60)


@given(_ANY)
def test_any_text_is_said_without_figures_and_only_once(text: str) -> None:
    said = spoken(text)
    assert not re.search("[0-9０-９]", said)
    assert spoken(said) == said


@given(_ANY)
def test_no_figure_is_ever_lost(text: str) -> None:
    """Each that can be said is said by something, so the sound is never of a text without its number."""
    if re.search("[1-9]", text):
        assert re.search("[一二两三四五六七八九幺十百千万]|整|半", spoken(text))


@given(st.text(alphabet="甲乙丙丁戊己庚辛壬癸，。！？、（）", max_size=60))
def test_a_text_of_hanzi_alone_is_left_as_it_is(text: str) -> None:
    assert spoken(text) == text


@given(st.from_regex(r"1[3-9][0-9]{9}", fullmatch=True), st.sampled_from(["", "+86", "+86 "]))
def test_a_mobile_number_can_be_written_down_again(figures: str, prefix: str) -> None:
    said = spoken(f"回拨电话{prefix}{figures}。").removeprefix("回拨电话").removesuffix("。")
    assert [len(group) for group in said.split("，")] == [3, 4, 4]
    assert "".join(str("零幺二三四五六七八九".index(word)) for word in said.replace("，", "")) == figures


@given(st.integers(1, 40), st.integers(1, 9), st.integers(1, 33), st.integers(1, 9))
def test_where_she_lives_is_read_as_it_is_written_on_the_door(house: int, unit: int, floor: int, door: int) -> None:
    room = f"{floor}{door:02}"
    assert spoken(f"{house}号楼{unit}单元{room}室") == (
        f"{number(str(house))}号楼{number(str(unit))}单元{figure_by_figure(room)}室"
    )


@given(st.integers(0, 23), st.integers(0, 59))
def test_a_time_says_hour_and_minute(hour: int, minute: int) -> None:
    said_hour, _, said_minute = spoken(f"{hour:02}:{minute:02}").partition("点")
    assert _value(said_hour.replace("两", "二")) == hour
    assert (0 if said_minute == "整" else _value(said_minute.removesuffix("分"))) == minute


@given(st.integers(0, 99_999), st.integers(0, 99))
def test_money_adds_up(yuan: int, fen: int) -> None:
    said = spoken(f"{yuan}.{fen:02}元").replace("两", "二")
    whole, _, rest = said.rpartition("元")
    tens, _, ones = rest.rpartition("角")
    ones = ones.removeprefix("零").removesuffix("分")
    assert (_value(whole) if whole else 0) == yuan
    assert (_value(tens) if tens else 0) * 10 + (_value(ones) if ones else 0) == fen


@given(st.integers(min_value=0, max_value=99_999_999))
def test_a_number_means_what_it_says(value: int) -> None:
    assert _value(number(str(value))) == value


@pytest.mark.parametrize(
    ("sent", "said"), [("+8613900000001", "幺三九，零零零零，零零零幺"), ("120", "幺二零"), ("", "")]
)
def test_a_telephone_number_comes_in_groups(sent: str, said: str) -> None:
    assert telephone(sent) == said


def _value(said: str) -> int:
    """Reads a Chinese number the other way round."""
    high, _, low = said.rpartition("万")
    return (_value(high) * 10_000 if high else 0) + _below_ten_thousand(low)


def _below_ten_thousand(said: str) -> int:
    value, figure = 0, 0
    for character in ("一" if said.startswith("十") else "") + said:
        if character in "十百千":
            value += figure * {"十": 10, "百": 100, "千": 1000}[character]
            figure = 0
        else:
            figure = "零一二三四五六七八九".index(character)
    return value + figure
