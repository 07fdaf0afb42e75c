"""关怀外呼: begins an extra round of calls, and ends one. It shares the daily calls' channels."""

from __future__ import annotations

from functools import partial
from uuid import UUID

import structlog

from callcenter.config import Config
from callcenter.domain.check_in_rounds import Round, round_name
from callcenter.domain.check_ins import CheckInPlan, Notice
from callcenter.domain.dial_hours import day_of
from callcenter.errors import CheckInPlanFaulty
from callcenter.ports.clock import Clock
from callcenter.ports.storage import Storage, UnitOfWork

log = structlog.get_logger()


async def begin_round(storage: Storage, clock: Clock, config: Config, wanted: Round, *, by: str) -> int:
    """How many elders it means, besides those of an earlier try; the planner and the dialling do the rest.

    Each is called beside her usual call, in what is left of the round's window; who is on leave is not. Raises
    `CheckInPlanFaulty` for a window without a moment left in which anybody may be rung, and `StorageAway`.
    """
    settings = config.check_ins
    if settings.hours().next_moment(wanted.window, wanted.day, clock.now()) is None:
        raise CheckInPlanFaulty("the window is over, or lies in the hours of rest")
    after: UUID | None = None
    added = 0
    while True:
        page = await storage.look_up(
            "plans for a round",
            lambda work, after=after: work.check_ins.plans_for_round(wanted, after, settings.plan_chunk),  # type: ignore[misc]
            within_seconds=settings.plan_read_within_seconds,
            urgent=False,
        )
        if not page:
            break
        after = page[-1].id
        added += await storage.transact("round", partial(_add, wanted, page), urgent=False)
    log.info("round_begun", notice=wanted.notice, elders=added, by=by)
    return added


def _add(wanted: Round, page: list[CheckInPlan], work: UnitOfWork) -> int:
    for usual in page:
        work.check_ins.add_plan(wanted.plan(work.new_id(), usual))
    return len(page)


async def end_round(storage: Storage, clock: Clock, notice: Notice, *, by: str) -> int:
    """Today's: nobody else is rung because of it. How many elders it had. Raises `StorageAway`."""
    today = day_of(clock.now())
    ended = await storage.transact(
        "end round", lambda work: work.check_ins.end_round(round_name(notice), today, by=by), urgent=False
    )
    log.info("round_ended", notice=notice, elders=ended, by=by)
    return ended
