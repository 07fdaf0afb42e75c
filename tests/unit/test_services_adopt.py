"""After a restart: what is alive is adopted, what was lost is done again, nothing twice."""

from __future__ import annotations

from typing import Any

from callcenter.domain.calls import LegOutcome, Role
from callcenter.domain.emergencies import Open, Step
from callcenter.domain.ladder import Position
from callcenter.ports.asterisk_events import LinkUp
from callcenter.ports.telephony import LegRequest
from callcenter.services.adopt import adopt, commit_leftover_entries
from callcenter.services.close_emergency import close_emergency
from tests.unit.fakes import a_channel, a_press
from tests.unit.house import House


async def restarted(house: House) -> None:
    """The service died a moment ago; the link is up again."""
    house.telephony.forget()
    house.telephony.sent.clear()
    house.clock.let_pass(1)
    await adopt(house.desk)
    await house.background.settle()


def she_is_alive(house: House, emergency: Open, uniqueid: str = "1.1") -> None:
    house.telephony.alive.append(a_channel(uniqueid, Role.ELDER, emergency.id, emergency.room))


def rings(house: House, leg: LegRequest, role: Role, *, up: bool = False) -> None:
    emergency, room = leg.variables["CC_EMERGENCY"], leg.variables["CC_ROOM"]
    house.telephony.alive.append(a_channel(str(leg.id), role, type(leg.id)(emergency), room, up=up))


async def test_what_rings_goes_on_ringing_and_nobody_is_rung_twice(house: House) -> None:
    await house.agent()
    emergency = await house.pressed()
    before = await house.waiting(emergency)
    she_is_alive(house, emergency)
    rings(house, house.leg_to("PJSIP/1001"), Role.AGENT)
    await restarted(house)
    await house.tick()
    assert house.telephony.rung == []
    after = await house.waiting(emergency)
    assert (after.position, after.due_at) == (before.position, before.due_at)
    assert house.telephony.sent == [("PJSIP/1.1", "wait")]  # a story serves her again
    assert house.telephony.variables["PJSIP/1.1", "CC_EMERGENCY"] == str(emergency.id)
    assert (await house.steps(emergency))[-1] is Step.ADOPTED


async def test_what_rings_no_more_is_lost_and_its_round_begins_again_at_once(house: House) -> None:
    await house.agent()
    emergency = await house.pressed()
    await house.passes(10)
    she_is_alive(house, emergency)
    await restarted(house)
    stored = await house.waiting(emergency)
    assert (stored.position, stored.due_at) == (Position(), house.clock.now())
    [offer] = await house.offers(emergency)
    assert offer.outcome is LegOutcome.LOST
    await house.tick()
    assert house.telephony.targets == ["PJSIP/1001"]


async def test_a_later_round_begins_with_all_agents(house: House) -> None:
    emergency = await house.pressed()
    await house.passes(60, tick_seconds=1)
    assert (await house.waiting(emergency)).position.round >= 2
    she_is_alive(house, emergency)
    await restarted(house)
    assert (await house.waiting(emergency)).position.rung == 1


async def test_a_restart_during_a_talk_rings_nobody_and_moves_nobody(house: House) -> None:
    await house.agent("1001")
    await house.agent("1002")
    emergency = await house.pressed()
    leg = house.leg_to("PJSIP/1001")
    await house.claims(leg)
    await house.enters(emergency.room, "1.1", Role.ELDER)
    she_is_alive(house, emergency)
    rings(house, leg, Role.AGENT, up=True)
    await restarted(house)
    await house.tick()
    assert (house.telephony.rung, house.telephony.sent) == ([], [])
    assert (await house.attended(emergency)).owner == "1001"


async def test_a_responder_who_is_gone_is_missed_at_once(house: House) -> None:
    await house.agent("1001")
    await house.agent("1002")
    emergency = await house.pressed()
    await house.claims(house.leg_to("PJSIP/1001"))
    house.telephony.rooms.clear()
    she_is_alive(house, emergency)
    await restarted(house)
    assert Step.RESPONDER_LOST in await house.steps(emergency)
    await house.tick()
    assert house.telephony.rung
    assert (await house.waiting(emergency)).position.round == 1


