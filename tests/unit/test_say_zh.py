"""What a person hears when a text has figures in it."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ivr.say_zh import number, spoken, telephone

SAID = {
    # telephones
    "13900000001": "幺三九，零零零零，零零零幺",
    "+8613900000001": "幺三九，零零零零，零零零幺",
    "139 0000 0001": "幺三九，零零零零，零零零幺",
    "139-0000-0001": "幺三九，零零零零，零零零幺",
    "１３９００００００01": "幺三九，零零零零，零零零幺",
    "010-66660000": "零幺零，六六六六，零零零零",
    "0755-86660000": "零七五五，八六六六，零零零零",
    "66660000": "六六六六，零零零零",
    "6666000": "六六六，六零零零",
    "400-800-1234": "四零零，八零零，幺二三四",
    "拨打120": "拨打幺二零",
    "110": "幺幺零",
    "12349": "幺二三四九",
    "10010": "幺零零幺零",
    "按1": "按一",
    "0001": "零零零幺",
    # where
    "3号楼2单元501": "三号楼二单元五零幺",
    "3号楼2单元501室": "三号楼二单元五零幺室",
    "12号楼1单元1203室": "十二号楼一单元幺二零三室",
    "101号楼": "幺零幺号楼",
    "3-2-501": "三杠二杠五零幺",
    "幸福路128号": "幸福路一百二十八号",
    "2栋3单元202": "二栋三单元二零二",
    "A座1805": "A座幺八零五",
    "5层": "五层",
    "2楼": "二楼",
    "3楼302": "三楼三零二",
    "3#楼": "三号楼",
    "7号院": "七号院",
    "2单元2号": "二单元二号",
    "3排2号": "三排二号",
    "1路车": "一路车",
    "12室": "十二室",
    # ages, times, dates
    "82岁": "八十二岁",
    "2岁": "二岁",
    "102岁": "一百零二岁",
    "14:05": "十四点零五分",
    "8:00": "八点整",
    "08:30": "八点三十分",
    "2:00": "两点整",
    "23:59": "二十三点五十九分",
    "下午2点": "下午两点",
    "2点30分": "两点三十分",
    "2026年11月22日": "二零二六年十一月二十二日",
    "2026-11-22": "二零二六年十一月二十二日",
    "1940年": "一九四零年",
    "1940年3月": "一九四零年三月",
    "11月22日": "十一月二十二日",
    # doses and measures
    "2次": "两次",
    "2片": "两片",
    "12片": "十二片",
    "22个": "二十二个",
    "0.5片": "零点五片",
    "1/2片": "二分之一片",
    "每天2-3次": "每天二到三次",
    "5mg": "五毫克",
    "2 mg": "两毫克",
    "10 ml": "十毫升",
    "120毫克": "一百二十毫克",
    "36.8℃": "三十六点八摄氏度",
    "37.5度": "三十七点五度",
    "血压150/90": "血压一百五十，九十",
    "3.5mmol/L": "三点五毫摩尔每升",
    "98%": "百分之九十八",
    "糖尿病2型": "糖尿病二型",
    # plain numbers
    "0": "零",
    "10": "十",
    "11": "十一",
    "100": "一百",
    "111": "一百一十一",
    "105个": "一百零五个",
    "1001元": "一千零一元",
    "1010步": "一千零一十步",
    "10000元": "一万元",
    "100500元": "十万零五百元",
    # nothing to do
    "高血压、冠心病": "高血压、冠心病",
    "B超": "B超",
}


@pytest.mark.parametrize(("written", "said"), SAID.items())
def test_figures_are_said_as_people_say_them(written: str, said: str) -> None:
    assert spoken(written) == said
    assert spoken(f"（{written}）。") == f"（{said}）。"


def test_a_hand_over_reads_right() -> None:
    written = "李桂兰，女，82岁。幸福路12号3号楼2单元501室。阿司匹林100mg，每天1次。回拨13900000001。"
    assert spoken(written) == (
        "李桂兰，女，八十二岁。幸福路十二号三号楼二单元五零幺室。阿司匹林一百毫克，每天一次。"
        "回拨幺三九，零零零零，零零零幺。"
    )


@given(st.text(max_size=60) | st.text(alphabet="0123456789.-/:%点号楼室单元年月日岁mg 两", max_size=60))
def test_any_text_is_said_without_figures_and_only_once(text: str) -> None:
    said = spoken(text)
    assert not re.search("[0-9]", said)
    assert spoken(said) == said


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
