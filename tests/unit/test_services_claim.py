"""接警: one responder has it, the others are let off, and the moment nobody is with her it is offered again."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from callcenter.domain.calls import LegOutcome, Role
from callcenter.domain.emergencies import State, Step
from callcenter.domain.people import Presence
from callcenter.errors import DispositionUnknown, EmergencyClosed, EmergencyUnknown
from callcenter.ports.asterisk_events import Claimed, RoomEntered, SheetSpoken
from callcenter.services.close_emergency import close_emergency
from callcenter.services.invite import invite_120, invite_contact
from callcenter.services.rooms import review
from callcenter.services.take_call import with_whom
from tests.unit.house import House

ELDER = "1.1"


def claimed(room: str, uniqueid: str, target: str, role: Role = Role.AGENT) -> Claimed:
    return Claimed(uniqueid=uniqueid, channel=f"PJSIP/{uniqueid}", room=room, role=role, target=target)


async def test_the_first_to_answer_has_it_and_the_others_stop_ringing(house: House) -> None:
    for extension in ("1001", "1002", "1003"):
        await house.agent(extension)
    emergency = await house.pressed()
    await house.passes(10)
    winner, loser = house.leg_to("PJSIP/1002"), house.leg_to("PJSIP/1003")
    await house.claims(winner)
    stored = await house.attended(emergency)
    assert (stored.owner, stored.owner_role, stored.offer) == ("1002", Role.AGENT, winner.id)
    assert set(house.telephony.hung_up) == {str(loser.id), str(house.leg_to("PJSIP/1001").id)}
    outcomes = {offer.target: offer.outcome for offer in await house.offers(emergency)}
    assert outcomes == {"1001": LegOutcome.CANCELLED, "1002": LegOutcome.CLAIMED, "1003": LegOutcome.CANCELLED}
    assert house.meters.states[-1] == (emergency.id, State.ATTENDED)
    house.telephony.forget()
    await house.passes(60, tick_seconds=5)
    assert house.telephony.rung == []


async def test_she_is_brought_in_when_the_responder_is_there(house: House) -> None:
    await house.agent()
    emergency = await house.pressed()
    assert await with_whom(house.desk, emergency.id) == "wait"
    await house.claims(house.leg_to("PJSIP/1001"))
    assert house.telephony.sent == [("PJSIP/pager0001-1.1", "room")]
    assert await with_whom(house.desk, emergency.id) == "room"
    await house.enters(emergency.room, ELDER, Role.ELDER)
    assert len(house.telephony.sent) == 1


async def test_somebody_in_the_room_before_the_claim_is_told_has_it_all_the_same(house: House) -> None:
    await house.agent()
    emergency = await house.pressed()
    leg = house.leg_to("PJSIP/1001")
    await house.enters(emergency.room, str(leg.id), Role.AGENT)
    await house.hears(claimed(emergency.room, str(leg.id), "1001"))
    assert (await house.attended(emergency)).offer == leg.id
    [offer] = await house.offers(emergency)
    assert offer.outcome is LegOutcome.CLAIMED


async def test_a_claim_of_what_is_closed_changes_nothing(house: House) -> None:
    await house.agent()
    emergency = await house.pressed()
    leg = house.leg_to("PJSIP/1001")
    await close_emergency(house.desk, emergency.id, by="agent:1009", disposition="1")
    await house.hears(claimed(emergency.room, str(leg.id), "1001"))
    stored = await house.closed(emergency)
    assert (stored.closed_by, stored.disposition) == ("agent:1009", "false_alarm")
    assert Step.CLAIMED not in await house.steps(emergency)


async def test_a_claim_of_a_room_that_nobody_knows_hurts_nobody(house: House) -> None:
    emergency = await house.pressed()
    await house.hears(claimed("cc-nowhere", "7.7", "1001"))
    assert (await house.waiting(emergency)).version == emergency.version + 1


async def test_two_claims_of_one_room_leave_one_owner_who_is_there(house: House) -> None:
    await house.agent("1001")
    await house.agent("1002")
    emergency = await house.pressed()
    await house.passes(10)
    first, second = house.leg_to("PJSIP/1001"), house.leg_to("PJSIP/1002")
    await house.claims(first)
    await house.hears(claimed(emergency.room, str(second.id), "1002"))
    await house.ended(second.id, answered=True)
    await house.leaves(emergency.room, str(second.id), Role.AGENT)
    stored = await house.attended(emergency)
    assert (stored.owner, stored.offer) == ("1001", first.id)


async def test_the_same_claim_twice_is_one(house: House) -> None:
    await house.agent()
    emergency = await house.pressed()
    leg = house.leg_to("PJSIP/1001")
    await house.claims(leg)
    await house.hears(claimed(emergency.room, str(leg.id), "1001"))
    assert (await house.attended(emergency)).owner == "1001"
    assert len(await house.offers(emergency)) == 1


async def test_a_claim_on_a_leg_that_the_fallback_rang_is_written_down(house: House) -> None:
    emergency = await house.pressed()
    await house.hears(claimed(emergency.room, "1772366400.77", "PJSIP/1001"))
    stored = await house.attended(emergency)
    assert stored.owner == "1001"
    [offer] = [each for each in await house.offers(emergency) if each.id == stored.offer]
    assert (offer.target, offer.outcome) == ("1001", LegOutcome.CLAIMED)


async def test_a_contact_claims_by_pressing_1_not_by_answering(house: House) -> None:
    await house.elder()
    emergency = await house.pressed()
    await house.passes(10)
    daughter = house.leg_to("PJSIP/13900002222@trunk")
    await house.answered(daughter)
    assert (await house.waiting(emergency)).id == emergency.id
    await house.claims(daughter, Role.CONTACT)
    assert (await house.attended(emergency)).owner_role is Role.CONTACT


async def test_who_is_being_asked_is_not_hung_up_on_but_is_late(house: House) -> None:
    await house.elder()
    emergency = await house.pressed()
    duty, chief = house.leg_to("PJSIP/duty"), house.leg_to("PJSIP/chief")
    await house.answered(chief)
    await house.claims(duty, Role.STANDBY)
    assert str(chief.id) not in house.telephony.hung_up
    await house.decided(chief, LegOutcome.LATE)
    outcomes = {offer.target: offer.outcome for offer in await house.offers(emergency)}
    assert outcomes["chief"] is LegOutcome.LATE
    assert (await house.attended(emergency)).owner == "duty"


# ----------------------------------------------------------------------------- nobody is with her


async def test_the_responder_leaves_and_it_is_offered_again_at_once(house: House) -> None:
    await house.agent("1001")
    await house.agent("1002")
    emergency = await house.pressed()
    leg = house.leg_to("PJSIP/1001")
    await house.claims(leg)
    house.telephony.forget()
    await house.leaves(emergency.room, str(leg.id), Role.AGENT)
    assert (await house.waiting(emergency)).position.round == 1
    assert house.telephony.targets == ["PJSIP/1002"]
    assert Step.RESPONDER_LOST in await house.steps(emergency)


@pytest.mark.parametrize("leg_ends_first", [True, False])
async def test_the_order_of_leaving_and_hanging_up_does_not_matter(house: House, leg_ends_first: bool) -> None:
    await house.agent("1001")
    await house.agent("1002")
    emergency = await house.pressed()
    leg = house.leg_to("PJSIP/1001")
    await house.claims(leg)
    house.telephony.forget()
    house.clock.let_pass(5)
    if leg_ends_first:
        await house.ended(leg.id, answered=True)
        await house.leaves(emergency.room, str(leg.id), Role.AGENT)
    else:
        await house.leaves(emergency.room, str(leg.id), Role.AGENT)
        await house.ended(leg.id, answered=True)
    await house.ended(leg.id, answered=True)
    assert house.telephony.targets == ["PJSIP/1002"]
    [offer] = [each for each in await house.offers(emergency) if each.id == leg.id]
    assert (offer.outcome, offer.ended_at) == (LegOutcome.CLAIMED, house.clock.now())
    assert len([each for each in house.meters.ended if each.id == leg.id]) == 1


async def test_120_alone_in_the_room_is_nobody_who_has_it(house: House) -> None:
    await house.agent("1001")
    emergency = await house.pressed()
    leg = house.leg_to("PJSIP/1001")
    await house.claims(leg)
    assert await invite_120(house.desk, emergency.id)
    await house.background.settle()
    dispatcher = house.leg_to("PJSIP/dispatcher")
    assert dispatcher.variables["CC_JOIN"] == "1"
    await house.enters(emergency.room, str(dispatcher.id), Role.DISPATCHER)
    assert (await house.attended(emergency)).owner == "1001"
    await house.leaves(emergency.room, str(leg.id), Role.AGENT)
    assert (await house.waiting(emergency)).id == emergency.id


async def test_an_invited_contact_carries_on_when_the_agent_goes(house: House) -> None:
    profile = await house.elder()
    await house.agent()
    emergency = await house.pressed()
    agent = house.leg_to("PJSIP/1001")
    await house.claims(agent)
    assert await invite_contact(house.desk, emergency.id)
    await house.background.settle()
    contact = house.leg_to("PJSIP/13900002222@trunk")
    await house.enters(emergency.room, str(contact.id), Role.CONTACT)
    await house.leaves(emergency.room, str(agent.id), Role.AGENT)
    stored = await house.attended(emergency)
    assert (stored.owner, stored.owner_role) == (str(profile.contacts[0].id), Role.CONTACT)


async def test_contacts_are_invited_one_after_the_other_and_again_from_the_first(house: House) -> None:
    await house.elder()
    await house.agent()
    emergency = await house.pressed()
    await house.claims(house.leg_to("PJSIP/1001"))
    house.telephony.forget()
    for _ in range(3):
        assert await invite_contact(house.desk, emergency.id)
        await house.background.settle()
    first, second = "PJSIP/13900002222@trunk", "PJSIP/13900003333@trunk"
    assert house.telephony.targets == [first, second, first]


async def test_there_may_be_nobody_to_invite(house: House) -> None:
    emergency = await house.pressed(account="nobody")
    assert not await invite_contact(house.desk, emergency.id)
    await close_emergency(house.desk, emergency.id, by="agent:1001", disposition="1")
    with pytest.raises(EmergencyClosed):
        await invite_120(house.desk, emergency.id)
    with pytest.raises(EmergencyUnknown):
        await invite_120(house.desk, house.clock.new_id())


async def test_a_responder_who_vanished_unheard_is_missed_at_the_review(house: House) -> None:
    await house.agent("1001")
    await house.agent("1002")
    emergency = await house.pressed()
    leg = house.leg_to("PJSIP/1001")
    await house.claims(leg)
    await house.passes(31, tick_seconds=1)
    assert (await house.attended(emergency)).owner == "1001"  # still there
    house.telephony.leaves(emergency.room, str(leg.id))
    house.telephony.forget()
    await house.passes(31, tick_seconds=1)
    assert "PJSIP/1002" in house.telephony.targets


async def test_a_review_while_asterisk_is_away_waits_a_little(house: House) -> None:
    await house.agent()
    emergency = await house.pressed()
    await house.claims(house.leg_to("PJSIP/1001"))
    house.clock.let_pass(30)
    house.telephony.away = True
    await review(house.desk, emergency.id)
    stored = await house.attended(emergency)
    assert stored.due_at == house.clock.now() + timedelta(seconds=5)


async def test_leaving_while_asterisk_does_not_say_who_is_there_counts_as_nobody(house: House) -> None:
    await house.agent()
    emergency = await house.pressed()
    leg = house.leg_to("PJSIP/1001")
    await house.claims(leg)
    house.telephony.refused = {emergency.room}
    await house.leaves(emergency.room, str(leg.id), Role.AGENT)
    assert (await house.waiting(emergency)).id == emergency.id


async def test_an_elder_leaving_her_room_loses_nobody(house: House) -> None:
    await house.agent()
    emergency = await house.pressed()
    await house.claims(house.leg_to("PJSIP/1001"))
    await house.enters(emergency.room, ELDER, Role.ELDER)
    await house.leaves(emergency.room, ELDER, Role.ELDER)
    assert (await house.attended(emergency)).owner == "1001"


async def test_somebody_in_a_room_of_nobody_is_ignored(house: House) -> None:
    await house.hears(RoomEntered(room="cc-x", uniqueid="5.5", channel="PJSIP/5.5", role=None))
    assert await house.all_open() == []


async def test_each_time_the_sheet_was_heard_is_written_down(house: House) -> None:
    emergency = await house.pressed()
    await house.passes(10)
    leg = house.leg_to("PJSIP/dispatcher")
    for times in (1, 2):
        await house.hears(SheetSpoken(uniqueid=str(leg.id), room=emergency.room, times=times))
    await house.hears(SheetSpoken(uniqueid="9.9", room=emergency.room, times=1))
    spoken = [entry for entry in await house.timeline(emergency) if entry.step is Step.SHEET_SPOKEN]
    assert [(entry.who, entry.detail) for entry in spoken] == [("dispatcher:city", "×1"), ("dispatcher:city", "×2")]


# -------------------------------------------------------------------------------------- the end


async def test_a_disposition_lets_her_go_and_frees_the_others(house: House) -> None:
    agent = await house.agent()
    await house.elder()
    emergency = await house.pressed()
    leg = house.leg_to("PJSIP/1001")
    await house.claims(leg)
    await house.enters(emergency.room, ELDER, Role.ELDER)
    await invite_contact(house.desk, emergency.id)
    await house.background.settle()
    contact = house.leg_to("PJSIP/13900002222@trunk")
    closed = await close_emergency(
        house.desk, emergency.id, by="agent:1001", disposition="2", note="说清楚了", leg=str(leg.id)
    )
    await house.background.settle()
    assert (closed.disposition, closed.note) == ("helped_by_phone", "说清楚了")
    assert house.telephony.sent[-1] == ("PJSIP/pager0001-1.1", "goodbye")
    assert house.telephony.hung_up == [str(contact.id)]  # the agent's own leg hears that it is saved
    assert await house.presence(agent) is Presence.WRAP_UP
    assert await with_whom(house.desk, emergency.id) == "closed"
    assert house.meters.states[-1] == (emergency.id, State.CLOSED)


async def test_what_is_closed_never_rings_and_never_calls_back_again(house: House) -> None:
    await house.elder()
    await house.agent()
    emergency = await house.pressed()
    await close_emergency(house.desk, emergency.id, by="agent:1001", disposition="false_alarm")
    await house.background.settle()
    house.telephony.forget()
    await house.ended(ELDER, answered=True)
    await house.passes(120, tick_seconds=10)
    assert house.telephony.rung == []


async def test_only_a_known_disposition_closes_and_only_once(house: House) -> None:
    emergency = await house.pressed()
    with pytest.raises(DispositionUnknown):
        await close_emergency(house.desk, emergency.id, by="agent:1001", disposition="8")
    with pytest.raises(EmergencyUnknown):
        await close_emergency(house.desk, house.clock.new_id(), by="agent:1001", disposition="1")
    await close_emergency(house.desk, emergency.id, by="agent:1001", disposition="1")
    with pytest.raises(EmergencyClosed):
        await close_emergency(house.desk, emergency.id, by="agent:1002", disposition="2")
    assert (await house.closed(emergency)).closed_by == "agent:1001"


async def test_only_who_talked_has_something_to_wrap_up(house: House) -> None:
    agent = await house.agent()
    emergency = await house.pressed()
    await close_emergency(house.desk, emergency.id, by="supervisor", disposition="other")
    await house.background.settle()
    assert await house.presence(agent) is Presence.FREE
    assert [offer.outcome for offer in await house.offers(emergency)] == [LegOutcome.CANCELLED]


async def test_an_agent_who_went_home_is_not_put_into_wrap_up(house: House) -> None:
    agent = await house.agent()
    emergency = await house.pressed()
    await house.claims(house.leg_to("PJSIP/1001"))
    await house.do(lambda unit: unit.agents.set_presence(agent.id, Presence.OFFLINE, house.clock.now()))
    await close_emergency(house.desk, emergency.id, by="agent:1001", disposition="1")
    await house.background.settle()
    stored = await house.do(lambda unit: unit.agents.get(agent.id))
    assert stored is not None
    assert stored.presence is Presence.OFFLINE


async def test_closing_while_asterisk_is_away_is_kept(house: House) -> None:
    await house.agent()
    emergency = await house.pressed()
    house.telephony.away = True
    await close_emergency(house.desk, emergency.id, by="agent:1001", disposition="1")
    await house.background.settle()
    assert (await house.closed(emergency)).disposition == "false_alarm"


async def test_the_ringing_back_ends_with_the_emergency(house: House) -> None:
    await house.elder()
    emergency = await house.pressed()
    await house.ended(ELDER, answered=True)
    ringing = house.leg_to("PJSIP/pager0001")
    await close_emergency(house.desk, emergency.id, by="agent:1001", disposition="1")
    await house.background.settle()
    assert str(ringing.id) in house.telephony.hung_up


async def test_a_stored_emergency_never_goes_back_to_an_older_state(house: House) -> None:
    """Two writers: the one that read first and writes last is refused."""
    emergency = await house.pressed()
    old = await house.waiting(emergency)
    await house.do(lambda unit: unit.emergencies.save(replace(old, presses=2)))
    with pytest.raises(Exception, match="changed this meanwhile"):
        await house.do(lambda unit: unit.emergencies.save(replace(old, presses=3)))