async def test_somebody_who_took_it_while_we_were_away_has_it(house: House) -> None:
    await house.agent("1001")
    emergency = await house.pressed()
    leg = house.leg_to("PJSIP/1001")
    house.telephony.enters(emergency.room, str(leg.id), Role.AGENT)
    she_is_alive(house, emergency)
    rings(house, leg, Role.AGENT, up=True)
    await restarted(house)
    assert (await house.attended(emergency)).owner == "1001"
    assert ("PJSIP/pager0001-1.1", "room") in house.telephony.sent
    assert house.telephony.rung == []


async def test_120_alone_with_her_has_not_taken_it(house: House) -> None:
    emergency = await house.pressed()
    await house.passes(10)
    leg = house.leg_to("PJSIP/dispatcher")
    house.telephony.enters(emergency.room, str(leg.id), Role.DISPATCHER)
    she_is_alive(house, emergency)
    rings(house, leg, Role.DISPATCHER, up=True)
    await restarted(house)
    assert (await house.waiting(emergency)).id == emergency.id


async def test_she_is_gone_and_is_rung_back(house: House) -> None:
    await house.elder()
    emergency = await house.pressed()
    await restarted(house)
    await house.tick()
    assert "PJSIP/pager0001" in house.telephony.targets
    assert not (await house.waiting(emergency)).elder_connected
    assert (await house.calls(emergency))[0].outcome is LegOutcome.LOST


async def test_a_call_back_that_rings_is_not_doubled(house: House) -> None:
    await house.elder()
    emergency = await house.pressed("1.1")
    await house.ended("1.1", answered=True)
    rings(house, house.leg_to("PJSIP/pager0001"), Role.ELDER)
    await restarted(house)
    await house.tick()
    assert "PJSIP/pager0001" not in house.telephony.targets
    assert not (await house.waiting(emergency)).elder_connected


async def test_a_call_back_she_answered_while_we_were_away_is_her(house: House) -> None:
    await house.elder()
    emergency = await house.pressed("1.1")
    await house.ended("1.1", answered=True)
    rings(house, house.leg_to("PJSIP/pager0001"), Role.ELDER, up=True)
    await restarted(house)
    await house.tick()
    assert (await house.waiting(emergency)).elder_connected
    assert "PJSIP/pager0001" not in house.telephony.targets


async def test_ringing_back_that_was_given_up_stays_given_up(house_with: Any) -> None:
    async with house_with(call_back={"tries": 1}) as house:
        emergency = await house.pressed("1.1", account="pager0009")
        await house.ended("1.1", answered=True)
        await house.ended(house.leg_to("PJSIP/pager0009").id, LegOutcome.NO_ANSWER)
        assert (await house.waiting(emergency)).call_back_at is None
        await restarted(house)
        assert (await house.waiting(emergency)).call_back_at is None


async def test_adopting_twice_changes_nothing_more(house: House) -> None:
    await house.agent()
    emergency = await house.pressed()
    she_is_alive(house, emergency)
    rings(house, house.leg_to("PJSIP/1001"), Role.AGENT)
    await restarted(house)
    once = await house.waiting(emergency)
    await restarted(house)
    again = await house.waiting(emergency)
    assert (again.position, again.due_at, again.elder_connected) == (once.position, once.due_at, True)


async def test_she_whom_a_story_serves_is_left_alone(house: House) -> None:
    emergency = await house.pressed()
    she_is_alive(house, emergency)
    house.desk.serving.add("1.1")
    await restarted(house)
    assert house.telephony.sent == []


async def test_she_hangs_up_while_she_is_adopted(house: House) -> None:
    emergency = await house.pressed()
    she_is_alive(house, emergency)
    house.telephony.refused = {"PJSIP/1.1"}
    await restarted(house)
    assert (await house.steps(emergency))[-1] is Step.ADOPTED


async def test_asterisk_goes_away_again_and_the_link_tries_later(house: House) -> None:
    await house.pressed()
    house.telephony.away = True
    await house.hears(LinkUp())
    house.telephony.away = False
    await house.hears(LinkUp())
    [emergency] = await house.all_open()
    assert Step.ADOPTED in await house.steps(emergency)


