"""What an elder means by what was heard: words to one intent, calls for help first, doubt never taken for certainty."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from ivr.denial import Denials
from ivr.intent_words import HELP, HUMAN, NAMES, UNCLEAR, WordList, load_word_list
from ivr.jumble import Jumble
from ivr.pinyin import as_heard
from ivr.word_search import Hit, WordSearch

_HALF: Final = 0.5
#: The first gives way to the second when both are heard: 好的，我要送餐 is an order; 没事，就是头晕 is not fine.
_GIVES_WAY: Final = (("yes", "fine"), ("no", "fine"), ("fine", "unwell"))
#: Heard together these mean nothing that may be acted on.
_CONTRADICT: Final = ({"yes", "no"}, {"medicine_taken", "medicine_not_taken"})
_ANSWERS: Final = frozenset(("yes", "no"))
_FIGURES: Final = frozenset(f"digit_{figure}" for figure in range(10))
_SOFT: Final = "嗯啊哦呃喂呀吧呢嘛了的"  #: may stand around an answer of one syllable: 嗯好的呀


@dataclass(frozen=True, kw_only=True)
class Understood:
    """What somebody meant, and how sure that is."""

    intent: str  #: one of those asked for, or help, human, unclear
    confidence: float
    """Of the matching alone, no probability.

    1 for a word as it stands in the list, 0.9 for its sound in other characters, 0.1 less for each accent that had to
    be allowed for; halved where other intents were heard too, where it follows from a denial, and in a jumble. 0 for
    unclear."""
    distress: bool  #: a call for help that nothing took back; then the intent is help
    text: str  #: what was heard, without spaces, signs and [unk]


class Intents:
    """All words of all intents. Never changes; any number of calls may use it."""

    def __init__(self, words: WordList) -> None:
        self._listed = words.words
        self._denials = Denials(words)
        self._jumble = Jumble(words)
        self._passed_over = re.compile("|".join(sorted(words.passed_over, key=len, reverse=True)) or r"(?!)")
        within = [word for word in words.words if not word.whole]
        self._words = WordSearch({word.heard: word for word in within})
        self._help = WordSearch({self._plain(word.heard): word for word in within if word.intent == HELP})
        self._others = WordSearch({self._plain(word.heard): word for word in within if word.intent != HELP})
        self._whole = {word.heard: word for word in words.words if word.whole}
        self._sounding_whole = WordSearch(self._whole)

    @classmethod
    def load(cls, path: Path) -> Intents:
        """From `prompts/intents.yaml`. Raises `ConfigurationFaulty` with every fault."""
        return cls(load_word_list(path))

    def phrases(self, among: Collection[str]) -> tuple[str, ...]:
        """The grammar for a question: what is listened for of these intents, and always of help and human.

        Yes, no and the figures are always in it too: what may be said but is not listened for, a recogniser makes into
        the nearest phrase it has, and 六 becomes 流血 (5 of 39 recorded single words became emergencies without them,
        none with them). In the order of the file. Raises `ValueError` for an intent that does not exist.
        """
        wanted = _checked(among) | _ANSWERS | _FIGURES
        return tuple(word.text for word in self._listed if word.listen and word.intent in wanted)

    def understand(self, words: str, among: Collection[str]) -> Understood:
        """One of `among`, or help, human, unclear.

        A call for help anywhere wins over everything, also with accents; only its own denials take it back
        (不用叫救护车), and nothing takes 救命 back. Then a wish for a human. A call for help in a jumble (`ivr.jumble`)
        means human: somebody listens, nothing is opened. Any other jumble, and what contradicts itself, is unclear.
        Raises `ValueError` for an intent that does not exist.
        """
        wanted = _checked(among)
        heard = as_heard(words)
        plain = self._plain(heard)
        cries = self._cries(heard, plain)
        hits = cries or self._candidates(heard, wanted)
        intent, sure = (HELP, max(cry.sure for cry in cries)) if cries else self._decide(hits)
        if self._jumble.is_one(plain if cries else heard, [(hit.start, hit.end) for hit in hits]):
            intent, sure = (HUMAN, sure * _HALF) if intent in (HELP, HUMAN) else (UNCLEAR, 0.0)
        return Understood(intent=intent, confidence=round(sure, 2), distress=intent == HELP, text=heard)

    def digits(self, words: str) -> str:
        """Figures that were said one by one, as 0 to 9; "" if anything else was said. 幺 is 1, and 是 is heard as 4."""
        figures = ""
        for character in as_heard(words):
            found = self._one_of_whole(character, _FIGURES)
            if not found:
                return ""
            figures += found[0].word.intent.removeprefix("digit_")
        return figures

    def _plain(self, heard: str) -> str:
        return self._passed_over.sub("", heard) or heard

    def _cries(self, heard: str, plain: str) -> list[Hit]:
        whole = self._whole.get(heard.strip(_SOFT))
        if whole and whole.intent == HELP:
            return [Hit(word=whole, start=0, end=len(plain), sure=1.0)]
        said = self._others.written(plain)
        return [hit for hit in self._help.sounding(plain) if self._is_cry(plain, hit, said)]

    def _is_cry(self, plain: str, hit: Hit, said: list[Hit]) -> bool:
        """Whether this is a call for help, `said` being all else that is written there."""
        covered = any(hit.covered_by(other) for other in said)
        if not hit.word.denied_by:
            return not covered or hit.sure == 1.0
        return not covered and not self._denials.span(plain, hit.start, hit.end, hit.word.denied_by)

    def _candidates(self, heard: str, wanted: frozenset[str]) -> list[Hit]:
        """What was said of the wanted intents, as it is written or, where that explains more, as it sounds."""
        whole = self._one_of_whole(heard, wanted) or self._one_of_whole(_once(heard.strip(_SOFT)), wanted)
        if whole:
            return [replace(hit, start=0, end=len(heard)) for hit in whole]
        written = self._words.written(heard)
        sounding = [
            hit
            for hit in self._words.sounding(heard)
            if hit.word.intent in wanted - {HELP} and not any(hit.covered_by(other) for other in written)
        ]
        best = max(sounding, key=lambda hit: (hit.end - hit.start, hit.sure), default=None)
        if best:
            written = _with(best, written, wanted)
        return [hit for hit in self._after_denials(heard, written) if hit.word.intent in wanted]

    def _one_of_whole(self, said: str, wanted: Collection[str]) -> list[Hit]:
        """All that was said is one word of the wanted intents, or sounds most like one figure. Empty in doubt."""
        hits = [
            hit
            for hit in self._sounding_whole.sounding(said)
            if hit.end - hit.start == len(said)
            and hit.word.intent in wanted
            and (hit.sure == 1.0 or hit.word.intent in _FIGURES)
        ]
        best = max((hit.sure for hit in hits), default=0.0)
        hits = [hit for hit in hits if hit.sure == best]
        return hits if len(hits) == 1 else []

    def _after_denials(self, heard: str, hits: list[Hit]) -> list[Hit]:
        meant: list[Hit] = []
        for hit in hits:
            denial = self._denials.span(heard, hit.start, hit.end, hit.word.denied_by)
            if not denial:
                if hit.word.intent != HELP:
                    meant.append(hit)
                continue
            start, end = denial
            meant = [other for other in meant if other.end <= start]
            denied = replace(hit.word, intent=hit.word.denied)
            meant.append(Hit(word=denied, start=start, end=end, sure=hit.sure * _HALF))
        return meant

    def _decide(self, hits: list[Hit]) -> tuple[str, float]:
        sure: dict[str, float] = {}
        length: dict[str, int] = {}
        for hit in hits:
            intent = hit.word.intent
            sure[intent] = max(sure.get(intent, 0.0), hit.sure)
            length[intent] = length.get(intent, 0) + hit.end - hit.start
        for first in (HELP, HUMAN):
            if first in sure:
                return first, sure[first]
        alone = len(sure) == 1
        for weaker, stronger in _GIVES_WAY:
            if stronger in sure:
                sure.pop(weaker, None)
        if sure.keys() - _ANSWERS:
            sure = {intent: value for intent, value in sure.items() if intent not in _ANSWERS}
        if not sure or UNCLEAR in sure or any(pair <= sure.keys() for pair in _CONTRADICT):
            return UNCLEAR, 0.0
        intent = max(sure, key=lambda name: length[name])
        return intent, sure[intent] if alone else sure[intent] * _HALF


def _checked(among: Collection[str]) -> frozenset[str]:
    unknown = set(among) - NAMES - {UNCLEAR}
    if unknown:
        raise ValueError(f"no such intents: {', '.join(sorted(unknown))}")
    return frozenset(among) | {HELP, HUMAN}


def _once(said: str) -> str:
    """对对对 as 对."""
    return said[0] if said and said == said[0] * len(said) else said


def _with(sounding: Hit, written: list[Hit], wanted: frozenset[str]) -> list[Hit]:
    """What is written, and what sounds like a word if that is all there is, or covers what it replaces."""
    replaced = [hit for hit in written if hit.overlaps(sounding)]
    enough = any(hit.word.intent in wanted for hit in written)
    if not all(hit.covered_by(sounding) for hit in replaced) or (enough and not replaced):
        return written
    return sorted([*(hit for hit in written if hit not in replaced), sounding], key=lambda hit: hit.start)
