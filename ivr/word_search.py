"""Words of the list in what was heard: as they are written, and as they sound."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from ivr.intent_words import Word
from ivr.pinyin import ACCENT, Syllable, folded, syllables, unlike

_AS_WRITTEN: Final = 1.0
_AS_SOUNDED: Final = 0.9
_EACH_ACCENT: Final = 0.1
_NO_SOUND: Final = "\0"
_FIRST_MARK: Final = 0xE000  #: private characters, one for each folded syllable


@dataclass(frozen=True, kw_only=True)
class Hit:
    """A word found in a text."""

    word: Word
    start: int
    end: int
    sure: float  #: 1 as written, 0.9 as sounded, 0.1 less for each accent

    def covered_by(self, other: Hit) -> bool:
        return other.start <= self.start and self.end <= other.end

    def overlaps(self, other: Hit) -> bool:
        return self.start < other.end and other.start < self.end


class WordSearch:
    """Finds any of some words."""

    def __init__(self, words: Mapping[str, Word]) -> None:
        self._words = words
        self._sounds = {heard: syllables(heard) for heard in words}
        folds = sorted({folded(sound) for sounds in self._sounds.values() for sound in sounds if sound})
        self._marks = {fold: chr(_FIRST_MARK + number) for number, fold in enumerate(folds)}
        self._marked = {heard: self._mark(sounds) for heard, sounds in self._sounds.items()}
        longest_first = sorted(words, key=len, reverse=True)
        self._written = re.compile("|".join(map(re.escape, longest_first)) or r"(?!)")

    def written(self, text: str) -> list[Hit]:
        """From left to right, the longest at each place, none overlapping."""
        return [self._hit(found[0], found.start(), _AS_WRITTEN) for found in self._written.finditer(text)]

    def sounding(self, text: str) -> Iterator[Hit]:
        """Every place where a word is written or where only the accents of `ivr.pinyin` tell it apart from one."""
        sounds = syllables(text)
        marked = self._mark(sounds)
        for heard, needle in self._marked.items():
            if needle not in marked and heard not in text:
                continue
            for start in _places(marked, needle) | _places(text, heard):
                sure = self._sure(heard, text, sounds, start)
                if sure:
                    yield self._hit(heard, start, sure)

    def _hit(self, heard: str, start: int, sure: float) -> Hit:
        return Hit(word=self._words[heard], start=start, end=start + len(heard), sure=sure)

    def _mark(self, sounds: tuple[Syllable | None, ...]) -> str:
        return "".join(self._marks.get(folded(sound), _NO_SOUND) if sound else _NO_SOUND for sound in sounds)

    def _sure(self, heard: str, text: str, sounds: tuple[Syllable | None, ...], start: int) -> float:
        """0 where the sieve let through more accents than the word has syllables."""
        if text.startswith(heard, start):
            return _AS_WRITTEN
        pairs = zip(heard, self._sounds[heard], text[start:], sounds[start:], strict=False)
        unlikeness = sum(0.0 if said == meant else unlike(a, b) for meant, a, said, b in pairs)
        accents = round(unlikeness / ACCENT)
        return _AS_SOUNDED - _EACH_ACCENT * accents if accents <= min(len(heard), 4) else 0.0


def _places(text: str, part: str) -> set[int]:
    places = set()
    start = text.find(part)
    while start >= 0:
        places.add(start)
        start = text.find(part, start + 1)
    return places