async def test_her_second_press_while_we_were_down_is_her_too(house: House) -> None:
    """The first call is gone, the second, in a room of the fallback's making, is on the line."""
    await house.elder()
    emergency = await house.pressed("1.1")
    house.telephony.marks = [a_press("1.2")]
    house.telephony.alive = [a_channel("1.2", Role.ELDER, None, "cc-1.2")]
    await restarted(house)
    await house.tick()
    stored = await house.waiting(emergency)
    assert (stored.elder_connected, stored.presses) == (True, 2)
    assert "PJSIP/pager0001" not in house.telephony.targets
    assert house.telephony.variables["PJSIP/1.2", "CC_ROOM"] == emergency.room


# ------------------------------------------------------------------------------------ entry marks


async def test_a_press_while_we_were_down_becomes_an_emergency_once(house: House) -> None:
    profile = await house.elder()
    await house.agent()
    house.telephony.marks = [a_press("1.1")]
    house.telephony.alive = [a_channel("1.1", Role.ELDER, None)]
    await restarted(house)
    [emergency] = await house.all_open()
    assert emergency.elder == profile.elder.id
    assert emergency.elder_connected
    assert house.telephony.marks == []
    assert ("PJSIP/1.1", "wait") in house.telephony.sent
    assert house.telephony.targets == ["PJSIP/1001"]
    await restarted(house)
    assert [each.id for each in await house.all_open()] == [emergency.id]


async def test_who_hung_up_before_we_were_back_is_rung_back(house: House) -> None:
    await house.elder()
    house.telephony.marks = [a_press("1.1")]
    await restarted(house)
    await house.tick()
    assert "PJSIP/pager0001" in house.telephony.targets


async def test_with_whom_the_fallback_brought_together_she_stays(house: House) -> None:
    await house.agent("1001")
    await house.agent("1002")
    room = "cc-1.1"
    house.telephony.marks = [a_press("1.1")]
    house.telephony.alive = [a_channel("1.1", Role.ELDER, None, room), a_channel("1.2", Role.AGENT, None, room)]
    house.telephony.enters(room, "1.2", Role.AGENT)
    house.telephony.enters(room, "1.1", Role.ELDER, marked=False)
    await restarted(house)
    [emergency] = await house.all_open()
    stored = await house.attended(emergency)
    assert (stored.room, stored.owner_role) == (room, Role.AGENT)
    assert house.telephony.sent == []


async def test_a_mark_that_a_story_serves_is_not_touched(house: House) -> None:
    house.telephony.marks = [a_press("1.1")]
    house.desk.serving.add("1.1")
    await restarted(house)
    await commit_leftover_entries(house.desk)
    assert await house.all_open() == []
    assert len(house.telephony.marks) == 1


async def test_a_young_mark_is_left_to_its_story_and_an_old_one_is_not(house: House) -> None:
    house.telephony.marks = [a_press("1.1")]
    house.clock.let_pass(2)
    await commit_leftover_entries(house.desk)
    assert await house.all_open() == []
    house.clock.let_pass(2)
    await commit_leftover_entries(house.desk)
    await house.background.settle()
    assert len(await house.all_open()) == 1


async def test_a_mark_whose_emergency_was_opened_already_is_only_forgotten(house: House) -> None:
    first = await house.pressed("1.1")
    house.telephony.marks = [a_press("1.1")]
    she_is_alive(house, first)
    house.clock.let_pass(10)
    await commit_leftover_entries(house.desk)
    await house.background.settle()
    [emergency] = await house.all_open()
    assert (emergency.id, emergency.presses) == (first.id, 1)
    assert house.telephony.marks == []


async def test_a_mark_whose_emergency_is_closed_opens_no_second_one(house: House) -> None:
    first = await house.pressed("1.1")
    await close_emergency(house.desk, first.id, by="agent:1001", disposition="1")
    house.telephony.marks = [a_press("1.1")]
    await restarted(house)
    assert await house.all_open() == []
    assert house.telephony.marks == []
