"""What people change about check-ins: plans, absences, a call now, and what was found at the door."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from uuid import UUID

from callcenter.domain.check_ins import CheckInPlan, CheckInState, Hold, Risk
from callcenter.domain.dial_hours import DialHours, day_of
from callcenter.domain.plan_terms import usual_plan
from callcenter.domain.visits import Found, VisitTask
from callcenter.errors import CheckInPlanUnknown, CheckInUnknown, VisitClosed, VisitUnknown
from callcenter.ports.storage import UnitOfWork
from callcenter.services.extra_call import call_within_a_day, extra_call

NOTE_AT_MOST = 500  #: characters


def set_plan(
    work: UnitOfWork, plan: CheckInPlan, now: datetime, *, hours: DialHours | None = None, by: str = ""
) -> CheckInPlan:
    """Her plan from now on; those before end, and what is due by them is not called.

    Whose risk is high by it, and was not, is called within a day where the `hours` are given. Raises `ElderUnknown`.
    """
    today = day_of(now)
    earlier = work.check_ins.plans_of(plan.elder)
    usual = usual_plan(earlier)
    for before in earlier:
        if before.ends_on is None or before.ends_on >= today:
            work.check_ins.save_plan(replace(before, ends_on=today - timedelta(days=1), ended_by=by))
    _settle_unrung(work, plan.elder, now, by="plan_changed")
    work.check_ins.add_plan(plan)
    if hours is not None and plan.risk is Risk.HIGH and (usual is None or usual.risk is not Risk.HIGH):
        call_within_a_day(work, plan.elder, hours, now)
    return plan


def end_plans(work: UnitOfWork, elder: UUID, now: datetime, *, by: str = "") -> int:
    """No more calls: opted out and confirmed by a human, moved, deceased. Raises `CheckInPlanUnknown`."""
    today = day_of(now)
    running = [plan for plan in work.check_ins.plans_of(elder) if plan.ends_on is None or plan.ends_on >= today]
    if not running:
        raise CheckInPlanUnknown(str(elder))
    for plan in running:
        work.check_ins.save_plan(replace(plan, ends_on=today - timedelta(days=1), ended_by=by))
    _settle_unrung(work, elder, now, by="plan_ended")
    return len(running)


def keep_calling(work: UnitOfWork, plan: UUID) -> CheckInPlan:
    """She pressed 9, and told a human that she wants to be called all the same. Raises `CheckInPlanUnknown`."""
    current = work.check_ins.plan(plan)
    if current is None:
        raise CheckInPlanUnknown(str(plan))
    kept = replace(current, opted_out_at=None)
    work.check_ins.save_plan(kept)
    return kept


def hold(work: UnitOfWork, absence: Hold, now: datetime) -> Hold:
    """请假, at once: what is due today and covered is not called. On the day of return she is, whatever her plan.

    Raises `ElderUnknown`, and `ValueError` without a by, or when she is back before she is gone.
    """
    if not absence.set_by.strip():
        raise ValueError("somebody must set it")
    if absence.returns is not None and absence.returns <= absence.begins:
        raise ValueError("the day of return is later than the first day")
    work.holds.add(absence)
    if absence.covers(day_of(now)):
        _settle_unrung(work, absence.elder, now, by="hold")
    if absence.returns is not None:
        extra_call(work, absence.elder, absence.returns)
    return absence


def resume(work: UnitOfWork, elder: UUID, *, by: str, now: datetime) -> int:
    """Ends every absence that has not ended; she is called from the next planned day on. How many there were."""
    running = [absence for absence in work.holds.of(elder) if absence.ended_at is None]
    for absence in running:
        work.holds.save(replace(absence, ended_at=now, ended_by=by))
    return len(running)


def call_now(work: UnitOfWork, elder: UUID, now: datetime, *, by: str = "") -> int:
    """What is due of her today is due now.

    Where it says `by` whom, she is called within the hours of the day, whatever her window, and also if contacts are
    asked or a visit waits already: that goes on afterwards. Raises `CheckInUnknown` if nothing of hers is open.
    """
    states = (CheckInState.DUE, CheckInState.CONTACTS, CheckInState.VISIT) if by else (CheckInState.DUE,)
    due = [c for c in work.check_ins.open_of_elder(elder, day_of(now)) if c.state in states]
    if not due:
        raise CheckInUnknown(str(elder))
    for check_in in due:
        work.check_ins.save(replace(check_in.again_at(now), asked_by=by))
    return len(due)


def accept_visit(work: UnitOfWork, visit: UUID, *, by: str, now: datetime) -> VisitTask:
    """Raises `VisitUnknown`, `VisitClosed`."""
    return _save(work, _open_visit(work, visit).accepted(by, now))


def arrived_at_visit(work: UnitOfWork, visit: UUID, now: datetime) -> VisitTask:
    """Raises `VisitUnknown`, `VisitClosed`."""
    return _save(work, _open_visit(work, visit).arrived(now))


def close_visit(work: UnitOfWork, visit: UUID, found: Found, *, by: str, note: str, now: datetime) -> VisitTask:
    """Only with what was found; the check-in is settled by it. Raises `VisitUnknown`, `VisitClosed`, `ValueError`."""
    if not by.strip():
        raise ValueError("somebody must say it")
    closed = _save(work, _open_visit(work, visit).closed(found, by=by, note=note[:NOTE_AT_MOST], now=now))
    check_in = work.check_ins.get(closed.check_in)
    if check_in is not None and check_in.open:
        work.check_ins.save(check_in.settled(None, by="visit", now=now))
    return closed


def _settle_unrung(work: UnitOfWork, elder: UUID, now: datetime, *, by: str) -> None:
    for check_in in work.check_ins.open_of_elder(elder, day_of(now)):
        if check_in.state is CheckInState.DUE:
            work.check_ins.save(check_in.settled(None, by=by, now=now))


def _open_visit(work: UnitOfWork, visit: UUID) -> VisitTask:
    current = work.visits.get(visit)
    if current is None:
        raise VisitUnknown(str(visit))
    if current.closed_at is not None:
        raise VisitClosed(str(visit))
    return current


def _save(work: UnitOfWork, visit: VisitTask) -> VisitTask:
    work.visits.save(visit)
    return visit
