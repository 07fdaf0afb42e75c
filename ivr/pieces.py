"""Long texts in pieces short enough to be played inside one lease."""

from __future__ import annotations

import re
from typing import Final

#: At our slow rate this is about 6 s; a piece must end within the 8 s that a lease of 10 s leaves (design rule 5).
CHARACTERS_AT_MOST: Final = 26

_AFTER_SENTENCE = re.compile(r"(?<=[。！？；])")
_AFTER_COMMA = re.compile(r"(?<=[，、：])")


def pieces(text: str) -> list[str]:
    """The text in order, cut after sentences, else after commas, else anywhere; each at most `CHARACTERS_AT_MOST` long."""
    parts: list[str] = []
    for sentence in _AFTER_SENTENCE.split(text):
        if len(sentence) <= CHARACTERS_AT_MOST:
            parts.append(sentence)
        else:
            parts += [cut for clause in _AFTER_COMMA.split(sentence) for cut in _cut(clause)]
    return _joined([part for part in parts if part.strip()])


def _cut(clause: str) -> list[str]:
    return [clause[i : i + CHARACTERS_AT_MOST] for i in range(0, len(clause), CHARACTERS_AT_MOST)]


def _joined(parts: list[str]) -> list[str]:
    """Neighbours together again as far as they fit: fewer files, fewer breaks."""
    joined: list[str] = []
    for part in parts:
        if joined and len(joined[-1]) + len(part) <= CHARACTERS_AT_MOST:
            joined[-1] += part
        else:
            joined.append(part)
    return joined
