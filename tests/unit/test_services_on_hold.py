"""保持、挂起: her owner leaves for a moment. She is nobody else's meanwhile, and never nobody's for long."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager

import pytest

from callcenter.domain.calls import LegOutcome, Role
from callcenter.domain.emergencies import Attended, Open, Step
from callcenter.domain.people import Presence
from callcenter.errors import (
    AgentBusy,
    AsteriskAway,
    EmergencyClosed,
    EmergencyNotYours,
    EmergencyTaken,
    EmergencyUnknown,
)
from callcenter.ports.telephony import LegRequest
from callcenter.services.adopt import adopt
from callcenter.services.close_emergency import close_emergency
from callcenter.services.put_on_hold import put_on_hold
from callcenter.services.requeue import requeue
from callcenter.services.supervise import Supervisor
from callcenter.services.take import hand_back, take
from tests.unit.fakes import a_channel
from tests.unit.house import House

Houses = Callable[..., AbstractAsyncContextManager[House]]


async def talking(house: House) -> tuple[Open, LegRequest]:
    """1001 has an elder in the room; 1002 is free."""
    await house.elder()
    await house.agent("1001")
    emergency = await house.pressed()
    leg = house.leg_to("PJSIP/1001")
    await house.claims(leg)
    await house.agent("1002")
    await house.enters(emergency.room, "1.1", Role.ELDER)
    house.telephony.forget()
    return emergency, leg


async def held(house: House, *, parked: bool = False) -> tuple[Open, LegRequest]:
    """The same, and 1001 has gone."""
    emergency, leg = await talking(house)
    await put_on_hold(house.desk, emergency.id, "1001", parked=parked)
    await gone(house, emergency, leg)
    return emergency, leg


async def gone(house: House, emergency: Open, leg: LegRequest) -> None:
    """Asterisk has hung the agent up, and the dialplan has put the elder out of the room."""
    await house.leaves(emergency.room, str(leg.id), Role.AGENT)
    await house.leaves(emergency.room, "1.1", Role.ELDER)
    await house.ended(leg.id, LegOutcome.CLAIMED, answered=True, role=Role.AGENT, emergency=emergency.id)


async def presence(house: House, extension: str) -> Presence:
    agent = await house.do(lambda work: work.agents.by_extension(extension))
    assert agent is not None
    return agent.presence


async def test_her_leg_ends_and_she_stays_hers_and_nobody_else_is_rung(house: House) -> None:
    emergency, leg = await held(house)
    assert house.telephony.hung_up == [str(leg.id)]
    await house.passes(59)
    now = await house.attended(emergency)
    assert now.on_hold is not None and (now.owner, now.on_hold.parked) == ("1001", False)
    assert (now.on_hold.until - now.on_hold.since).total_seconds() == 60
    assert house.telephony.targets == []
    assert await presence(house, "1001") is Presence.BREAK, "who has left for a moment is rung for nobody"
    with pytest.raises(EmergencyTaken):
        await take(house.desk, emergency.id, "1002")


async def test_taking_her_up_again_rings_the_owner_and_ends_the_hold(house: House) -> None:
    emergency, _ = await held(house)
    await take(house.desk, emergency.id, "1001")
    await house.background.settle()
    assert house.telephony.targets == ["PJSIP/1001"]
    await house.claims(house.leg_to("PJSIP/1001"))
    now = await house.attended(emergency)
    assert (now.owner, now.on_hold) == ("1001", None)
    assert await presence(house, "1001") is Presence.TALKING
    steps = await house.steps(emergency)
    assert [step for step in steps if step in (Step.ON_HOLD, Step.RESUMED)] == [Step.ON_HOLD, Step.RESUMED]
    again = house.leg_to("PJSIP/1001")
    await gone(house, emergency, again)
    assert [leg.destination for leg in house.telephony.rung[1:]] == ["PJSIP/1002"], "lost is lost, as ever"


async def test_who_takes_her_up_at_once_is_not_busy_by_the_leg_that_ends(house: House) -> None:
    emergency, _ = await talking(house)
    await put_on_hold(house.desk, emergency.id, "1001")
    await take(house.desk, emergency.id, "1001")
    await house.background.settle()
    assert house.telephony.targets == ["PJSIP/1001"]


async def test_who_parks_and_takes_another_at_once_is_not_busy_either(house: House) -> None:
    emergency, _ = await talking(house)
    await house.elder("another", identity_number="")
    second = await house.pressed("1.2", account="another")
    await put_on_hold(house.desk, emergency.id, "1001", parked=True)
    await take(house.desk, second.id, "1001")
    await house.background.settle()
    assert house.telephony.targets == ["PJSIP/1002", "PJSIP/1001"], "although her leg has not ended yet"
    third = await house.pressed("1.3", account="nobodys")
    with pytest.raises(AgentBusy):
        await take(house.desk, third.id, "1001")


async def test_after_both_bounds_she_is_offered_to_others(house: House) -> None:
    emergency, _ = await held(house)
    await house.passes(79)
    assert isinstance(await house.now(emergency), Attended)
    await house.passes(1.5)
    await house.waiting(emergency)
    assert house.telephony.targets == ["PJSIP/1002"], "the one who did not come back is not asked first"
    told = (await house.timeline(emergency))[-3:]
    assert ("not back from hold", "agent:1001") in [(entry.detail, entry.who) for entry in told]
    await house.claims(house.leg_to("PJSIP/1002"))
    assert (await house.attended(emergency)).on_hold is None


async def test_an_unanswered_ring_leaves_her_on_hold(house: House) -> None:
    emergency, _ = await held(house)
    await take(house.desk, emergency.id, "1001")
    await house.background.settle()
    await house.ended(house.leg_to("PJSIP/1001").id, LegOutcome.UNREACHABLE)
    assert (await house.attended(emergency)).on_hold is not None
    await house.passes(81)
    await house.waiting(emergency)


async def test_who_parks_is_free_for_the_next(house: House) -> None:
    emergency, _ = await held(house, parked=True)
    assert await presence(house, "1001") is Presence.FREE
    second = await house.pressed("1.2", account="another")
    assert house.telephony.targets, "the next rings"
    await house.claims(house.leg_to(house.telephony.targets[-1]))
    assert isinstance(await house.now(second), Attended)
    now = await house.attended(emergency)
    assert now.on_hold is not None and now.on_hold.parked


async def test_the_hold_is_as_long_whether_parked_later_or_held_twice(house: House) -> None:
    emergency, _ = await held(house)
    before = (await house.attended(emergency)).due_at
    await house.passes(30)
    await put_on_hold(house.desk, emergency.id, "1001")
    await put_on_hold(house.desk, emergency.id, "1001", parked=True)
    now = await house.attended(emergency)
    assert now.on_hold is not None and now.on_hold.parked
    assert now.due_at == before
    assert (await house.steps(emergency)).count(Step.ON_HOLD) == 1


async def test_company_in_the_room_does_not_take_her_from_who_comes_back(house: House) -> None:
    emergency, leg = await talking(house)
    await house.enters(emergency.room, "1.9", Role.CONTACT)
    await put_on_hold(house.desk, emergency.id, "1001")
    await house.leaves(emergency.room, str(leg.id), Role.AGENT)
    now = await house.attended(emergency)
    assert now.owner == "1001" and now.on_hold is not None


async def test_nothing_has_changed_when_the_telephones_do_not_answer(house: House) -> None:
    emergency, _ = await talking(house)
    house.telephony.away = True
    with pytest.raises(AsteriskAway):
        await put_on_hold(house.desk, emergency.id, "1001")
    house.telephony.away = False
    assert (await house.attended(emergency)).on_hold is None
    assert await presence(house, "1001") is Presence.TALKING


async def test_only_the_owner_may(house: House) -> None:
    emergency, _ = await talking(house)
    with pytest.raises(EmergencyNotYours):
        await put_on_hold(house.desk, emergency.id, "1002")
    with pytest.raises(EmergencyUnknown):
        await put_on_hold(house.desk, house.clock.new_id(), "1001")
    await close_emergency(house.desk, emergency.id, by="agent:1001", disposition="1")
    with pytest.raises(EmergencyClosed):
        await put_on_hold(house.desk, emergency.id, "1001")


async def test_who_is_on_hold_is_handed_back_and_closed_like_anybody(house: House) -> None:
    emergency, _ = await held(house)
    await hand_back(house.desk, emergency.id, "1001")
    await house.background.settle()
    await house.waiting(emergency)
    assert await presence(house, "1001") is Presence.RINGING or house.telephony.targets == ["PJSIP/1002"]
    await house.claims(house.leg_to(house.telephony.targets[0]))
    owner = (await house.attended(emergency)).owner
    await put_on_hold(house.desk, emergency.id, owner)
    await close_emergency(house.desk, emergency.id, by=f"agent:{owner}", disposition="2")
    assert (await house.closed(emergency)).disposition == "helped_by_phone"


async def test_the_hold_outlives_a_restart_and_she_is_served_again(house: House) -> None:
    emergency, _ = await held(house)
    house.telephony.alive = [a_channel("1.1", Role.ELDER, emergency.id, emergency.room)]
    await adopt(house.desk)
    now = await house.attended(emergency)
    assert now.on_hold is not None and now.owner == "1001"
    assert house.telephony.sent[-1] == ("PJSIP/1.1", "wait")
    assert house.telephony.targets == []


async def test_whom_the_dialplan_found_meanwhile_has_her(house: House) -> None:
    """The service was dead, so the fallback rang everybody, although she was on hold."""
    emergency, _ = await held(house)
    room = emergency.room
    leg = a_channel("77.1", Role.AGENT, emergency.id, room)
    house.telephony.alive = [a_channel("1.1", Role.ELDER, emergency.id, room), leg]
    house.telephony.enters(room, "77.1", Role.AGENT)
    house.telephony.enters(room, "1.1", Role.ELDER)
    await adopt(house.desk)
    now = await house.attended(emergency)
    assert now.on_hold is None and now.owner != "1001"


async def test_an_elder_who_hangs_up_on_hold_is_rung_back_and_waits_for_her_owner(house: House) -> None:
    emergency, _ = await held(house)
    await house.ended("1.1", LegOutcome.ANSWERED, answered=True, role=Role.ELDER, emergency=emergency.id)
    assert house.telephony.targets == ["PJSIP/pager0001"]
    now = await house.attended(emergency)
    assert now.on_hold is not None and not now.elder_connected


async def test_a_supervisor_has_whom_somebody_holds_offered_to_others(house: House) -> None:
    emergency, _ = await held(house)
    await requeue(house.desk, emergency.id, Supervisor(name="chief", extension="1009"), "too long")
    await house.background.settle()
    await house.waiting(emergency)
    assert house.telephony.targets, "it rings again"
    assert house.telephony.hung_up == house.telephony.hung_up[:1], "no leg was there to be ended"
