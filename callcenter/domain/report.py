"""统计: what a period's emergencies, check-ins and orders come to. Pure: given the same facts it counts the same.

Nothing to count is no data (None), which is never shown as 0.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cached_property
from math import ceil
from typing import Final
from uuid import UUID

from callcenter.domain.answering import Answered, Press, Target, answered
from callcenter.domain.calls import Key
from callcenter.domain.check_ins import CheckInState
from callcenter.domain.periods import Period

SHORT_SECONDS: Final = 5.0  #: who hung up within these is counted apart (domain: a slip of the hand), and not left out
RUNG_BACK_SECONDS: Final = 60.0  #: the promise for who hung up before anybody answered

_UNSETTLED: Final = frozenset(CheckInState) - {CheckInState.SETTLED}
_AGE_CLASSES: Final = ((0, 60), (60, 70), (70, 80), (80, 90), (90, 200))


@dataclass(frozen=True, kw_only=True)
class Case:
    """One emergency, as far as it is counted. No name and no number."""

    id: UUID
    elder: UUID | None
    key: Key
    opened_at: datetime  #: the first ring at our side
    first_claimed_at: datetime | None
    closed_at: datetime | None
    disposition: str = ""  #: "" while it is open
    street: str = ""  #: where she lives now; "" if nobody knows who she is
    born: date | None = None
    group: str = ""  #: 独居, 空巢 … of her daily call's plan; "" if she has none
    agent: str = ""  #: extension of the first agent who had it; "" if it was nobody of ours
    hung_up_at: datetime | None = None  #: when her first call ended, if nobody had it by then
    rung_back_at: datetime | None = None  #: the first call to her after that
    with_120_at: datetime | None = None  #: when 120 came into the room

    @property
    def press(self) -> Press:
        return Press(key=self.key, opened_at=self.opened_at, first_claimed_at=self.first_claimed_at)

    def after(self, at: datetime | None) -> float | None:
        """Seconds from the first ring."""
        return (at - self.opened_at).total_seconds() if at else None

    @property
    def age_class(self) -> str:
        """As in `80–89`; "" if unknown."""
        if self.born is None:
            return ""
        day = self.opened_at.date()
        age = day.year - self.born.year - ((day.month, day.day) < (self.born.month, self.born.day))
        low, high = next(limits for limits in _AGE_CLASSES if limits[0] <= max(age, 0) < limits[1])
        return f"<{high}" if not low else f"{low}+" if high > 100 else f"{low}–{high - 1}"


@dataclass(frozen=True, kw_only=True)
class DayFacts:
    """What was opened, due or ordered on one day."""

    day: date
    cases: Sequence[Case] = ()
    check_ins: Mapping[str, int] = field(default_factory=dict)  #: by final outcome; by state while they have none
    orders: Mapping[str, int] = field(default_factory=dict)  #: by service


@dataclass(frozen=True, kw_only=True)
class Spread:
    """Of so many values: half, nine of ten, 99 of a hundred are at most these (nearest rank)."""

    count: int
    p50: float | None
    p90: float | None
    p99: float | None


@dataclass(frozen=True, kw_only=True)
class Group:
    """Those cases that have something in common."""

    name: str  #: "" for those of whom it is not known
    cases: tuple[Case, ...]
    of_all: int

    @property
    def count(self) -> int:
        return len(self.cases)

    @property
    def percent(self) -> float:
        return 100 * self.count / self.of_all

    @property
    def waited(self) -> Spread:
        return spread(case.after(case.first_claimed_at) for case in self.cases)

    @property
    def lasted(self) -> Spread:
        return spread(case.after(case.closed_at) for case in self.cases)


@dataclass(frozen=True, kw_only=True)
class Report:
    """All figures of a period as they stand at `now`."""

    period: Period
    now: datetime
    days: tuple[DayFacts, ...]
    district: str = ""  #: "" means all of them

    @cached_property
    def cases(self) -> tuple[Case, ...]:
        """Oldest first."""
        return tuple(sorted((case for day in self.days for case in day.cases), key=lambda case: case.opened_at))

    def answered(self, target: Target, *, key: Key | None = None) -> Answered:
        """Of this key; of all without one."""
        return answered((case.press for case in self.cases if key in (None, case.key)), target, self.now)

    @property
    def closed(self) -> tuple[Case, ...]:
        return tuple(case for case in self.cases if case.closed_at is not None)

    @property
    def waited(self) -> Spread:
        return spread(case.after(case.first_claimed_at) for case in self.cases)

    @property
    def lasted(self) -> Spread:
        return spread(case.after(case.closed_at) for case in self.cases)

    @property
    def until_120(self) -> Spread:
        return spread(case.after(case.with_120_at) for case in self.cases)

    @property
    def hung_up(self) -> tuple[Case, ...]:
        """Before anybody had it."""
        return tuple(case for case in self.cases if case.hung_up_at is not None)

    @property
    def hung_up_at_once(self) -> tuple[Case, ...]:
        """Of these, those within `SHORT_SECONDS`."""
        return tuple(case for case in self.hung_up if (case.after(case.hung_up_at) or 0.0) < SHORT_SECONDS)

    @property
    def rung_back_in_time(self) -> int:
        """Of those who hung up, within `RUNG_BACK_SECONDS` of it."""
        return sum(
            case.hung_up_at is not None
            and case.rung_back_at is not None
            and (case.rung_back_at - case.hung_up_at).total_seconds() <= RUNG_BACK_SECONDS
            for case in self.hung_up
        )

    @property
    def closed_without_120(self) -> int:
        return sum(case.with_120_at is None for case in self.closed)

    @property
    def elders_again(self) -> int:
        """Who had more than one."""
        return sum(count > 1 for count in Counter(case.elder for case in self.cases if case.elder).values())

    def by(self, what: Callable[[Case], str]) -> tuple[Group, ...]:
        """The largest first; those of whom it is not known last."""
        groups: dict[str, list[Case]] = {}
        for case in self.cases:
            groups.setdefault(what(case), []).append(case)
        whole = len(self.cases)
        found = [Group(name=name, cases=tuple(cases), of_all=whole) for name, cases in groups.items()]
        return tuple(sorted(found, key=lambda group: (not group.name, -group.count, group.name)))

    @property
    def check_ins(self) -> Counter[str]:
        return _sum(day.check_ins for day in self.days)

    @property
    def check_ins_settled(self) -> int:
        """Those that have a final outcome."""
        return sum(count for word, count in self.check_ins.items() if word not in _UNSETTLED)

    @property
    def orders(self) -> Counter[str]:
        return _sum(day.orders for day in self.days)


def spread(values: Iterable[float | None]) -> Spread:
    """Of those that are known."""
    known = sorted(value for value in values if value is not None)

    def rank(percent: int) -> float | None:
        return known[max(ceil(percent * len(known) / 100), 1) - 1] if known else None

    return Spread(count=len(known), p50=rank(50), p90=rank(90), p99=rank(99))


def percent(part: int, whole: int) -> float | None:
    """None of nothing."""
    return 100 * part / whole if whole else None


def _sum(counts: Iterable[Mapping[str, int]]) -> Counter[str]:
    total: Counter[str] = Counter()
    for count in counts:
        total.update(count)
    return total
