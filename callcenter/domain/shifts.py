"""排班: who is to answer when, and what is wrong with it now. Standard library only."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

from callcenter.domain.people import Agent
from callcenter.domain.routing import logged_in


@dataclass(frozen=True, kw_only=True)
class Shift:
    """One agent's time. It is cancelled, never deleted."""

    id: UUID
    agent: UUID
    begins_at: datetime
    ends_at: datetime
    set_by: str
    set_at: datetime
    cancelled_at: datetime | None = None
    cancelled_by: str = ""

    def __post_init__(self) -> None:
        """Raises `ValueError` for one that ends before it has begun."""
        if self.ends_at <= self.begins_at:
            raise ValueError("a shift ends after it begins")

    def covers(self, at: datetime) -> bool:
        return self.cancelled_at is None and self.begins_at <= at < self.ends_at


class RosterAlarm(StrEnum):
    """What the roster says is wrong, worst first."""

    NOBODY_THERE = "nobody_there"  #: nobody is logged in
    NOBODY_ROSTERED = "nobody_rostered"  #: now
    FEWER_THERE = "fewer_there"  #: fewer are logged in than are rostered now
    NOBODY_SOON = "nobody_soon"  #: a time without anybody comes soon


@dataclass(frozen=True, kw_only=True)
class RosterNow:
    """The roster beside who is there."""

    rostered: tuple[UUID, ...] = ()  #: agents who should be there now
    absent: tuple[UUID, ...] = ()  #: of those: offline
    there: int = 0  #: how many are logged in
    gap_at: datetime | None = None  #: when nobody is rostered next, as far as was looked
    alarms: tuple[RosterAlarm, ...] = ()


def roster_now(shifts: Sequence[Shift], agents: Sequence[Agent], now: datetime, ahead: timedelta) -> RosterNow:
    """`shifts` are all that touch the time from now to `ahead`."""
    rostered = tuple(dict.fromkeys(shift.agent for shift in shifts if shift.covers(now)))
    there = {agent.id for agent in logged_in(agents)}
    gap_at = _gap(shifts, now, now + ahead)
    wrong = {
        RosterAlarm.NOBODY_THERE: not there,
        RosterAlarm.NOBODY_ROSTERED: gap_at == now,
        RosterAlarm.FEWER_THERE: len(there) < len(rostered),
        RosterAlarm.NOBODY_SOON: gap_at is not None and gap_at > now,
    }
    return RosterNow(
        rostered=rostered,
        absent=tuple(agent for agent in rostered if agent not in there),
        there=len(there),
        gap_at=gap_at,
        alarms=tuple(alarm for alarm, holds in wrong.items() if holds),
    )


def without_roster(agents: Sequence[Agent]) -> RosterNow:
    """Where no shift was ever entered, or none can be read: only an empty house is wrong."""
    there = len(logged_in(agents))
    return RosterNow(there=there, alarms=() if there else (RosterAlarm.NOBODY_THERE,))


def _gap(shifts: Sequence[Shift], begin: datetime, end: datetime) -> datetime | None:
    """The first moment from `begin` to `end` that no shift covers."""
    at = begin
    while at <= end:
        covering = [shift.ends_at for shift in shifts if shift.covers(at)]
        if not covering:
            return at
        at = max(covering)
    return None
