"""A long text in pieces, each short enough for one command of a session (design rule 5)."""

from __future__ import annotations

import re
from typing import Final

from ivr.prompts import LONGEST_SECONDS

#: espeak-ng at 150 words a minute, its pauses at commas counted as one: 0.30 … 0.37 s measured; the rest is reserve.
_SECONDS_A_CHARACTER: Final = 0.42
_MEASURED_AT: Final = 150

_SENTENCE: Final = re.compile(r"[^。！？；!?;]+[。！？；!?;]*")
_CLAUSE: Final = re.compile(r"[^，、：,:]+[，、：,:]*")


def pieces(said: str, *, words_per_minute: int) -> tuple[str, ...]:
    """The text, which is as it will be spoken, cut where a speaker would breathe; nothing of it is lost.

    Each piece lasts `LONGEST_SECONDS` at most. Short neighbours stay together.
    """
    longest = max(1, int(LONGEST_SECONDS / _SECONDS_A_CHARACTER * words_per_minute / _MEASURED_AT))
    parts: list[str] = []
    for sentence in _SENTENCE.findall(said):
        parts += [sentence] if len(sentence) <= longest else _together(_clauses(sentence, longest), longest)
    return tuple(piece for piece in _together(parts, longest) if any(map(str.isalnum, piece)))


def _clauses(sentence: str, longest: int) -> list[str]:
    clauses = _CLAUSE.findall(sentence)
    return [clause[start : start + longest] for clause in clauses for start in range(0, len(clause), longest)]


def _together(parts: list[str], longest: int) -> list[str]:
    joined: list[str] = []
    for part in parts:
        if joined and len(joined[-1]) + len(part) <= longest:
            joined[-1] += part
        else:
            joined.append(part)
    return joined
