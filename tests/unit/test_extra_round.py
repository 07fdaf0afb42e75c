"""关怀外呼: who is meant gets one more call that day with its notice, once; nobody else does."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager
from uuid import UUID

import pytest

from callcenter.app.stories import load_language
from callcenter.domain.calls import Key
from callcenter.domain.check_in_rounds import Round
from callcenter.domain.check_ins import CheckInOutcome, CheckInState, Hold, Notice
from callcenter.domain.dial_hours import Span, day_of
from callcenter.errors import CheckInPlanFaulty
from callcenter.services.check_in_changes import hold
from callcenter.services.extra_round import begin_round, end_round
from callcenter.services.plan_day import plan_day
from ivr.stories.check_in import check_in
from tests.unit.fakes import FakeCall, a_press
from tests.unit.house import House
from tests.unit.test_services_check_ins import AHEAD, OPEN, due, looks, now


@pytest.fixture
async def house(house_with: Callable[..., AbstractAsyncContextManager[House]]) -> AsyncIterator[House]:
    async with house_with(check_ins=OPEN) as opened:
        yield opened


def heat(house: House, **more: str) -> Round:
    return Round(notice=Notice.HEAT, day=day_of(house.clock.now()), window=AHEAD, **more)


async def begun(house: House, wanted: Round) -> int:
    return await begin_round(house.storage, house.clock, house.desk.config, wanted, by="chief")


async def rows(house: House, elder: UUID) -> int:
    return len(await house.do(lambda unit: unit.check_ins.of_elder(elder, 9)))


async def test_everybody_meant_is_called_once_more_and_no_one_else(house: House) -> None:
    alone = await due(house, group="独居")
    other = await due(house, account="pager0002", group="空巢")
    wanted = heat(house, group="独居")
    assert await begun(house, wanted) == 1
    assert await begun(house, wanted) == 0, "a second try means nobody twice"
    assert await plan_day(house.desk, alone.day) == 1
    assert (await rows(house, alone.elder), await rows(house, other.elder)) == (2, 1)
    assert await begun(house, heat(house, district="nowhere")) == 0


async def test_who_is_on_leave_is_not_called_and_an_ended_round_rings_nobody_else(house: House) -> None:
    away = await due(house)
    leave = Hold(
        id=house.clock.new_id(), elder=away.elder, begins=away.day, returns=None, reason="住院", set_by="1001",
        set_at=house.clock.now(),
    )  # fmt: skip
    await house.do(lambda unit: hold(unit, leave, house.clock.now()))
    there = await due(house, account="pager0002")
    await begun(house, heat(house))
    assert await plan_day(house.desk, there.day) == 1
    assert await end_round(house.storage, house.clock, Notice.HEAT, by="chief") == 2
    house.clock.let_pass(8 * 3600 - 60)  # the day is over but for a minute
    await looks(house)
    extra = [row for row in await house.do(lambda unit: unit.check_ins.of_elder(there.elder, 9)) if row.id != there.id]
    assert [(row.state, row.settled_by) for row in extra] == [(CheckInState.SETTLED, "plan_ended")]
    assert len(house.telephony.rung) == 1, "her usual call goes on"


async def test_a_window_that_is_over_is_refused(house: House) -> None:
    gone = Round(notice=Notice.COLD, day=day_of(house.clock.now()), window=Span(begins=0, ends=60))
    with pytest.raises(CheckInPlanFaulty):
        await begun(house, gone)


@pytest.mark.parametrize(("key", "told"), [("1", ["notice_medicine", "notice_heat"]), ("9", [])])
async def test_who_is_well_hears_the_notices_and_then_the_good_bye(house: House, key: str, told: list[str]) -> None:
    row = await due(house, notices=(Notice.MEDICINE, Notice.HEAT))
    await looks(house)
    leg = str(house.telephony.rung[-1].id)
    call = FakeCall(a_press(leg, account="", key=Key.LANDLINE), answers=[key])
    await check_in(call, house.desk, load_language(house.desk.config))
    assert [prompt for prompt in call.heard if prompt.startswith("notice_")] == told
    assert (await now(house, row)).outcome is CheckInOutcome.CONFIRMED
