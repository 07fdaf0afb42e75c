"""排班: shifts are entered and cancelled; and the roster beside who is there."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import UUID

from callcenter.config.supervision import SupervisionSection
from callcenter.domain.people import Agent
from callcenter.domain.shifts import RosterNow, Shift, roster_now, without_roster
from callcenter.errors import AgentUnknown, ShiftFaulty, ShiftTaken, ShiftUnknown
from callcenter.ports.clock import Clock
from callcenter.ports.storage import UnitOfWork


@dataclass(frozen=True, kw_only=True)
class NewShift:
    """As somebody asked for it; `days` times, the same hours each day."""

    extension: str
    begins_at: datetime
    ends_at: datetime
    days: int = 1


def add_shifts(work: UnitOfWork, clock: Clock, limits: SupervisionSection, new: NewShift, *, by: str) -> list[Shift]:
    """All of them or none. Raises `AgentUnknown`, `ShiftFaulty`, and `ShiftTaken` where the agent has one already."""
    agent = work.agents.by_extension(new.extension)
    if agent is None:
        raise AgentUnknown(new.extension)
    long = new.ends_at - new.begins_at
    if not timedelta(0) < long <= timedelta(hours=limits.shift_hours_at_most):
        raise ShiftFaulty(f"a shift has at most {limits.shift_hours_at_most} hours")
    if not 1 <= new.days <= limits.roster_days_at_most:
        raise ShiftFaulty(f"1 to {limits.roster_days_at_most} days")
    last = new.begins_at - clock.now() + timedelta(days=new.days)
    if abs(last) > timedelta(days=limits.roster_days_at_most):
        raise ShiftFaulty(f"at most {limits.roster_days_at_most} days from now")
    made = [_shift(work, clock, agent, new, timedelta(days=day), by) for day in range(new.days)]
    for shift in made:
        if any(other.agent == agent.id for other in work.shifts.between(shift.begins_at, shift.ends_at)):
            raise ShiftTaken(new.extension)
        work.shifts.add(shift)
    return made


def cancel_shift(work: UnitOfWork, clock: Clock, shift: UUID, *, by: str) -> Shift:
    """One that was cancelled stays as it is. Raises `ShiftUnknown`."""
    found = work.shifts.get(shift)
    if found is None:
        raise ShiftUnknown(str(shift))
    if found.cancelled_at is not None:
        return found
    cancelled = replace(found, cancelled_at=clock.now(), cancelled_by=by)
    work.shifts.save(cancelled)
    return cancelled


def read_roster(work: UnitOfWork, now: datetime, limits: SupervisionSection) -> RosterNow:
    """As it stands now. While the database is away, or if no shift was ever entered: only who is there."""
    agents = work.agents.all()
    if work.journalled or not work.shifts.any():
        return without_roster(agents)
    ahead = timedelta(seconds=limits.roster_ahead_seconds)
    return roster_now(work.shifts.between(now, now + ahead + timedelta(seconds=1)), agents, now, ahead)


def _shift(work: UnitOfWork, clock: Clock, agent: Agent, new: NewShift, later: timedelta, by: str) -> Shift:
    return Shift(
        id=work.new_id(),
        agent=agent.id,
        begins_at=new.begins_at + later,
        ends_at=new.ends_at + later,
        set_by=by,
        set_at=clock.now(),
    )
