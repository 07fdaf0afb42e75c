"""日、周、月: the spans that reports are about, in days of China. Standard library only."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

from callcenter.domain.dial_hours import moment_of


class PeriodKind(StrEnum):
    DAY = "day"  #: 值班日报
    WEEK = "week"  #: 周报, from Monday
    MONTH = "month"  #: 月报


@dataclass(frozen=True, kw_only=True)
class Period:
    """From the first day's midnight to the last day's."""

    kind: PeriodKind
    first: date
    last: date

    @property
    def days(self) -> tuple[date, ...]:
        return tuple(self.first + timedelta(days=number) for number in range((self.last - self.first).days + 1))

    @property
    def earlier(self) -> date:
        """A day of the period before."""
        return self.first - timedelta(days=1)

    @property
    def later(self) -> date:
        """A day of the period after."""
        return self.last + timedelta(days=1)


def period(kind: PeriodKind, on: date) -> Period:
    """The one of this kind that holds this day."""
    match kind:
        case PeriodKind.DAY:
            return Period(kind=kind, first=on, last=on)
        case PeriodKind.WEEK:
            monday = on - timedelta(days=on.weekday())
            return Period(kind=kind, first=monday, last=monday + timedelta(days=6))
        case PeriodKind.MONTH:
            first = on.replace(day=1)
            following = (first + timedelta(days=31)).replace(day=1)
            return Period(kind=kind, first=first, last=following - timedelta(days=1))


def span(day: date) -> tuple[datetime, datetime]:
    """When that day begins, and when the next one does."""
    return moment_of(day, 0), moment_of(day + timedelta(days=1), 0)
