"""An elder's 问候方案 is set or ended at the console. Each is in her history, and nobody overwrites another unseen."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Final
from uuid import UUID

from callcenter.domain.check_ins import CheckInPlan
from callcenter.domain.dial_hours import day_of
from callcenter.domain.elder_changes import FieldChange
from callcenter.domain.plan_terms import PlanTerms, terms_of, usual_plan
from callcenter.errors import ChangedMeanwhile, CheckInPlanUnknown, ElderUnknown
from callcenter.ports.storage import UnitOfWork
from callcenter.services.check_in_changes import end_plans, set_plan
from callcenter.services.desk import Desk
from callcenter.services.elder_cells import Fault
from callcenter.services.plan_row import PlanReader
from callcenter.services.save_profile import note_changes

FIELD: Final = "check_in_plan"


async def plan_by_hand(
    desk: Desk, elder: UUID, cells: Mapping[str, str], *, seen: UUID | None, by: str
) -> tuple[Fault, ...]:
    """Her plan from now on, or what is wrong with the cells. `seen` is the plan that the form showed.

    Raises `ElderUnknown`, `ChangedMeanwhile` if another is in force by now, and `StorageAway`.
    """
    terms = PlanReader(hours=desk.config.check_ins.hours()).terms(cells)
    if not isinstance(terms, PlanTerms):
        return tuple(terms)
    await desk.storage.transact("set plan", lambda work: _set(desk, work, elder, terms, seen, by), urgent=False)
    return ()


async def end_plan_by_hand(desk: Desk, elder: UUID, *, seen: UUID | None, by: str) -> None:
    """She is called no more. Raises as `plan_by_hand`, and `CheckInPlanUnknown` if she has none."""
    now = desk.clock.now()
    await desk.storage.transact("end plan", lambda work: _end(work, elder, seen, by, now), urgent=False)


def _set(desk: Desk, work: UnitOfWork, elder: UUID, terms: PlanTerms, seen: UUID | None, by: str) -> None:
    now, hours = desk.clock.now(), desk.config.check_ins.hours()
    before = _in_force(work, elder, seen)
    if before is not None and terms_of(before) == terms and before.opted_out_at is None:
        return
    set_plan(work, terms.plan(work.new_id(), elder, day_of(now)), now, hours=hours, by=by)
    _note(work, elder, before, terms, by, now)


def _end(work: UnitOfWork, elder: UUID, seen: UUID | None, by: str, now: datetime) -> None:
    before = _in_force(work, elder, seen)
    if before is None:
        raise CheckInPlanUnknown(str(elder))
    end_plans(work, elder, now, by=by)
    _note(work, elder, before, None, by, now)


def _in_force(work: UnitOfWork, elder: UUID, seen: UUID | None) -> CheckInPlan | None:
    if work.people.locked_profile(elder) is None:
        raise ElderUnknown(str(elder))
    plan = usual_plan(work.check_ins.plans_of(elder))
    if (plan.id if plan else None) != seen:
        raise ChangedMeanwhile(str(elder))
    return plan


def _note(
    work: UnitOfWork, elder: UUID, before: CheckInPlan | None, after: PlanTerms | None, by: str, now: datetime
) -> None:
    old, new = terms_of(before).said() if before else "", after.said() if after else ""
    note_changes(work, elder, by=by, now=now, changes=(FieldChange(field=FIELD, old=old, new=new),))
