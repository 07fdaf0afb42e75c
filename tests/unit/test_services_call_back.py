"""Her side of the line: a cut call is rung back in order, silence is told, and nothing of it ends an emergency."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from callcenter.domain.calls import LegOutcome, Role
from callcenter.domain.emergencies import Emergency, Step, Waiting
from callcenter.ports.asterisk_events import LegAnswered, Talking
from callcenter.services.call_back import call_back
from callcenter.services.elder_calls import elder_silent
from tests.unit.house import House

PAGER, PAGER_SIM, HOME = "PJSIP/pager0001", "PJSIP/13900001111@trunk", "PJSIP/01055550101@trunk"
CUT: dict[str, Any] = {"answered": True, "cause": 16}


async def cut(house: House) -> Emergency:
    """She pressed, hung up, and is being rung back."""
    emergency = await house.pressed("1.1")
    await house.ended("1.1", **CUT)
    return emergency


def rung_back(house: House) -> list[str]:
    return [leg.destination for leg in house.telephony.rung if leg.variables["CC_ROLE"] == "elder"]


async def test_she_hangs_up_and_the_emergency_stays_and_her_pager_rings_at_once(house: House) -> None:
    await house.elder()
    emergency = await cut(house)
    stored = await house.waiting(emergency)
    assert not stored.elder_connected
    assert rung_back(house) == [PAGER]
    leg = house.leg_to(PAGER)
    assert (leg.context, leg.variables["CC_EMERGENCY"]) == ("cc-call-back", str(emergency.id))
    assert leg.caller_number == house.desk.config.hotline.caller_number
    steps = await house.steps(emergency)
    assert steps.index(Step.ELDER_HUNG_UP) < steps.index(Step.CALLING_BACK)


async def test_the_pager_then_its_number_then_the_home_line(house: House) -> None:
    await house.elder()
    await cut(house)
    for place in (PAGER, PAGER_SIM, HOME):
        assert rung_back(house)[-1] == place
        await house.ended(house.leg_to(place).id, LegOutcome.NO_ANSWER)
    assert len(rung_back(house)) == 3
    await house.passes(5)
    assert rung_back(house)[-1] == PAGER


async def test_a_busy_line_is_rung_again_in_two_seconds_at_the_same_place(house: House) -> None:
    await house.elder()
    await cut(house)
    await house.ended(house.leg_to(PAGER).id, LegOutcome.BUSY)
    assert rung_back(house) == [PAGER]
    await house.passes(1.5)
    assert rung_back(house) == [PAGER]
    await house.passes(0.5)
    assert rung_back(house) == [PAGER, PAGER]


async def test_an_unreachable_pager_leads_to_the_next_number_without_waiting(house: House) -> None:
    await house.elder()
    await cut(house)
    await house.ended(house.leg_to(PAGER).id, LegOutcome.UNREACHABLE)
    assert rung_back(house) == [PAGER, PAGER_SIM]


async def test_when_every_number_was_tried_her_contacts_come_at_once(house: House) -> None:
    await house.elder()
    await house.agent()
    await cut(house)
    await house.ended(house.leg_to("PJSIP/1001").id, LegOutcome.NO_ANSWER)
    for place in (PAGER, PAGER_SIM, HOME):
        await house.ended(house.leg_to(place).id, LegOutcome.UNREACHABLE)
    assert "PJSIP/13900002222@trunk" in house.telephony.targets


async def test_contacts_are_not_hurried_while_agents_still_ring(house: House) -> None:
    await house.elder()
    await house.agent()
    await cut(house)
    for place in (PAGER, PAGER_SIM, HOME):
        await house.ended(house.leg_to(place).id, LegOutcome.UNREACHABLE)
    assert "PJSIP/13900002222@trunk" not in house.telephony.targets


async def test_she_answers_and_the_ringing_back_is_over(house: House) -> None:
    await house.elder()
    emergency = await cut(house)
    leg = house.leg_to(PAGER)
    await house.answered(leg)
    stored = await house.waiting(emergency)
    assert (stored.elder_connected, stored.call_back_at, stored.call_back_try) == (True, None, 0)
    await house.passes(60, tick_seconds=5)
    assert rung_back(house) == [PAGER]


async def test_she_answers_and_is_cut_again_and_it_starts_over(house: House) -> None:
    await house.elder()
    await cut(house)
    leg = house.leg_to(PAGER)
    await house.answered(leg)
    await house.ended(leg.id, **CUT)
    assert rung_back(house) == [PAGER, PAGER]


async def test_her_redial_cancels_the_ringing_back(house: House) -> None:
    await house.elder()
    emergency = await cut(house)
    ringing = house.leg_to(PAGER)
    again = await house.pressed("1.2")
    assert again.id == emergency.id
    assert str(ringing.id) in house.telephony.hung_up
    await house.ended(ringing.id, LegOutcome.CANCELLED)
    assert (await house.waiting(emergency)).elder_connected
    await house.passes(60, tick_seconds=5)
    assert rung_back(house) == [PAGER]


async def test_one_of_two_legs_hung_up_and_she_is_still_there(house: House) -> None:
    await house.elder()
    emergency = await house.pressed("1.1")
    await house.pressed("1.2")
    await house.ended("1.1", **CUT)
    assert (await house.waiting(emergency)).elder_connected
    assert rung_back(house) == []


async def test_the_end_told_twice_is_one_end(house: House) -> None:
    await house.elder()
    emergency = await cut(house)
    await house.ended("1.1", **CUT)
    assert rung_back(house) == [PAGER]
    assert (await house.steps(emergency)).count(Step.ELDER_HUNG_UP) == 1


async def test_hung_up_while_somebody_has_it_she_is_rung_back_and_they_stay(house: House) -> None:
    await house.elder()
    await house.agent()
    emergency = await house.pressed("1.1")
    await house.claims(house.leg_to("PJSIP/1001"))
    await house.ended("1.1", **CUT)
    assert rung_back(house) == [PAGER]
    assert (await house.attended(emergency)).owner == "1001"


async def test_tries_are_counted_and_bounded(house_with: Any) -> None:
    async with house_with(call_back={"tries": 2}) as house:
        await house.elder()
        emergency = await cut(house)
        for _ in range(6):
            [leg] = [each for each in house.telephony.rung if each.variables["CC_ROLE"] == "elder"]
            house.telephony.forget()
            await house.ended(leg.id, LegOutcome.NO_ANSWER)
            if not rung_back(house):
                await house.passes(5)
        stored = await house.waiting(emergency)
        assert (stored.call_back_at, stored.call_back_try) == (None, 6)
        assert stored.due_at is not None  # the ladder climbs on


async def test_a_caller_without_a_number_cannot_be_rung_back(house: House) -> None:
    emergency = await house.pressed("1.1", account="")
    await house.ended("1.1", **CUT)
    assert rung_back(house) == []
    assert (await house.waiting(emergency)).call_back_at is None
    last = [entry for entry in await house.timeline(emergency) if entry.step is Step.CALL_BACK_ENDED]
    assert [entry.detail for entry in last] == ["no number known"]


async def test_an_unknown_caller_is_rung_back_where_the_call_came_from(house: House) -> None:
    await house.pressed("1.1", account="", line="+8613900009999")
    await house.ended("1.1", **CUT)
    assert rung_back(house) == ["PJSIP/13900009999@trunk"]


@pytest.mark.parametrize("fault", ["away", "refused"])
async def test_a_call_back_that_cannot_start_is_tried_again(house: House, fault: str) -> None:
    await house.elder()
    await house.pressed("1.1")
    house.telephony.away, house.telephony.refused = fault == "away", {PAGER}
    await house.ended("1.1", **CUT)
    assert rung_back(house) == []
    house.telephony.away, house.telephony.refused = False, set()
    await house.passes(2)
    assert rung_back(house) == [PAGER]


async def test_an_outcome_that_never_comes_does_not_end_the_trying(house: House) -> None:
    await house.elder()
    await cut(house)
    await house.passes(31, tick_seconds=1)
    assert rung_back(house) == [PAGER, PAGER]


async def test_calling_back_who_is_there_or_closed_does_nothing(house: House) -> None:
    await house.elder()
    emergency = await house.pressed()
    await call_back(house.desk, emergency.id)
    await call_back(house.desk, house.clock.new_id())
    assert rung_back(house) == []


async def test_nobody_is_there_any_more_when_the_press_becomes_known(house: House) -> None:
    """A press while we were down, and she hung up before we were back."""
    await house.elder()
    emergency = await house.pressed("1.1", alive=False)
    await house.tick()
    assert rung_back(house) == [PAGER]
    [call, _] = await house.calls(emergency)
    assert call.ended_at == house.clock.now()


# --------------------------------------------------------------------------------------- silence


async def test_silence_is_told_once_and_taken_back_when_she_speaks(house: House) -> None:
    await house.elder()
    emergency = await house.pressed("1.1")
    for _ in range(2):
        await elder_silent(house.desk, "1.1")
    assert (await house.waiting(emergency)).silent
    assert house.telephony.silent == {emergency.room: True}
    for _ in range(2):
        await house.hears(Talking(uniqueid="1.1", emergency=emergency.id))
    assert not (await house.waiting(emergency)).silent
    assert house.telephony.silent == {emergency.room: False}
    await elder_silent(house.desk, "1.1")
    steps = await house.steps(emergency)
    assert (steps.count(Step.ELDER_SILENT), steps.count(Step.ELDER_SPOKE)) == (1, 1)


async def test_a_silent_caller_gets_the_same_ladder(house: House) -> None:
    await house.elder()
    emergency = await house.pressed("1.1")
    before = await house.waiting(emergency)
    await elder_silent(house.desk, "1.1")
    after = await house.waiting(emergency)
    assert (after.due_at, after.position) == (before.due_at, before.position)


async def test_silence_is_kept_even_if_the_hint_cannot_be_given(house: House) -> None:
    emergency = await house.pressed("1.1")
    house.telephony.away = True
    await elder_silent(house.desk, "1.1")
    assert (await house.waiting(emergency)).silent


async def test_a_sound_on_a_leg_of_nobody_is_nothing(house: House) -> None:
    await house.hears(Talking(uniqueid="7.7", emergency=None))
    await house.hears(LegAnswered(uniqueid="7.7", channel="PJSIP/7.7"))
    await house.ended("7.7", **CUT)
    assert await house.all_open() == []


async def test_an_answer_that_comes_after_the_end_does_not_bring_her_back(house: House) -> None:
    await house.elder()
    emergency = await cut(house)
    leg = house.leg_to(PAGER)
    await house.ended(leg.id, LegOutcome.BUSY)
    await house.answered(leg)
    assert not (await house.waiting(emergency)).elder_connected
    assert (await house.waiting(emergency)).call_back_at == house.clock.now() + timedelta(seconds=2)


async def test_whatever_her_side_does_the_emergency_stays_open(house: House) -> None:
    await house.elder()
    await house.agent()
    emergency = await cut(house)
    await house.claims(house.leg_to("PJSIP/1001"))
    leg = house.leg_to(PAGER)
    await house.answered(leg)
    await house.enters(emergency.room, str(leg.id), Role.ELDER)
    await house.ended(leg.id, **CUT)
    await house.leaves(emergency.room, str(house.leg_to("PJSIP/1001").id), Role.AGENT)
    assert isinstance(await house.now(emergency), Waiting)


async def test_who_waits_for_her_in_the_room_hears_that_she_is_rung_back(house: House) -> None:
    agent = await house.agent("1001")
    await house.elder()
    emergency = await house.pressed("1.1")
    await house.claims(house.leg_to("PJSIP/1001"))
    assert house.telephony.said == [], "she is there"
    await house.ended("1.1", **CUT)
    assert house.telephony.said == [(emergency.room, "cc/calling_her_back")]
    await house.ended(house.leg_to(PAGER).id, LegOutcome.NO_ANSWER)
    assert len(house.telephony.said) == 2, "once for each number that is tried"
    assert (await house.presence(agent)).value == "talking"


async def test_who_comes_while_she_is_rung_back_hears_so_too(house: House) -> None:
    await house.agent("1001")
    await house.elder()
    emergency = await cut(house)
    assert house.telephony.said == [], "nobody is there to hear it"
    await house.claims(house.leg_to("PJSIP/1001"))
    assert house.telephony.said == [(emergency.room, "cc/calling_her_back")]
