"""One call beside her plan: on the day on which she is back from leave, and within a day of a major change."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Final
from uuid import UUID

from callcenter.domain.check_ins import EVERY_DAY, Frequency
from callcenter.domain.dial_hours import DialHours, day_of
from callcenter.domain.plan_terms import usual_plan
from callcenter.ports.storage import UnitOfWork

GROUP: Final = "额外问候"  #: of the plan, which is for that day alone


def extra_call(work: UnitOfWork, elder: UUID, day: date) -> bool:
    """She is called on that day, in her window. False if her plan calls her then anyhow, or if she has none."""
    plans = work.check_ins.plans_of(elder)
    usual = usual_plan(plans)
    if usual is None or usual.calls_on(day) or any(each.group == GROUP and each.calls_on(day) for each in plans):
        return False
    extra = replace(
        usual,
        id=work.new_id(),
        group=GROUP,
        days=EVERY_DAY,
        every=Frequency.WEEK,
        starts_on=day,
        ends_on=day,
        opted_out_at=None,
    )
    work.check_ins.add_plan(extra)
    return True


def call_within_a_day(work: UnitOfWork, elder: UUID, hours: DialHours, now: datetime) -> bool:
    """After a major change: in what is left of today's window, or else in tomorrow's."""
    usual = usual_plan(work.check_ins.plans_of(elder))
    if usual is None:
        return False
    today = day_of(now)
    left = hours.next_moment(usual.window, today, now) is not None
    return extra_call(work, elder, today if left else today + timedelta(days=1))
