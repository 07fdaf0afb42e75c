"""Makes the rows of a day's check-ins ahead: in chunks, once each, spread over their windows."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

import structlog

from callcenter.domain.check_ins import CheckIn, PlanToPlace
from callcenter.domain.dial_hours import moment_of
from callcenter.domain.spread import Spread
from callcenter.ports.storage import UnitOfWork
from callcenter.services.desk import Desk

log = structlog.get_logger()


async def plan_day(desk: Desk, day: date) -> int:
    """How many rows were added. Safe to call at any time, any number of times, on several nodes.

    What is missing is read beside the writer, so that a day that is planned already delays nobody. A plan of that very
    day is called in what is left of its window; if nothing is, from its next day on. An older one whose window went by
    without a row was missed by us, and a human hears of it. Who is on leave, not at home, or wants no calls gets no
    row. Raises `StorageAway` and `NotWhileStorageAway`.
    """
    settings = desk.config.check_ins
    spread: Spread | None = None
    after: UUID | None = None
    added = 0
    while True:
        plans, after = await desk.storage.look_up(
            "unplanned",
            lambda work, after=after: work.check_ins.unplanned(after, day, settings.plan_page),  # type: ignore[misc]
            within_seconds=settings.plan_read_within_seconds,
            urgent=False,
        )
        for begin in range(0, len(plans), settings.plan_chunk):
            spread = spread or await _spread(desk, day)
            added += await _plan(desk, spread, plans[begin : begin + settings.plan_chunk], day)
        if after is None:
            break
    if added:
        log.info("day_planned", day=day.isoformat(), check_ins=added)
    return added


async def _spread(desk: Desk, day: date) -> Spread:
    """With what is due already. Read only when something is missing: it is a whole day's rows."""
    settings = desk.config.check_ins
    taken = await desk.storage.look_up(
        "minutes taken",
        lambda work: work.check_ins.minutes_taken(day),
        within_seconds=settings.plan_read_within_seconds,
        urgent=False,
    )
    return Spread(day, settings.hours(), settings.per_minute(), taken)


async def _plan(desk: Desk, spread: Spread, plans: list[PlanToPlace], day: date) -> int:
    """A chunk: how many rows were added; none where another node was quicker."""
    placed = [(plan, due_at) for plan in plans if (due_at := spread.place(plan)) is not None]

    def work(unit: UnitOfWork) -> int:
        now = desk.clock.now()
        rows = [_row(desk, unit, plan, due_at, day, now) for plan, due_at in placed]
        return unit.check_ins.add_missing([row for row in rows if row is not None])

    return await desk.storage.transact("plan day", work, urgent=False)


def _row(desk: Desk, work: UnitOfWork, plan: PlanToPlace, seeded: datetime, day: date, now: datetime) -> CheckIn | None:
    due_at = seeded if seeded >= now else desk.config.check_ins.hours().next_moment(plan.window, day, now)
    if due_at is None and _missed(work, plan, day):
        due_at = now
    if due_at is None:
        return None
    return CheckIn(id=work.new_id(), plan=plan.id, elder=plan.elder, day=day, due_at=due_at)


def _missed(work: UnitOfWork, plan: PlanToPlace, day: date) -> bool:
    """Nothing of ours ran in her window. An absence that ended today kept her from being called, and is no miss."""
    morning = moment_of(day, 0)
    ended = [hold.ended_at for hold in work.holds.of(plan.elder) if hold.begins <= day]
    return plan.starts_on < day and not any(at is not None and at >= morning for at in ended)
