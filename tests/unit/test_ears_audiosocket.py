"""Frames of AudioSocket: whatever pieces they come in, they are the same; what is too long is refused at its head."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ivr.ears.audiosocket import PAYLOAD_BYTES_AT_MOST, Frame, FrameReader, FrameUnusable, Kind, encoded

payloads = st.binary(max_size=700)
frames = st.lists(st.tuples(st.sampled_from(list(Kind)), payloads), max_size=8)


def read(*pieces: bytes) -> list[Frame]:
    reader = FrameReader()
    return [frame for piece in pieces for frame in reader.frames(piece)]


def test_nothing_and_half_a_head_are_no_frame() -> None:
    assert read(b"") == []
    assert read(b"\x10\x01") == []
    assert read(encoded(Kind.AUDIO, bytes(320))[:-1]) == []


def test_a_frame_is_a_kind_a_length_and_its_bytes() -> None:
    assert encoded(Kind.KEY, b"5") == b"\x03\x00\x015"
    assert read(b"\x03\x00\x015") == [Frame(kind=3, payload=b"5")]
    assert encoded(Kind.END) == b"\x00\x00\x00"


@given(sent=frames, cuts=st.lists(st.integers(0, 6000), max_size=12))
def test_any_pieces_make_the_same_frames(sent: list[tuple[Kind, bytes]], cuts: list[int]) -> None:
    wire = b"".join(encoded(kind, payload) for kind, payload in sent)
    edges = [0, *sorted(min(cut, len(wire)) for cut in cuts), len(wire)]
    pieces = [wire[a:b] for a, b in pairwise(edges)]
    assert [(frame.kind, frame.payload) for frame in read(*pieces)] == sent


@given(data=st.binary(max_size=5000))
def test_rubbish_is_frames_or_refused_and_never_hoarded(data: bytes) -> None:
    reader = FrameReader()
    try:
        for frame in reader.frames(data):
            assert len(frame.payload) <= PAYLOAD_BYTES_AT_MOST
    except FrameUnusable:
        return
    assert len(reader._rest) <= PAYLOAD_BYTES_AT_MOST + 3


def test_a_frame_that_is_too_long_is_refused_before_it_has_come() -> None:
    with pytest.raises(FrameUnusable):
        read(b"\x10\xff\xff")


def test_frames_before_a_bad_one_are_told() -> None:
    told = []
    with pytest.raises(FrameUnusable):
        for frame in FrameReader().frames(encoded(Kind.KEY, b"1") + b"\x10\xff\xff"):
            told.append(frame)
    assert told == [Frame(kind=3, payload=b"1")]
