"""What a day and a month of check-ins come to. Standard library only."""

from __future__ import annotations

from dataclasses import dataclass

from callcenter.domain.check_in_calls import Attempt
from callcenter.domain.check_ins import CheckIn, CheckInOutcome, CheckInState
from callcenter.domain.visits import VisitTask


@dataclass(frozen=True, kw_only=True)
class DayCount:
    """How many of a day stand alike."""

    state: CheckInState
    outcome: CheckInOutcome | None
    settled_by: str
    count: int


@dataclass(frozen=True, kw_only=True)
class Course:
    """What was done about a check-in so far: the calls, oldest first, and the door."""

    check_in: CheckIn
    calls: tuple[Attempt, ...]
    visit: VisitTask | None


@dataclass(frozen=True, kw_only=True)
class StreetReached:
    """探访率 of one street in a month: elders who were due, and those of them whom somebody reached at least once.

    Reached is who confirmed, who was led to a person, and whom a visit found; an answer of a machine's kind is not.
    """

    district: str
    street: str
    due: int
    reached: int

    @property
    def percent(self) -> float:
        return 100.0 * self.reached / self.due if self.due else 0.0
