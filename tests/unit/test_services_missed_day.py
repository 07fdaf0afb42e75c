"""Days that went wrong, and nights: who was missed by us is not forgotten, and nobody's family is rung at night."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager
from datetime import timedelta

import pytest

from callcenter.domain.calls import LegOutcome
from callcenter.domain.check_ins import CheckIn, CheckInOutcome, CheckInPlan, CheckInState, Hold
from callcenter.domain.dial_hours import Span, day_of
from callcenter.services.check_in_changes import hold, resume
from callcenter.services.plan_day import plan_day
from tests.unit.house import House
from tests.unit.test_services_check_ins import OPEN, due, ends, looks, now


@pytest.fixture
async def house(house_with: Callable[..., AbstractAsyncContextManager[House]]) -> AsyncIterator[House]:
    async with house_with(check_ins=OPEN) as opened:
        yield opened


#: The fakes' clock begins at 16:00 in China.
GONE_BY = Span(begins=0, ends=15 * 60)


async def missed(house: House, **more: object) -> CheckIn:
    profile = await house.elder(identity_number="")
    today = day_of(house.clock.now())
    plan = CheckInPlan(id=house.clock.new_id(), elder=profile.elder.id, window=GONE_BY, **more)  # type: ignore[arg-type]
    await house.do(lambda unit: unit.check_ins.add_plan(plan))
    assert await plan_day(house.desk, today) == 1
    [row] = await house.do(lambda unit: unit.check_ins.open_of_elder(profile.elder.id, today))
    return row


async def test_who_was_not_planned_while_we_were_away_is_missed_by_us_and_a_human_hears_of_it(house: House) -> None:
    row = await missed(house, starts_on=day_of(house.clock.now()) - timedelta(days=1))
    await looks(house)
    after = await now(house, row)
    assert (after.state, after.outcome) == (CheckInState.CONTACTS, CheckInOutcome.TRUNK_FAILURE)
    await looks(house)
    assert [leg.variables["CC_ROLE"] for leg in house.telephony.rung] == ["contact"]


async def test_contacts_are_not_rung_at_night(
    house_with: Callable[..., AbstractAsyncContextManager[House]],
) -> None:
    night = {**OPEN, "contacts": {"begins": "07:00", "ends": "21:30"}}
    async with house_with(check_ins=night) as house:
        row = await due(house)
        await looks(house)
        house.clock.let_pass(6 * 3600)  # 22:00
        await ends(house, LegOutcome.NO_ANSWER)
        await looks(house)
        waits = await now(house, row)
        assert (waits.state, waits.due_at) == (CheckInState.CONTACTS, house.clock.now() + timedelta(hours=9))
        assert len(house.telephony.rung) == 1
        await looks(house, 9 * 3600)
        assert [leg.variables["CC_ROLE"] for leg in house.telephony.rung[1:]] == ["contact"]


async def test_who_came_back_from_leave_after_her_window_was_not_missed(house: House) -> None:
    today = day_of(house.clock.now())
    profile = await house.elder(identity_number="")
    away = Hold(
        id=house.clock.new_id(), elder=profile.elder.id, begins=today, returns=None, reason="住院", set_by="1001",
        set_at=house.clock.now(),
    )  # fmt: skip
    plan = CheckInPlan(
        id=house.clock.new_id(), elder=profile.elder.id, window=GONE_BY, starts_on=today - timedelta(days=1)
    )
    await house.do(lambda unit: (unit.check_ins.add_plan(plan), hold(unit, away, house.clock.now())))
    await house.do(lambda unit: resume(unit, profile.elder.id, by="1001", now=house.clock.now()))
    assert await plan_day(house.desk, today) == 0


async def test_a_plan_of_today_whose_window_has_gone_by_begins_tomorrow(house: House) -> None:
    profile = await house.elder(identity_number="")
    today = day_of(house.clock.now())
    plan = CheckInPlan(id=house.clock.new_id(), elder=profile.elder.id, window=GONE_BY, starts_on=today)
    await house.do(lambda unit: unit.check_ins.add_plan(plan))
    assert await plan_day(house.desk, today) == 0
