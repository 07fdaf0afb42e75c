"""重新打开, 回拨: what is over goes on with all that was written; an agent and an elder are brought together."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from callcenter.domain.calls import Role
from callcenter.domain.emergencies import Closed, Emergency, Step
from callcenter.domain.people import Presence
from callcenter.domain.records import Decided
from callcenter.errors import (
    AgentUnknown,
    ElderConnected,
    EmergencyClosed,
    EmergencyOpen,
    EmergencyTaken,
    EmergencyUnknown,
    NotWhileStorageAway,
)
from callcenter.ports.asterisk_events import LegAnswered
from callcenter.ports.storage import UnitOfWork
from callcenter.services.ask_call_back import ask_call_back
from callcenter.services.close_emergency import close_emergency
from callcenter.services.reopen_emergency import reopen_emergency
from tests.unit.house import House

PAGER, AGENT, OTHER = "PJSIP/pager0001", "PJSIP/1001", "PJSIP/1002"
CUT: dict[str, Any] = {"answered": True, "cause": 16}


async def closed_call(house: House) -> Closed:
    """She pressed, 1001 spoke with her, closed it, and everybody is gone."""
    await house.elder()
    await house.agent("1001")
    emergency = await house.pressed("1.1")
    leg = house.leg_to(AGENT)
    await house.claims(leg)
    await close_emergency(house.desk, emergency.id, by="agent:1001", disposition="1", note="她说没事")
    await house.background.settle()
    house.telephony.leaves(emergency.room, str(leg.id))
    await house.ended("1.1", **CUT)
    house.clock.let_pass(3600)
    house.telephony.forget()
    return await house.closed(emergency)


def rung(house: House) -> list[str]:
    return house.telephony.targets


# ------------------------------------------------------------------------------------------- open again


async def test_it_waits_again_with_all_that_was_written_and_a_new_due_time(house: House) -> None:
    closed = await closed_call(house)
    steps = await house.steps(closed)
    await reopen_emergency(house.desk, closed.id, by="agent:1001", why="女儿来电，说她又不舒服", extension="1001")
    waiting = await house.waiting(closed)
    first = house.desk.config.ladder("default").rungs[0].wait_seconds
    assert waiting.due_at == house.clock.now() + timedelta(seconds=first)
    assert (waiting.opened_at, waiting.first_claimed_at) == (closed.opened_at, closed.first_claimed_at)
    assert rung(house) == [AGENT], "her own phone, and not yet the elder's"
    assert (await house.steps(closed))[: len(steps)] == steps
    assert (await house.steps(closed))[len(steps)] is Step.REOPENED
    decisions = await house.do(lambda work: work.records.decisions(closed.id))
    assert [(each.what, each.note) for each in decisions] == [
        (Decided.CLOSED, "她说没事"),
        (Decided.REOPENED, "女儿来电，说她又不舒服"),
    ]
    assert "女儿" not in str(await house.timeline(closed)), "what somebody says about her is sealed"


async def test_without_a_phone_of_ones_own_the_ladder_begins_at_once(house: House) -> None:
    closed = await closed_call(house)
    await house.agent("1002", idle_since=house.clock.now())
    await reopen_emergency(house.desk, closed.id, by="chief", why="x")
    await house.background.settle()
    assert len(rung(house)) == 1 and rung(house)[0] in (AGENT, OTHER)
    await house.passes(60)
    assert "PJSIP/duty" in rung(house), "and it climbs as any other"


async def test_how_an_old_one_was_closed_is_kept_although_nobody_wrote_a_decision_then(house: House) -> None:
    closed = await closed_call(house)
    await reopen_emergency(house.desk, closed.id, by="chief", why="x")
    again = await close_emergency(house.desk, closed.id, by="chief", disposition="4", note="后来送医")
    await house.background.settle()
    kept = await house.do(lambda work: work.records.decisions(closed.id))
    assert [(each.disposition, each.note) for each in kept] == [
        ("false_alarm", "她说没事"),
        ("", "x"),
        ("handed_to_120", "后来送医"),
    ]
    assert again.first_claimed_at == closed.first_claimed_at


async def test_only_what_is_closed_is_opened_and_one_elder_has_one_open(house: House) -> None:
    closed = await closed_call(house)
    open_one = await house.pressed("2.1")
    for wrong in (closed.id, open_one.id):
        with pytest.raises(EmergencyOpen):
            await reopen_emergency(house.desk, wrong, by="chief", why="x")
    with pytest.raises(EmergencyUnknown):
        await reopen_emergency(house.desk, house.clock.new_id(), by="chief", why="x")
    assert await house.closed(closed) == closed
    assert len(await house.do(lambda work: work.records.decisions(closed.id))) == 1


async def test_while_the_database_is_away_nothing_is_opened_again(house_with: Any) -> None:
    from tests.integration.test_storage_away import locked

    async with house_with(database={"answer_within_seconds": 0.5}) as house:
        closed = await closed_call(house)
        with locked(house.desk.config), pytest.raises(NotWhileStorageAway):
            await reopen_emergency(house.desk, closed.id, by="chief", why="x")


async def test_the_copy_in_memory_knows_it_again_with_everything_that_hangs_on_it(house_with: Any) -> None:
    """The database goes away right after: the ladder goes on from the journal, with her calls and offers."""
    from tests.integration.test_storage_away import locked

    async with house_with(database={"answer_within_seconds": 0.5}) as house:
        closed = await closed_call(house)
        await reopen_emergency(house.desk, closed.id, by="agent:1001", why="x", extension="1001")
        before = await house.timeline(closed)
        with locked(house.desk.config):
            await house.passes(11)
            assert house.storage.away
            assert (await house.waiting(closed)).version > closed.version + 1
            assert (await house.timeline(closed))[: len(before)] == before
            assert len(await house.calls(closed)) == 1


# -------------------------------------------------------------------------------------------- call back


async def test_she_is_rung_when_the_agent_is_in_the_room_and_joins_her(house: House) -> None:
    closed = await closed_call(house)
    await reopen_emergency(house.desk, closed.id, by="agent:1001", why="x", extension="1001", call_back=True)
    await house.background.settle()
    assert rung(house) == [AGENT]
    await house.claims(house.leg_to(AGENT))
    assert rung(house) == [AGENT, PAGER]
    leg = house.leg_to(PAGER)
    assert leg.variables["CC_ROOM"] == closed.room
    await house.hears(LegAnswered(uniqueid=str(leg.id), channel="PJSIP/pager0001-2"))
    assert (await house.attended(closed)).elder_connected


async def test_she_is_rung_at_the_latest_when_somebody_should_have_come(house: House) -> None:
    closed = await closed_call(house)
    await reopen_emergency(house.desk, closed.id, by="agent:1001", why="x", extension="1001", call_back=True)
    await house.passes(house.desk.config.offers.agent_ring_seconds + 1)
    assert PAGER in rung(house)


async def a_cut_call(house: House) -> Emergency:
    """1001 has it and is in the room; she hung up, and ringing her back was given up."""
    await house.elder()
    await house.agent("1001")
    await house.agent("1002", Presence.BREAK)
    emergency = await house.pressed("1.1")
    await house.claims(house.leg_to(AGENT))
    current = await house.attended(emergency)

    def gone(work: UnitOfWork) -> None:
        [call] = work.calls.open_of(emergency.id)
        work.calls.save(replace(call, ended_at=house.clock.now()))
        work.emergencies.save(replace(current, elder_connected=False, call_back_at=None))

    await house.do(gone)
    house.telephony.forget()
    return emergency


async def test_who_has_her_asks_and_she_rings_at_once_from_the_first_number(house: House) -> None:
    emergency = await a_cut_call(house)
    await ask_call_back(house.desk, emergency.id, "1001")
    assert rung(house) == [PAGER]
    [asked] = [entry for entry in await house.timeline(emergency) if entry.detail == "asked for"]
    assert (asked.step, asked.who) == (Step.CALLING_BACK, "agent:1001")
    await ask_call_back(house.desk, emergency.id, "1001")
    assert rung(house) == [PAGER], "asked twice, she rings once"


async def test_of_what_waits_the_agents_phone_rings_first(house: House) -> None:
    emergency = await a_cut_call(house)
    leg = next(offer for offer in await house.offers(emergency) if offer.target == "1001")
    await house.leaves(emergency.room, str(leg.id), Role.AGENT)
    await house.ended(leg.id, **CUT)
    house.telephony.forget()
    await ask_call_back(house.desk, emergency.id, "1002")
    await house.background.settle()
    assert rung(house) == [OTHER]
    await house.claims(house.leg_to(OTHER))
    assert rung(house)[-1] == PAGER


async def test_it_is_refused_where_it_makes_no_sense(house: House) -> None:
    closed = await closed_call(house)
    with pytest.raises(EmergencyClosed):
        await ask_call_back(house.desk, closed.id, "1001")
    connected = await house.pressed("2.1")
    with pytest.raises(ElderConnected):
        await ask_call_back(house.desk, connected.id, "1001")
    with pytest.raises(EmergencyUnknown):
        await ask_call_back(house.desk, house.clock.new_id(), "1001")


async def test_what_another_agent_has_is_hers(house: House) -> None:
    emergency = await a_cut_call(house)
    with pytest.raises(EmergencyTaken):
        await ask_call_back(house.desk, emergency.id, "1002")
    with pytest.raises(AgentUnknown):
        await ask_call_back(house.desk, emergency.id, "")
    assert rung(house) == []
