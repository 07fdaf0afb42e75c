"""What a recogniser with a grammar makes of talk that is not in the grammar: scraps of its phrases, strung together."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

from ivr.intent_words import WordList

#: Of those heard in real jumbles the poorest had two; no sentence of the word list has more than one.
_TOO_MANY: Final = 2
_UNDERSTOOD: Final = " "
_NEVER: Final = "救命"
_ANYWHERE: Final = "我要"
_FOLLOWING: Final = "了啊呀吧呢嘛的"  #: no strays behind a word


class Jumble:
    """Tells 对跌倒别肚子疼 (a television, by a grammar) from 我跌倒了肚子疼 (an elder)."""

    def __init__(self, words: WordList) -> None:
        listened = "".join(word.heard for word in words.words if word.listen)
        self._grammar = frozenset(listened + "".join(words.passed_over))
        self._alone = {word.heard for word in words.words if len(word.heard) == 1} | set(_FOLLOWING)
        denials = {said for ways in words.denials.values() for said in ways}
        known = {word.heard for word in words.words} | denials | set(words.between)
        whole = {said for said in known if len(said) > 1} | {_UNDERSTOOD, *words.passed_over}
        self._whole = re.compile("|".join(sorted(map(re.escape, whole), key=len, reverse=True)))

    def is_one(self, heard: str, understood: Iterable[tuple[int, int]]) -> bool:
        """Two or more strays, and no syllable that is not in the grammar. Never where 救命 is heard.

        Strays are the places that no word of two or more syllables explains, and in them each figure and each answer of
        one syllable. `understood` tells from where to where a meaning was
        found already.
        """
        if _NEVER in heard or not self._grammar.issuperset(heard):
            return False
        for start, end in understood:
            heard = heard[:start] + _UNDERSTOOD * (end - start) + heard[end:]
        first, *others = self._whole.split(heard)
        scraps = [first.strip(_ANYWHERE), *(scrap.strip(_ANYWHERE + _FOLLOWING) for scrap in others)]
        return sum(map(self._strays, scraps)) >= _TOO_MANY

    def _strays(self, scrap: str) -> int:
        alone = sum(syllable in self._alone for syllable in scrap)
        return alone + (alone < len(scrap))
