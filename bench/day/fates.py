"""What each telephone does when it rings: drawn from the seed, the number, and how often it has rung."""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import dataclass

from callcenter.domain.calls import LegOutcome
from tests.unit.fakes import HANGS_UP

#: Per mille of calls to elders. Made up, after what such services publish: two of three answer the first call.
_ELDERS = (
    (620, LegOutcome.ANSWERED, ("1",)),
    (4, LegOutcome.ANSWERED, ("2",)),
    (20, LegOutcome.ANSWERED, ("", "")),  # says nothing, twice: most of them mailboxes
    (10, LegOutcome.ANSWERED, ("7", "7")),
    (15, LegOutcome.ANSWERED, (HANGS_UP,)),
    (5, LegOutcome.ANSWERED, ("9",)),
    (206, LegOutcome.NO_ANSWER, ()),
    (50, LegOutcome.BUSY, ()),
    (20, LegOutcome.REJECTED, ()),
    (40, LegOutcome.UNREACHABLE, ()),
    (10, LegOutcome.TRUNK_FAILURE, ()),
)
_CONTACTS = (
    (600, LegOutcome.ANSWERED, ("1",)),
    (100, LegOutcome.ANSWERED, ("2",)),
    (100, LegOutcome.ANSWERED, ("", "")),  # a voicemail
    (150, LegOutcome.NO_ANSWER, ()),
    (50, LegOutcome.UNREACHABLE, ()),
)
_MAILBOXES = 0.7  #: of those who say nothing
_RINGS_BACK = 0.05  #: of those who missed a call
_AT_ONCE = (LegOutcome.UNREACHABLE, LegOutcome.TRUNK_FAILURE)


@dataclass(frozen=True, kw_only=True)
class Fate:
    """Of one call."""

    outcome: LegOutcome
    answers: tuple[str, ...]
    rings_seconds: float
    thinks_seconds: float  #: before each answer
    mailbox: bool  #: it greets long, and says nothing
    rings_back_after_seconds: float | None


#: Whoever pressed her key, and is heard by nobody yet.
SAYS_NOTHING = Fate(
    outcome=LegOutcome.ANSWERED,
    answers=("",),
    rings_seconds=0.0,
    thinks_seconds=3.0,
    mailbox=False,
    rings_back_after_seconds=None,
)


class Fates:
    def __init__(self, seed: int, ring_seconds: float) -> None:
        self._seed = seed
        self._ring_seconds = ring_seconds
        self._rung: Counter[str] = Counter()

    def of_elder(self, number: str) -> Fate:
        return self._fate(number, _ELDERS)

    def of_contact(self, number: str) -> Fate:
        return self._fate(number, _CONTACTS)

    def chance(self, about: str) -> random.Random:
        """Its own for each thing it is about."""
        return random.Random(f"{self._seed}/{about}")

    def _fate(self, number: str, kinds: tuple[tuple[int, LegOutcome, tuple[str, ...]], ...]) -> Fate:
        self._rung[number] += 1
        chance = self.chance(f"{number}/{self._rung[number]}")
        [(_, outcome, answers)] = chance.choices(kinds, weights=[weight for weight, _, _ in kinds])
        rings = chance.uniform(3, 15)
        if outcome is LegOutcome.NO_ANSWER:
            rings = self._ring_seconds
        elif outcome in _AT_ONCE:
            rings = chance.uniform(0.2, 2)
        missed = outcome in (LegOutcome.NO_ANSWER, LegOutcome.BUSY) and chance.random() < _RINGS_BACK
        return Fate(
            outcome=outcome,
            answers=answers,
            rings_seconds=rings,
            thinks_seconds=chance.uniform(1, 6),
            mailbox=bool(answers) and not any(answers) and chance.random() < _MAILBOXES,
            rings_back_after_seconds=chance.uniform(30, 540) if missed else None,
        )
