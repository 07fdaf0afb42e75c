"""The words by which a name, a street or an estate is found: 中文, pinyin and initials, from each syllable on."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from functools import lru_cache
from itertools import groupby, islice, product
from types import ModuleType
from typing import Final

from callcenter.domain.search import LONGEST

_UNITS_AT_MOST: Final = 16  #: syllables of a text; a street's name has six
_READINGS_AT_MOST: Final = 8  #: of a name; 单和乐 has 12, and the rarest are left out
_OTHERS: Final = 2  #: readings of a character that is no surname
_CHARACTERS: Final = 8192  #: whose readings are remembered; a county's names have fewer

#: A Chinese character is a unit of its own, a run of anything else that can be typed is one, too.
_CHINESE: Final = re.compile(r"[㐀-鿿]")
_UNIT: Final = re.compile(r"[㐀-鿿]|[^\W_㐀-鿿]+")
_BETWEEN: Final = re.compile(r"[\s,，、;；]+")


def dictionary() -> ModuleType:
    """The readings of characters and phrases. Not loaded before they are needed: it takes a quarter of a second."""
    import pypinyin

    return pypinyin


def plain(text: str) -> str:
    """As it is compared: without width, case, tones, dots and apostrophes; ü is v, as it is typed."""
    text = unicodedata.normalize("NFKC", text).casefold().replace("ü", "v")
    return "".join(_UNIT.findall(text))


def typed_words(text: str) -> tuple[str, ...]:
    """What somebody typed, word by word, as `Wanted.words` takes them; empty for nothing that can be looked for."""
    words = (plain(word)[:LONGEST] for word in _BETWEEN.split(text))
    return tuple(dict.fromkeys(word for word in words if word))


def words_of_name(name: str) -> frozenset[str]:
    """Every word whose beginning finds this person: 王秀英 by 秀英, xiuying or wxy. At most some 200, mostly ten.

    A surname stands in with all its readings (单 dan, chan, shan), another character with its two most frequent ones.
    """
    units = _units(name)
    sounds = [_sounds(unit)[: None if place == 0 else _OTHERS] for place, unit in enumerate(units)]
    found: set[str] = set()
    for begin in range(len(units)):
        found |= _from(units[begin:], _readings(sounds[begin:]))
    return frozenset(found)


def words_of_place(place: str) -> frozenset[str]:
    """The same of a street or an estate, each character as it is read in its phrase: 重庆路 chongqinglu."""
    units = _units(place)
    sounds = tuple(_sounds_in_phrase(units))
    found: set[str] = set()
    for begin in range(len(units)):
        found |= _from(units[begin:], [sounds[begin:]])
    return frozenset(found)


def _sounds_in_phrase(units: Sequence[str]) -> list[str]:
    sounds: list[str] = []
    for chinese, run in groupby(units, key=lambda unit: _CHINESE.fullmatch(unit) is not None):
        known = list(run)
        read = dictionary().lazy_pinyin("".join(known), errors="ignore") if chinese else known
        # A character without a reading would shift all that follow.
        sounds += read if len(read) == len(known) else (_sounds(unit)[0] for unit in known)
    return sounds


def _from(units: Sequence[str], readings: Sequence[tuple[str, ...]]) -> set[str]:
    found = {"".join(units)[:LONGEST]}
    for sounds in readings:
        found.add("".join(sounds)[:LONGEST])
        if len(sounds) > 1:
            found.add("".join(sound[0] for sound in sounds))
    return found


def _units(text: str) -> list[str]:
    return _UNIT.findall(unicodedata.normalize("NFKC", text).casefold().replace("ü", "v"))[:_UNITS_AT_MOST]


def _readings(sounds: Sequence[Sequence[str]]) -> list[tuple[str, ...]]:
    """Of all units together; the first unit's readings change fastest, so that none of a surname's is left out."""
    backwards = islice(product(*reversed(sounds)), _READINGS_AT_MOST)
    return [tuple(reversed(one)) for one in backwards]


@lru_cache(_CHARACTERS)
def _sounds(unit: str) -> tuple[str, ...]:
    """The most frequent reading first."""
    if len(unit) > 1 or unit.isascii():
        return (unit,)
    readings = dictionary()
    return tuple(readings.pinyin(unit, style=readings.Style.NORMAL, heteronym=True, errors="default")[0])
