"""Taking a list of check-in plans in. Good rows go in, bad ones are reported; doing it twice changes nothing."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from itertools import islice
from typing import Final
from uuid import UUID

from callcenter.config import Config
from callcenter.domain.dial_hours import DialHours, day_of
from callcenter.domain.plan_terms import terms_of, usual_plan
from callcenter.ports.clock import Clock
from callcenter.ports.storage import Storage, UnitOfWork
from callcenter.services.check_in_changes import set_plan
from callcenter.services.elder_cells import Fault
from callcenter.services.elder_sheet import SheetRow
from callcenter.services.import_elders import BadRow, ImportReport
from callcenter.services.plan_row import GivenPlan, PlanReader

_CHUNK_ROWS: Final = 20  #: in one transaction, some milliseconds: an emergency waits for no more


async def import_plans(
    storage: Storage, clock: Clock, config: Config, rows: Iterator[SheetRow], *, by: str
) -> ImportReport:
    """A plan that says the same as the one in force is left alone; another takes its place from now on.

    Raises `SheetUnusable` from the rows, and `StorageAway`; what went in before stays in, and the same file may simply
    be imported again.
    """
    bad: list[BadRow] = []
    added = unchanged = 0
    hours = config.check_ins.hours()
    reader = PlanReader(hours=hours)
    while page := await asyncio.to_thread(lambda: list(islice(rows, _CHUNK_ROWS))):
        good: list[tuple[int, GivenPlan]] = []
        for row in page:
            given = [row.fault] if row.fault else reader.read(row.cells)
            if isinstance(given, GivenPlan):
                good.append((row.number, given))
            else:
                bad += (BadRow(row=row.number, fault=fault) for fault in given)

        def work(unit: UnitOfWork, good: list[tuple[int, GivenPlan]] = good) -> list[Fault | bool]:
            return [_take(unit, clock, hours, given, by) for _, given in good]

        for (number, _), outcome in zip(good, await storage.transact("import plans", work, urgent=False), strict=True):
            if isinstance(outcome, Fault):
                bad.append(BadRow(row=number, fault=outcome))
            else:
                added, unchanged = added + outcome, unchanged + (not outcome)
    return ImportReport(added=added, unchanged=unchanged, bad=tuple(sorted(bad, key=lambda one: one.row)))


def _take(work: UnitOfWork, clock: Clock, hours: DialHours, given: GivenPlan, by: str) -> Fault | bool:
    """Whether it is a new plan."""
    now = clock.now()
    elder = _elder(work, clock, given)
    if isinstance(elder, Fault):
        return elder
    profile = work.people.profile(elder)
    if profile is None or (given.name and profile.elder.name != given.name):
        return Fault(column="name", template="is not the name of whom the identity number or account belongs to")
    in_force = usual_plan(work.check_ins.plans_of(elder))
    if in_force is not None and terms_of(in_force) == given.terms:
        return False
    plan = given.terms.plan(work.new_id(), elder, day_of(now))
    set_plan(work, plan, now, hours=hours, by=by)
    return True


def _elder(work: UnitOfWork, clock: Clock, given: GivenPlan) -> UUID | Fault:
    if given.identity_number:
        found = work.people.by_identity_number(given.identity_number)
        return found or Fault(column="identity_number", template="belongs to nobody here")
    held = work.people.by_account(given.account, clock.now())
    return held[0] if len(held) == 1 else Fault(column="account", template="is in nobody's hands, or in several")
