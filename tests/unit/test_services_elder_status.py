"""In hospital, away, moved, deceased, or unwilling: no daily call is planned or dialled, and what rings ends."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager
from datetime import date, timedelta
from uuid import UUID

import pytest

from callcenter.domain.check_ins import CheckInState
from callcenter.domain.dial_hours import day_of
from callcenter.domain.elder_status import ElderStatus, Purpose
from callcenter.services.check_in import check_in
from callcenter.services.edit_elder import edit_elder, seen_as
from callcenter.services.elder_form import ElderForm
from callcenter.services.plan_day import plan_day
from tests.unit.house import House
from tests.unit.test_services_check_ins import OPEN, due, looks, now


@pytest.fixture
async def house(house_with: Callable[..., AbstractAsyncContextManager[House]]) -> AsyncIterator[House]:
    async with house_with(check_ins=OPEN) as opened:
        yield opened


async def change(house: House, elder: UUID, *, refused: str = "", **texts: str) -> None:
    profile = await house.do(lambda work: work.people.profile(elder))
    assert profile is not None
    form = ElderForm.of(profile)
    form.texts |= texts
    if refused:
        form.consents[refused] = "refused"
    edited = await edit_elder(house.desk, elder, form, seen=seen_as(profile), by="li")
    assert edited.elder == elder, edited
    await house.background.settle()


NOT_AT_HOME = [status.value for status in ElderStatus if status is not ElderStatus.AT_HOME]


@pytest.mark.parametrize("status", NOT_AT_HOME)
async def test_what_is_due_today_is_not_dialled(house: House, status: str) -> None:
    row = await due(house)
    since = "2026-03-01"
    await change(house, row.elder, status=status, status_since=since, status_note="女儿来电")
    await looks(house, 60)
    assert house.telephony.rung == []
    assert (await now(house, row)).settled_by == "not_called"


async def test_a_call_that_rings_is_ended(house: House) -> None:
    row = await due(house)
    await looks(house)
    [leg] = house.telephony.rung
    await change(house, row.elder, status="hospital")
    assert house.telephony.hung_up == [str(leg.id)]
    assert (await now(house, row)).state is CheckInState.SETTLED


async def test_nothing_is_planned_until_she_is_at_home_again(house: House) -> None:
    row = await due(house)
    await change(house, row.elder, status="away", status_since="2026-03-01")
    tomorrow = row.day + timedelta(days=1)
    assert await plan_day(house.desk, tomorrow) == 0
    await change(house, row.elder, status="at_home")
    assert await plan_day(house.desk, tomorrow) == 1


async def test_who_has_refused_is_not_called(house: House) -> None:
    row = await due(house)
    await change(house, row.elder, refused=Purpose.DAILY_CALLS.value)
    assert await plan_day(house.desk, row.day + timedelta(days=1)) == 0
    await looks(house, 60)
    assert house.telephony.rung == []


async def test_a_status_that_came_by_another_way_counts_too(house: House) -> None:
    """As by an import, or on another node, between planning and dialling."""
    from dataclasses import replace

    row = await due(house)

    def move(work: object) -> None:
        people = work.people  # type: ignore[attr-defined]
        profile = people.profile(row.elder)
        people.save_elder(replace(profile.elder, status=ElderStatus.MOVED, status_since=date(2026, 3, 1)))

    await house.do(move)
    await check_in(house.desk)
    assert house.telephony.rung == [] and (await now(house, row)).settled_by == "not_called"
    assert day_of(house.clock.now()) == row.day


async def test_her_key_counts_all_the_same(house: House) -> None:
    profile = await house.elder(identity_number="")
    await change(house, profile.elder.id, status="moved", status_since="2026-02-01")
    emergency = await house.pressed()
    assert emergency.elder == profile.elder.id
