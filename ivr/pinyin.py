"""How Mandarin words sound, and how far apart two of them are to somebody who hears elders' accents every day."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection
from dataclasses import dataclass
from typing import Final

from pypinyin import Style, lazy_pinyin

#: What one confusion of the accents below costs; a syllable that has nothing in common with the other costs 1.
ACCENT: Final = 0.25
_OTHER: Final = 0.6
#: `closest` maps over at most one wrong syllable in three.
_FAR: Final = 0.34

#: Flat for retroflex, n for l, f for h: the southern half of China, and most elders of the north with loose teeth.
_FLAT: Final = {"zh": "z", "ch": "c", "sh": "s", "n": "l", "h": "f"}
_NASAL: Final = ("ang", "eng", "ing")
#: Read like these on the telephone, whatever phrase they stand in.
_READ_AS: Final = str.maketrans("血", "雪")
#: Without these a sentence says the opposite, so nothing is mapped across them.
_DENYING: Final = "不没别甭无"


_CHINESE: Final = re.compile(r"[㐀-鿿]+")
_FIGURES: Final = str.maketrans("0123456789幺壹两〇", "零一二三四五六七八九一一二零")


def as_heard(text: str) -> str:
    """Texts that are read the same way, written the same way: 打 120, 打幺二零 and 打一二零 alike; no spaces, no signs.

    What is not a letter or figure is left out, `[unk]` too.
    """
    text = unicodedata.normalize("NFKC", text.replace("[unk]", ""))
    return "".join(filter(str.isalnum, text)).translate(_FIGURES)


@dataclass(frozen=True, slots=True)
class Syllable:
    """One syllable without its tone: `initial` may be empty; `final` is the strict one (gui is g + uei)."""

    initial: str
    final: str


def syllables(text: str) -> tuple[Syllable | None, ...]:
    """One for each character, in the reading it has in this text; None for a character that is not Chinese."""
    text = text.translate(_READ_AS)
    initials, finals = _read(text, Style.INITIALS), _read(text, Style.FINALS)
    return tuple(
        Syllable(initial, final) if initial or final else None for initial, final in zip(initials, finals, strict=True)
    )


def _read(text: str, style: Style) -> list[str]:
    parts = [""] * len(text)
    for run in _CHINESE.finditer(text):
        read = lazy_pinyin(run[0], style=style, errors="ignore")
        if len(read) != len(run[0]):  # a character without a reading
            read = ["".join(lazy_pinyin(character, style=style, errors="ignore")) for character in run[0]]
        parts[run.start() : run.end()] = read
    return parts


def folded(syllable: Syllable) -> str:
    """The same for all syllables that the accents may confuse, and for few others: a sieve for `unlike`."""
    initial, final = syllable.initial, syllable.final
    if initial in ("f", "h"):
        final = _without_glide(final)
    return _FLAT.get(initial, initial) + "-" + _open(final)


def _open(final: str) -> str:
    return final[:-1] if final.endswith(_NASAL) else final


def _without_glide(final: str) -> str:
    """What stays of h's final when it is said as f: hui fei, hong feng, hu fu."""
    if final == "ong":
        return "eng"
    return final[1:] if final.startswith("u") and len(final) > 1 else final


def unlike(a: Syllable | None, b: Syllable | None) -> float:
    """0 for the same sound, `ACCENT` for each confusion of the accents, 1 at most. Tones do not count. Symmetric.

    The accents: z/zh, c/ch, s/sh, n/l, f/h, an/ang, en/eng, in/ing.
    """
    if a is None or b is None:
        return 1.0
    cost = 0.0
    if a.initial != b.initial:
        cost += ACCENT if _FLAT.get(a.initial, a.initial) == _FLAT.get(b.initial, b.initial) else _OTHER
    if {a.initial, b.initial} == {"f", "h"}:
        left, right = _without_glide(a.final), _without_glide(b.final)
    else:
        left, right = a.final, b.final
    if left != right:
        cost += ACCENT if _open(left) == _open(right) else _OTHER
    return min(cost, 1.0)


def distance(a: str, b: str) -> float:
    """How many syllables must be changed, added or left out to make one of the other; an accent counts as `ACCENT`.

    0 for what sounds the same, never more than the length of the longer one. Symmetric.
    """
    return _distance(a, syllables(a), b, syllables(b))


def _distance(a: str, of_a: tuple[Syllable | None, ...], b: str, of_b: tuple[Syllable | None, ...]) -> float:
    row = [float(column) for column in range(len(b) + 1)]
    for i, (character, sound) in enumerate(zip(a, of_a, strict=True), 1):
        before, row[0] = row[0], float(i)
        for j, (other, its_sound) in enumerate(zip(b, of_b, strict=True), 1):
            changed = before if character == other else before + unlike(sound, its_sound)
            before, row[j] = row[j], min(changed, row[j] + 1, row[j - 1] + 1)
    return row[-1]


def closest(words: str, phrases: Collection[str]) -> str | None:
    """The phrase that was most likely meant by a result that mixes words of several phrases, or None in doubt.

    None if more than one syllable in three differs, if two phrases are equally near, or if the nearest one denies what
    was heard (需要, 不需要). Words that are a phrase are that phrase.
    """
    heard = as_heard(words)
    sounds = syllables(heard)
    ranked = []
    for phrase in phrases:
        meant = as_heard(phrase)
        if meant == heard:
            return phrase
        ranked.append((_distance(heard, sounds, meant, syllables(meant)), meant, phrase))
    ranked.sort()
    if not ranked:
        return None
    (best, meant, phrase), others = ranked[0], ranked[1:]
    if best > _FAR * max(len(heard), len(meant)) or (others and others[0][0] == best):
        return None
    return phrase if _denials(meant) == _denials(heard) else None


def _denials(text: str) -> int:
    return sum(text.count(character) for character in _DENYING)
