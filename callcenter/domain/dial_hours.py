"""When an elder may be rung: her plan's window within the hours that are nobody's rest. Standard library only.

Times of day are minutes from midnight in China, whose one zone has no summer time.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, timezone
from typing import Final

CHINA: Final = timezone(timedelta(hours=8), "Asia/Shanghai")
DAY_MINUTES: Final = 24 * 60


def day_of(at: datetime) -> date:
    """The day in China at this moment."""
    return at.astimezone(CHINA).date()


def moment_of(day: date, minute: int) -> datetime:
    """Minute 0 … 1440 of a day in China, as UTC."""
    return datetime.combine(day, time(), CHINA).astimezone(UTC) + timedelta(minutes=minute)


@dataclass(frozen=True, kw_only=True)
class Span:
    """Minutes of a day, the end not included."""

    begins: int
    ends: int

    def __post_init__(self) -> None:
        if not 0 <= self.begins < self.ends <= DAY_MINUTES:
            raise ValueError("a span begins before it ends, within one day")


ALL_DAY: Final = Span(begins=0, ends=DAY_MINUTES)


@dataclass(frozen=True, kw_only=True)
class DialHours:
    """`open` of the day, less what is `quiet` in it."""

    open: Span
    quiet: tuple[Span, ...] = ()

    def within(self, window: Span) -> tuple[Span, ...]:
        """What is left of a plan's window, in order; nothing, if it lies in the hours of rest altogether."""
        return tuple(self._left(max(window.begins, self.open.begins), min(window.ends, self.open.ends)))

    def _left(self, begins: int, ends: int) -> Iterator[Span]:
        for rest in sorted(self.quiet, key=lambda span: span.begins):
            if rest.begins > begins and min(rest.begins, ends) > begins:
                yield Span(begins=begins, ends=min(rest.begins, ends))
            begins = max(begins, rest.ends)
        if begins < ends:
            yield Span(begins=begins, ends=ends)

    def next_open(self, at: datetime) -> datetime:
        """The first moment from `at` on in these hours, on that day or the next."""
        day = day_of(at)
        for later in (day, day + timedelta(days=1)):
            if (moment := self.next_moment(ALL_DAY, later, at)) is not None:
                return moment
        raise ValueError("these hours are never open")

    def next_moment(self, window: Span, day: date, at: datetime) -> datetime | None:
        """The first moment of that day from `at` on in which she may be rung; None if none is left."""
        for span in self.within(window):
            if at < moment_of(day, span.ends):
                return max(at, moment_of(day, span.begins))
        return None
