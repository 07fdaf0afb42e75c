"""转接: to a named colleague and back. She is alone at no moment, and one agent has her at every moment."""

from __future__ import annotations

import pytest

from callcenter.domain.calls import LegOutcome, Role
from callcenter.domain.emergencies import Open
from callcenter.domain.people import Presence
from callcenter.errors import AgentNotFree, AgentUnknown, EmergencyNotYours
from callcenter.ports.asterisk_events import Claimed
from callcenter.ports.telephony import LegRequest
from callcenter.services.put_on_hold import put_on_hold
from callcenter.services.take import take
from callcenter.services.transfer import stop_transfer, transfer
from dialplans import variables
from tests.unit.house import House


async def talking(house: House) -> tuple[Open, LegRequest]:
    """1001 has an elder in the room; 1002 and 1003 are free."""
    await house.elder()
    await house.agent("1001")
    emergency = await house.pressed()
    leg = house.leg_to("PJSIP/1001")
    await house.claims(leg)
    await house.enters(emergency.room, "1.1", Role.ELDER)
    for extension in ("1002", "1003"):
        await house.agent(extension)
    house.telephony.forget()
    return emergency, leg


async def asked(house: House, to: str = "1002") -> tuple[Open, LegRequest, LegRequest]:
    """And 1001 has asked a colleague, whose phone rings."""
    emergency, first = await talking(house)
    await transfer(house.desk, emergency.id, "1001", to=to)
    await house.background.settle()
    return emergency, first, house.leg_to(f"PJSIP/{to}")


async def claims(house: House, leg: LegRequest) -> None:
    """The phone was answered; the leg is not in the room yet."""
    room = leg.variables[variables.ROOM]
    await house.answered(leg)
    await house.hears(
        Claimed(uniqueid=str(leg.id), channel=f"PJSIP/{leg.id}", room=room, role=Role.AGENT, target="1002")
    )


async def test_the_colleagues_phone_rings_and_says_from_whom(house: House) -> None:
    emergency, first, leg = await asked(house)
    assert house.telephony.targets == ["PJSIP/1002"]
    assert (leg.context, leg.ring_seconds) == (variables.CONTEXT_TAKE_OVER, 20.0)
    assert leg.caller_name.startswith("1001转接 红键")
    assert (await house.attended(emergency)).owner == "1001"
    assert (await house.timeline(emergency))[-1].detail == "transfer from 1001"
    assert str(first.id) not in house.telephony.hung_up


async def test_answering_is_the_claim_and_the_first_leaves_only_when_the_second_is_there(house: House) -> None:
    emergency, first, leg = await asked(house)
    await claims(house, leg)
    assert (await house.attended(emergency)).owner == "1002"
    assert str(first.id) not in house.telephony.hung_up, "she would be alone"
    await house.enters(emergency.room, str(leg.id), Role.AGENT)
    assert house.telephony.hung_up == [str(first.id)]
    await house.leaves(emergency.room, str(first.id), Role.AGENT)
    await house.ended(first.id, LegOutcome.CLAIMED, answered=True, role=Role.AGENT, emergency=emergency.id)
    now = await house.attended(emergency)
    assert (now.owner, now.offer) == ("1002", leg.id)
    assert house.telephony.targets == ["PJSIP/1002"], "nobody else was rung"


async def test_it_is_the_same_if_asterisk_tells_of_her_entering_before_the_claim(house: House) -> None:
    emergency, first, leg = await asked(house)
    await house.answered(leg)
    await house.enters(emergency.room, str(leg.id), Role.AGENT)
    assert house.telephony.hung_up == [], "she has not claimed yet"
    await claims(house, leg)
    assert (await house.attended(emergency)).owner == "1002"
    assert house.telephony.hung_up == [str(first.id)]


async def test_and_back_again(house: House) -> None:
    emergency, first, leg = await asked(house)
    await claims(house, leg)
    await house.enters(emergency.room, str(leg.id), Role.AGENT)
    await house.leaves(emergency.room, str(first.id), Role.AGENT)
    await house.ended(first.id, LegOutcome.CLAIMED, answered=True, role=Role.AGENT, emergency=emergency.id)
    await transfer(house.desk, emergency.id, "1002", to="1001")
    await house.background.settle()
    await house.claims(house.leg_to("PJSIP/1001"))
    assert (await house.attended(emergency)).owner == "1001"
    assert house.telephony.hung_up == [str(first.id), str(leg.id)]


