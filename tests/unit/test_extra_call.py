"""A call beside the plan, within a day of a major change and on the day of return. It is Sunday, 16:00."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager
from datetime import date, timedelta
from typing import Any

import pytest

from callcenter.domain.check_ins import CheckInPlan, Hold, Risk
from callcenter.domain.dial_hours import Span, day_of
from callcenter.domain.people import Profile
from callcenter.services.check_in_changes import hold, set_plan
from callcenter.services.extra_call import GROUP
from callcenter.services.plan_day import plan_day
from tests.unit.house import House
from tests.unit.test_services_check_ins import OPEN
from tests.unit.test_services_elder_status import change

EVENING = Span(begins=18 * 60, ends=20 * 60)
MORNING = Span(begins=9 * 60, ends=11 * 60)
TODAY = 7  #: its day of the week
WEDNESDAY = 3


@pytest.fixture
async def house(house_with: Callable[..., AbstractAsyncContextManager[House]]) -> AsyncIterator[House]:
    async with house_with(check_ins=OPEN) as opened:
        yield opened


async def sets(house: House, profile: Profile, **terms: Any) -> None:
    hours, now = house.desk.config.check_ins.hours(), house.clock.now()
    words = {"window": EVENING, "days": frozenset({WEDNESDAY}), "starts_on": day_of(now), **terms}

    def work(unit: Any) -> None:
        plan = CheckInPlan(id=unit.new_id(), elder=profile.elder.id, **words)
        set_plan(unit, plan, now, hours=hours)

    await house.do(work)


async def extra(house: House, profile: Profile) -> list[date]:
    plans = await house.do(lambda unit: unit.check_ins.plans_of(profile.elder.id))
    return [plan.starts_on for plan in plans if plan.group == GROUP and plan.ends_on == plan.starts_on]


@pytest.mark.parametrize(
    ("terms", "days_from_now"),
    [
        ({"risk": Risk.HIGH}, [0]),
        ({"risk": Risk.HIGH, "window": MORNING}, [1]),
        ({"risk": Risk.HIGH, "days": frozenset({TODAY})}, []),
        ({"risk": Risk.PRIORITY}, []),
        ({}, []),
    ],
)
async def test_whose_risk_becomes_high_is_called_within_a_day(
    house: House, terms: dict[str, Any], days_from_now: list[int]
) -> None:
    profile = await house.elder()
    today = day_of(house.clock.now())
    await sets(house, profile)
    await sets(house, profile, **terms)
    assert await extra(house, profile) == [today + timedelta(days=days) for days in days_from_now]


async def test_whose_risk_was_high_before_is_called_as_planned(house: House) -> None:
    profile = await house.elder()
    await sets(house, profile, risk=Risk.HIGH, window=MORNING)
    [tomorrow] = await extra(house, profile)
    await sets(house, profile, risk=Risk.HIGH, window=MORNING, group="独居")
    plans = await house.do(lambda unit: unit.check_ins.plans_of(profile.elder.id))
    assert not any(plan.calls_on(tomorrow) for plan in plans), "the new plan ends what the one before began"


async def test_back_from_hospital_she_is_called_within_a_day_and_once(house: House) -> None:
    profile = await house.elder()
    today = day_of(house.clock.now())
    await sets(house, profile)
    for _ in range(2):
        await change(house, profile.elder.id, status="hospital", status_since="2026-03-01", status_note="女儿来电")
        assert await plan_day(house.desk, today) == 0
        await change(house, profile.elder.id, status="at_home", status_since="2026-03-01", status_note="出院")
    assert await extra(house, profile) == [today]
    assert await plan_day(house.desk, today) == 1


async def test_back_from_leave_she_is_called_on_that_day(house: House) -> None:
    profile = await house.elder()
    today = day_of(house.clock.now())
    returns = {"returns": today + timedelta(days=1)}
    await sets(house, profile)
    absence = Hold(
        id=house.clock.new_id(),
        elder=profile.elder.id,
        begins=today,
        reason="探亲",
        set_by="li",
        set_at=house.clock.now(),
        **returns,
    )
    await house.do(lambda unit: hold(unit, absence, house.clock.now()))
    assert await extra(house, profile) == [absence.returns]
    assert await plan_day(house.desk, today) == 0
    assert await plan_day(house.desk, today + timedelta(days=1)) == 1


async def test_who_has_no_plan_gets_no_call_by_a_change(house: House) -> None:
    profile = await house.elder()
    await change(house, profile.elder.id, status="hospital", status_since="2026-03-01", status_note="女儿来电")
    await change(house, profile.elder.id, status="at_home", status_since="2026-03-01", status_note="出院")
    assert await extra(house, profile) == []
