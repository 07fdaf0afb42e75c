"""What somebody typed into the one box, understood: numbers as people write them, and words."""

from __future__ import annotations

from typing import Final

from callcenter.config.stories import Hotline
from callcenter.domain.search import Wanted
from callcenter.errors import NumberUnusable
from callcenter.services.numbers import e164
from callcenter.services.search_words import typed_words

TYPED_AT_MOST: Final = 60  #: characters
WORDS_AT_MOST: Final = 5
_SHORTEST_NUMBER: Final = 7  #: digits; fewer are part of an address


def wanted_by(typed: str, hotline: Hotline) -> Wanted:
    """A number may stand among words, or be all there is, written with spaces. `ValueError`: too many words."""
    if number := _number(typed, hotline):
        return Wanted(number=number)
    words = typed_words(typed[:TYPED_AT_MOST])
    if len(words) > WORDS_AT_MOST:
        raise ValueError(f"{len(words)} words, at most {WORDS_AT_MOST}")
    numbers = [(word, number) for word in words if (number := _number(word, hotline))]
    chosen = numbers[:1] or [(word, word) for word in words if word.isascii() and word.isdigit() and len(word) == 4][:1]
    left = tuple(word for word in words if word not in dict(chosen))
    found = chosen[0][1] if chosen else ""
    return Wanted(words=left, number=found) if numbers else Wanted(words=left, last_four=found)


def _number(typed: str, hotline: Hotline) -> str:
    """E.164, or "" for what is none."""
    if sum(character.isdecimal() for character in typed) < _SHORTEST_NUMBER:
        return ""
    try:
        return e164(typed, country=hotline.country, area_code=hotline.area_code)
    except NumberUnusable:
        return ""
