"""A long timeline as people read it: what was tried again and again, as before, is one line that can be opened."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from callcenter.domain.emergencies import Step, TimelineEntry

#: What the ladder and call-backs do over and over while nobody answers.
_TRIED_AGAIN: Final = frozenset(
    {
        Step.NO_AGENT_LOGGED_IN,
        Step.NO_AGENT_FREE,
        Step.RUNG_TRIED,
        Step.OFFERED,
        Step.OFFER_ENDED,
        Step.LADDER_RESTARTED,
        Step.CALLING_BACK,
        Step.CALL_BACK_ENDED,
        Step.REVIEWED,
    }
)
_SHOWN_TIMES: Final = 2  #: the same step in full, before it counts as one more of the same
_FOLDED_FROM: Final = 5  #: fewer lines in a row are shown


@dataclass(frozen=True, kw_only=True)
class Fold:
    """Steps in a row, at least five, each of which stands in full at least twice above."""

    entries: tuple[TimelineEntry, ...]


def folded(entries: Sequence[TimelineEntry]) -> list[TimelineEntry | Fold]:
    """All of them in their order. Numbers of rounds and tries make no difference; who and with what result does."""
    seen: Counter[tuple[Step, str, str]] = Counter()
    shown: list[TimelineEntry | Fold] = []
    again: list[TimelineEntry] = []
    for entry in entries:
        same = (entry.step, entry.who, re.sub(r"\d+", "", entry.detail))
        if entry.step in _TRIED_AGAIN and seen[same] >= _SHOWN_TIMES:
            again.append(entry)
        else:
            shown.extend(_one_line(again))
            again = []
            shown.append(entry)
        seen[same] += 1
    shown.extend(_one_line(again))
    return shown


def _one_line(again: list[TimelineEntry]) -> Sequence[TimelineEntry | Fold]:
    return again if len(again) < _FOLDED_FROM else [Fold(entries=tuple(again))]
