"""Numbers as people and carriers write them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callcenter.errors import NumberUnusable
from callcenter.services.numbers import e164, mask

MOBILE = "+8613900001111"
BEIJING = "+861055550101"


@pytest.mark.parametrize(
    "raw",
    [
        "13900001111",
        "013900001111",
        "8613900001111",
        "008613900001111",
        "+8613900001111",
        "+86 139-0000-1111",
        "１３９００００１１１１",
        "\u3000139 0000 1111 ",
        "(86)139 0000 1111",
        "tel:+8613900001111",
        "手机：13900001111",
        "13900001111;ext=5",
        "139—0000—1111",
    ],
)
def test_one_mobile_in_many_clothes(raw: str) -> None:
    assert e164(raw, country="CN", area_code="010") == MOBILE


@pytest.mark.parametrize(
    "raw",
    [
        "55550101",
        "5555-0101",
        "010-55550101",
        "(010) 5555 0101",
        "+861055550101",
        "861055550101",
        "0086 10 5555 0101",
        "01055550101转8001",
        "010-55550101 ext. 12",
        "010-55550101分机3",
        "０１０－５５５５０１０１",
    ],
)
def test_one_landline_in_many_clothes(raw: str) -> None:
    assert e164(raw, country="CN", area_code="010") == BEIJING


def test_an_area_code_is_of_its_own_city() -> None:
    assert e164("0571-5555010", country="CN", area_code="010") == "+865715555010"
    assert e164("5555010", country="CN", area_code="0571") == "+865715555010"


def test_another_country_keeps_its_number() -> None:
    assert e164("+44 20 7946 0123", country="CN", area_code="010") == "+442079460123"
    assert e164("00442079460123", country="CN", area_code="010") == "+442079460123"


@pytest.mark.parametrize(
    "raw",
    [
        "",
        " ",
        "anonymous",
        "Restricted",
        "未知",
        "120",
        "12349",
        "0",
        "+",
        "++8613900001111",
        "139000011112222333344445555",
        "13900001111" * 9,
        "1390000111a",
        "139\r\nAction: Originate",
        "${SHELL(id)}",
    ],
)
def test_what_cannot_be_rung_is_refused(raw: str) -> None:
    with pytest.raises(NumberUnusable) as refused:
        e164(raw, country="CN", area_code="010")
    assert raw.strip() == "" or raw not in str(refused.value)


def test_a_local_number_needs_an_area_code() -> None:
    with pytest.raises(NumberUnusable):
        e164("55550101", country="CN", area_code="")


@given(st.text(max_size=80))
def test_rubbish_is_a_number_or_refused(raw: str) -> None:
    try:
        number = e164(raw, country="CN", area_code="010")
    except NumberUnusable:
        return
    assert number.startswith("+") and number[1:].isascii() and number[1:].isdigit() and len(number) <= 16
    assert e164(number, country="CN", area_code="010") == number


def test_a_mask_shows_no_number() -> None:
    assert mask(MOBILE) == "…11 (13 digits)"
    assert mask("120") == "(3 characters)"
    assert mask("张三") == "(2 characters)"
