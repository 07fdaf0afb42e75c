"""A photo is known by its bytes, loses what a camera wrote into it, and rubbish is answered."""

from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callcenter.errors import PictureUnusable
from callcenter.services.picture import PictureKind, picture_of
from tests.unit.pictures import a_jpeg, a_png

WHOLE = {PictureKind.PNG: a_png(), PictureKind.JPEG: a_jpeg()}


@pytest.mark.parametrize("kind", WHOLE)
def test_a_picture_keeps_its_picture_and_nothing_about_it(kind: PictureKind) -> None:
    assert b"secret place" in WHOLE[kind]
    picture = picture_of(WHOLE[kind], side_at_most=100)
    assert (picture.kind, picture.width, picture.height) == (kind, 4, 3)
    assert b"secret place" not in picture.content
    assert picture_of(picture.content, side_at_most=100) == picture
    assert picture_of(WHOLE[kind] + b"<script>trailing", side_at_most=100).content == picture.content


@pytest.mark.parametrize("whole", WHOLE.values())
def test_one_that_ends_early_or_is_too_wide_is_refused(whole: bytes) -> None:
    for length in range(len(whole)):
        with pytest.raises(PictureUnusable):
            picture_of(whole[:length], side_at_most=100)
    with pytest.raises(PictureUnusable, match="at most 3"):
        picture_of(whole, side_at_most=3)


@pytest.mark.parametrize("content", [b"", b"GIF89a", b"<svg/>", b"PK\x03\x04", a_png(0, 3), a_jpeg(4, 0)])
def test_what_is_no_picture_is_refused(content: bytes) -> None:
    with pytest.raises(PictureUnusable):
        picture_of(content, side_at_most=100)


@given(st.sampled_from(list(WHOLE.values())), st.integers(0, 80), st.binary(max_size=20))
def test_rubbish_in_the_middle_is_a_picture_or_refused(whole: bytes, place: int, rubbish: bytes) -> None:
    with suppress(PictureUnusable):
        assert picture_of(whole[:place] + rubbish + whole[place:], side_at_most=100).width <= 100
