"""Check-ins with everything beyond the storage scripted: channels, trunk, restarts, what follows the last attempt."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager
from datetime import timedelta
from uuid import UUID

import pytest

from callcenter.domain.calls import LegOutcome, Role
from callcenter.domain.check_ins import AfterLast, CheckIn, CheckInOutcome, CheckInPlan, CheckInState, Hold
from callcenter.domain.dial_hours import DAY_MINUTES, Span, day_of
from callcenter.domain.visits import Found
from callcenter.errors import VisitClosed
from callcenter.ports.storage import UnitOfWork
from callcenter.services.adopt_check_ins import adopt_check_ins
from callcenter.services.check_in import check_in
from callcenter.services.check_in_changes import call_now, close_visit, hold, resume, set_plan
from callcenter.services.note_check_in import contact_takes_it, note_check_in
from callcenter.services.plan_day import plan_day
from callcenter.services.sign_of_life import sign_of_life
from tests.unit.fakes import a_channel
from tests.unit.house import House

#: 16:00 in China, when the fakes' clock begins.
OPEN = {
    "enabled": True,
    "calls": {"begins": "00:00", "ends": "24:00"},
    "contacts": {"begins": "00:00", "ends": "24:00"},
    "quiet": [],
    "trunk_first_seconds": 15,
}
AHEAD = Span(begins=16 * 60, ends=DAY_MINUTES)


@pytest.fixture
async def house(house_with: Callable[..., AbstractAsyncContextManager[House]]) -> AsyncIterator[House]:
    async with house_with(check_ins=OPEN) as opened:
        yield opened


async def due(house: House, *offsets_seconds: int, account: str = "pager0001", **more: object) -> CheckIn:
    """An elder whose check-in is due now."""
    profile = await house.elder(account, identity_number="")
    today = day_of(house.clock.now())
    words: dict[str, object] = {"window": AHEAD, "starts_on": today, **more}

    def planned(unit: UnitOfWork) -> None:
        id_, offsets = unit.new_id(), (0, *offsets_seconds)
        plan = CheckInPlan(id=id_, elder=profile.elder.id, offsets_seconds=offsets, **words)  # type: ignore[arg-type]
        set_plan(unit, plan, house.clock.now())

    await house.do(planned)
    assert await plan_day(house.desk, today) == 1
    await house.do(lambda unit: call_now(unit, profile.elder.id, house.clock.now()))
    [row] = await house.do(lambda unit: unit.check_ins.open_of_elder(profile.elder.id, today))
    return row


async def now(house: House, row: CheckIn) -> CheckIn:
    found = await house.do(lambda unit: unit.check_ins.get(row.id))
    assert found is not None
    return found


async def looks(house: House, after_seconds: float = 0) -> None:
    house.clock.let_pass(after_seconds)
    await check_in(house.desk)
    await house.background.settle()


async def ends(house: House, outcome: LegOutcome) -> None:
    await house.ended(house.telephony.rung[-1].id, outcome, role=Role.ELDER)


async def test_she_is_rung_once_and_a_confirmed_elder_never_again(house: House) -> None:
    row = await due(house, 600)
    await looks(house)
    [leg] = house.telephony.rung
    await looks(house, 1)
    assert house.telephony.rung == [leg]
    await note_check_in(house.desk, str(leg.id), CheckInOutcome.CONFIRMED, by="answer")
    await ends(house, LegOutcome.ANSWERED)
    await looks(house, 3600)
    assert house.telephony.rung == [leg]
    settled = await now(house, row)
    assert (settled.state, settled.outcome) == (CheckInState.SETTLED, CheckInOutcome.CONFIRMED)


async def test_the_day_is_planned_once(house: House) -> None:
    row = await due(house)
    assert await plan_day(house.desk, row.day) == 0


async def test_the_trunks_failure_is_not_hers_and_waits_longer_each_time(house: House) -> None:
    row = await due(house)
    await looks(house)
    for wait in (15, 30, 60):
        await ends(house, LegOutcome.TRUNK_FAILURE)
        after = await now(house, row)
        assert (after.state, after.tries) == (CheckInState.DUE, 0)
        assert after.due_at == house.clock.now() + timedelta(seconds=wait)
        await looks(house, wait)
    assert len(house.telephony.rung) == 4


async def test_while_asterisk_is_away_it_is_our_failure(house: House) -> None:
    row = await due(house)
    house.telephony.away = True
    await looks(house)
    after = await now(house, row)
    assert (after.outcome, after.tries, after.state) == (CheckInOutcome.TRUNK_FAILURE, 0, CheckInState.DUE)


async def test_after_the_last_attempt_contacts_then_a_visit(house: House) -> None:
    row = await due(house)
    await looks(house)
    await ends(house, LegOutcome.NO_ANSWER)
    await looks(house)
    await ends(house, LegOutcome.BUSY)
    await looks(house)
    assert [leg.destination for leg in house.telephony.rung[1:]] == [
        "PJSIP/13900002222@trunk", "PJSIP/13900003333@trunk",
    ]  # fmt: skip
    await ends(house, LegOutcome.NO_ANSWER)
    await looks(house)
    assert (await now(house, row)).state is CheckInState.VISIT
    [visit] = await house.do(lambda unit: unit.visits.open(5))
    at = house.clock.now()
    await house.do(lambda unit: close_visit(unit, visit.id, Found.WELL, by="李", note="", now=at))
    settled = await now(house, row)
    assert (settled.outcome, settled.settled_by) == (CheckInOutcome.NO_ANSWER, "visit")
    with pytest.raises(VisitClosed):
        await house.do(lambda unit: close_visit(unit, visit.id, Found.OUT, by="李", note="", now=at))


async def test_a_contact_who_presses_1_has_it_and_the_next_is_not_asked(house: House) -> None:
    row = await due(house)
    await looks(house)
    await ends(house, LegOutcome.NO_ANSWER)
    await looks(house)
    assert await contact_takes_it(house.desk, str(house.telephony.rung[-1].id))
    await ends(house, LegOutcome.ANSWERED)
    await looks(house, 600)
    assert len(house.telephony.rung) == 2
    assert (await now(house, row)).state is CheckInState.VISIT


async def test_by_policy_an_emergency_is_opened_for_whom_nobody_reached(house: House) -> None:
    row = await due(house, after_last=AfterLast.CONTACTS_THEN_EMERGENCY)
    await looks(house)
    for _ in range(3):
        await ends(house, LegOutcome.NO_ANSWER)
        await looks(house)
    [emergency] = await house.all_open()
    assert emergency.elder == row.elder
    settled = await now(house, row)
    assert (settled.settled_by, settled.emergency) == ("emergency", emergency.id)
    assert settled.outcome is CheckInOutcome.NO_ANSWER


async def test_emergencies_keep_their_channels(house_with: Callable[..., AbstractAsyncContextManager[House]]) -> None:
    tight = OPEN | {"channels": 2, "channels_free_for_emergencies": 1, "trunk_channels": 3}
    async with house_with(check_ins=tight) as house:
        for account in ("p1", "p2", "p3"):
            await due(house, account=account)
        await looks(house)
        assert len(house.telephony.rung) == 2
        house.telephony.forget()
        emergency = await house.pressed(account="other")
        await house.passes(30, tick_seconds=5)  # standby phones ring by the trunk
        assert [leg for leg in house.telephony.rung if leg.variables["CC_EMERGENCY"] == str(emergency.id)]
        before = len(house.telephony.rung)
        await looks(house)
        assert len(house.telephony.rung) == before


async def test_with_no_channel_nobody_is_rung_and_nobody_forgotten(
    house_with: Callable[..., AbstractAsyncContextManager[House]],
) -> None:
    async with house_with(check_ins=OPEN | {"channels": 0}) as house:
        row = await due(house)
        await looks(house, 60)
        assert house.telephony.rung == []
        assert (await now(house, row)).state is CheckInState.DUE


async def test_a_restart_rings_who_was_cut_off_and_nobody_twice(house: House) -> None:
    row = await due(house)
    await looks(house)
    [leg] = house.telephony.rung
    house.telephony.alive = [a_channel(str(leg.id), Role.ELDER, None)]
    house.clock.let_pass(1)
    await adopt_check_ins(house.desk)
    await looks(house)
    assert house.telephony.rung == [leg]  # it rings on
    house.telephony.alive = []
    await adopt_check_ins(house.desk)
    await looks(house)
    assert len(house.telephony.rung) == 2
    assert (await now(house, row)).tries == 0


async def test_a_call_whose_end_nobody_told_is_made_again(house: House) -> None:
    await due(house)
    await looks(house)
    await looks(house, 35 + 300 + 1)
    await looks(house)
    assert len(house.telephony.rung) == 2


async def test_a_sign_of_life_confirms_and_ends_the_call_that_rings(house: House) -> None:
    row = await due(house, 600)
    await looks(house)
    [leg] = house.telephony.rung
    assert await sign_of_life(house.desk, row.elder, by="ring_back")
    await house.background.settle()
    assert house.telephony.hung_up == [str(leg.id)]
    assert (await now(house, row)).settled_by == "ring_back"
    assert not await sign_of_life(house.desk, row.elder, by="ring_back")


async def test_an_elder_with_an_open_emergency_is_not_rung(house: House) -> None:
    row = await due(house)
    emergency = await house.pressed(account="pager0001")
    house.telephony.forget()
    await looks(house)
    assert house.telephony.rung == []
    assert (await now(house, row)).emergency == emergency.id


async def test_on_leave_she_is_not_called_and_on_the_day_of_return_she_is(house: House) -> None:
    row = await due(house)
    today, at = row.day, house.clock.now()
    absence = Hold(
        id=UUID(int=5), elder=row.elder, begins=today, returns=today + timedelta(days=2), reason="探亲",
        set_by="1001", set_at=at,
    )  # fmt: skip
    await house.do(lambda unit: hold(unit, absence, at))
    assert (await now(house, row)).settled_by == "hold"
    planned = {ahead: await plan_day(house.desk, today + timedelta(days=ahead)) for ahead in (1, 2)}
    assert planned == {1: 0, 2: 1}
    assert await house.do(lambda unit: resume(unit, row.elder, by="1001", now=at)) == 1
    assert await plan_day(house.desk, today + timedelta(days=1)) == 1


async def test_whom_we_did_not_reach_in_her_window_a_human_hears_of(house: House) -> None:
    row = await due(house)
    await looks(house, 24 * 3600)
    after = await now(house, row)
    assert after.state is CheckInState.CONTACTS
    assert after.outcome is CheckInOutcome.TRUNK_FAILURE
