"""A sheet is cut where a speaker would breathe."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from ivr.pieces import pieces


def test_sentences_stay_whole_and_short_ones_together() -> None:
    said = "李桂兰，女，八十二岁。地址：幸福街三号楼二单元五零幺室。附近：超市。进门：敲门。"
    assert pieces(said, words_per_minute=150) == (
        "李桂兰，女，八十二岁。",
        "地址：幸福街三号楼二单元五零幺室。",
        "附近：超市。进门：敲门。",
    )


def test_a_long_sentence_is_cut_at_commas_and_what_has_none_anyway() -> None:
    said = "阿司匹林一百毫克，每天一次，二甲双胍零点五克，每天两次。" + "长" * 40
    assert pieces(said, words_per_minute=150) == (
        "阿司匹林一百毫克，每天一次，",
        "二甲双胍零点五克，每天两次。",
        "长" * 19,
        "长" * 19,
        "长" * 2,
    )


def test_slow_speech_needs_more_pieces() -> None:
    assert len(pieces("请不要挂机，" * 20, words_per_minute=80)) > len(
        pieces("请不要挂机，" * 20, words_per_minute=250)
    )


@given(st.text(alphabet="李桂兰一二。，、：；！ ", max_size=200), st.integers(80, 300))
def test_nothing_is_lost_and_nothing_is_too_long(said: str, words_per_minute: int) -> None:
    cut = pieces(said, words_per_minute=words_per_minute)
    assert [c for c in "".join(cut) if c.isalnum()] == [c for c in said if c.isalnum()]
    assert all(len(piece.strip("。，、：；！ ")) <= 19 * words_per_minute / 150 + 1 for piece in cut)
    assert all(any(map(str.isalnum, piece)) for piece in cut)
