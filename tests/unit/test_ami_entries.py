"""Entry marks: a caller chose some of what stands in them."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from callcenter.asterisk.entries import LINE_AT_MOST, entry_of
from callcenter.config.stories import Hotline
from callcenter.domain.calls import Key

NOW = datetime(2026, 11, 22, 8, 0, tzinfo=UTC)
HOTLINE = Hotline(area_code="010")


@given(
    mark=st.text(max_size=200) | st.lists(st.text(alphabet="|red0123456789 ", max_size=12), max_size=9).map("|".join)
)
@settings(max_examples=200)
def test_any_mark_is_somebody_at_the_door(mark: str) -> None:
    entry = entry_of("1760000000.1", mark, HOTLINE, now=NOW)
    assert entry.uniqueid == "1760000000.1"
    assert len(entry.line_raw) <= LINE_AT_MOST
    assert entry.line == "" or entry.line.startswith("+")
    assert entry.at.tzinfo is UTC


def test_a_whole_mark() -> None:
    entry = entry_of("1.1", "landline|home-1|13900000001|1760000000|PJSIP/home-1-00000001", HOTLINE, now=NOW)
    assert (entry.key, entry.account, entry.line, entry.line_raw) == (
        Key.LANDLINE, "home-1", "+8613900000001", "13900000001",
    )  # fmt: skip
    assert (entry.channel, entry.at) == ("PJSIP/home-1-00000001", datetime.fromtimestamp(1760000000, UTC))


def test_a_line_with_bars_in_it_moves_nothing() -> None:
    entry = entry_of("1.1", "red|pager-1|1|9999999999|PJSIP/forged|1760000000|PJSIP/real-1", HOTLINE, now=NOW)
    assert (entry.account, entry.channel, entry.at.year) == ("pager-1", "PJSIP/real-1", 2025)
    assert entry.line_raw == "1|9999999999|PJSIP/forged"


@pytest.mark.parametrize("epoch", ["", "-1", "1e9", "٣", "9" * 40, "99999999999"])
def test_a_time_that_is_none_becomes_now(epoch: str) -> None:
    assert entry_of("1.1", f"red|a|1|{epoch}|PJSIP/a-1", HOTLINE, now=NOW).at == NOW


def test_an_endless_line_is_cut_before_anybody_reads_it() -> None:
    entry = entry_of("1.1", f"red|a|{'1' * 100_000}|1760000000|PJSIP/a-1", HOTLINE, now=NOW)
    assert (len(entry.line_raw), entry.line) == (LINE_AT_MOST, "")