async def test_who_does_not_answer_leaves_everything_as_it_was(house: House) -> None:
    emergency, first, leg = await asked(house)
    await house.ended(leg.id, LegOutcome.NO_ANSWER)
    now = await house.attended(emergency)
    assert (now.owner, now.offer) == ("1001", first.id)
    assert house.telephony.targets == ["PJSIP/1002"]
    assert house.telephony.hung_up == []


async def test_another_colleague_is_asked_instead_of_the_first_and_then_nobody(house: House) -> None:
    emergency, _, leg = await asked(house)
    await transfer(house.desk, emergency.id, "1001", to="1002")
    await transfer(house.desk, emergency.id, "1001", to="1003")
    await house.background.settle()
    assert house.telephony.targets == ["PJSIP/1002", "PJSIP/1003"]
    assert house.telephony.hung_up == [str(leg.id)]
    await stop_transfer(house.desk, emergency.id, "1001")
    await house.background.settle()
    assert house.telephony.hung_up[1:] == [str(house.leg_to("PJSIP/1003").id)]
    assert (await house.attended(emergency)).owner == "1001"


async def test_the_first_is_lost_while_the_second_rings_and_the_second_may_still_answer(house: House) -> None:
    emergency, first, leg = await asked(house)
    await house.leaves(emergency.room, str(first.id), Role.AGENT)
    await house.ended(first.id, LegOutcome.CLAIMED, answered=True, role=Role.AGENT, emergency=emergency.id)
    await house.waiting(emergency)
    await house.claims(leg)
    assert (await house.attended(emergency)).owner == "1002"


async def test_who_answers_after_somebody_else_has_her_is_too_late(house: House) -> None:
    emergency, first, leg = await asked(house)
    await house.leaves(emergency.room, str(first.id), Role.AGENT)
    await house.ended(first.id, LegOutcome.CLAIMED, answered=True, role=Role.AGENT, emergency=emergency.id)
    third = house.leg_to(house.telephony.targets[-1])
    await house.claims(third)
    owner = (await house.attended(emergency)).owner
    await claims(house, leg)
    assert (await house.attended(emergency)).owner == owner
    assert str(leg.id) in house.telephony.hung_up
    assert str(third.id) not in house.telephony.hung_up


async def test_whom_she_has_on_hold_an_agent_may_transfer_too(house: House) -> None:
    emergency, first = await talking(house)
    await put_on_hold(house.desk, emergency.id, "1001")
    await house.leaves(emergency.room, str(first.id), Role.AGENT)
    await house.ended(first.id, LegOutcome.CLAIMED, answered=True, role=Role.AGENT, emergency=emergency.id)
    await transfer(house.desk, emergency.id, "1001", to="1002")
    await house.background.settle()
    leg = house.leg_to("PJSIP/1002")
    assert leg.context == variables.CONTEXT_OFFER, "nobody is in the room: the lock decides"
    await take(house.desk, emergency.id, "1001")
    await house.background.settle()
    await house.claims(leg)
    now = await house.attended(emergency)
    assert (now.owner, now.on_hold) == ("1002", None)
    assert house.telephony.hung_up[-1] == str(house.leg_to("PJSIP/1001").id), "whoever came second is let off"


async def test_only_the_owner_asks_and_only_who_is_free_is_asked(house: House) -> None:
    emergency, _ = await talking(house)
    await house.agent("1004", Presence.BREAK)
    with pytest.raises(EmergencyNotYours):
        await transfer(house.desk, emergency.id, "1002", to="1003")
    for nobody in ("1001", "9999", ""):
        with pytest.raises(AgentUnknown):
            await transfer(house.desk, emergency.id, "1001", to=nobody)
    with pytest.raises(AgentNotFree):
        await transfer(house.desk, emergency.id, "1001", to="1004")
    assert house.telephony.targets == []
