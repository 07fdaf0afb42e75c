"""Every repository on both databases: what went in comes out."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
import sqlalchemy as sa

from callcenter.app.clock import SystemClock
from callcenter.domain.calls import LegOutcome, Role
from callcenter.domain.emergencies import State, Step
from callcenter.domain.ladder import Position
from callcenter.domain.people import Presence
from callcenter.errors import AgentUnknown, ChangedMeanwhile
from callcenter.ports.storage import UnitOfWork
from storage.database import SqlStorage
from tests.integration.people_made_up import (
    DAUGHTER,
    LANDLINE,
    NOON,
    PAGER_NUMBER,
    a_call,
    a_pager,
    a_profile,
    add,
    an_agent,
    an_alarm,
    an_emergency,
    an_offer,
    told,
)

LATER = NOON + timedelta(seconds=10)


async def test_a_profile_comes_back_whole(storage: SqlStorage, clock: SystemClock) -> None:
    profile = a_profile(clock)
    await storage.transact("add", lambda work: add(work, profile))
    for read in (storage.transact("read", lambda work: work.people.profile(profile.elder.id)),):
        assert await read == profile
    seen = await storage.look_up("read", lambda work: work.people.profile(profile.elder.id), within_seconds=5)
    assert seen == profile
    assert await storage.look_up("no one", lambda work: work.people.profile(clock.new_id()), within_seconds=5) is None


async def test_an_elder_without_lines_and_contacts_has_a_profile(storage: SqlStorage, clock: SystemClock) -> None:
    profile = replace(a_profile(clock, identity_number=""), lines=(), contacts=())
    await storage.transact("add", lambda work: add(work, profile))
    assert await storage.transact("read", lambda work: work.people.profile(profile.elder.id)) == profile


async def test_a_number_finds_everybody_behind_it(storage: SqlStorage, clock: SystemClock) -> None:
    wife = a_profile(clock)
    husband = replace(wife.elder, id=clock.new_id(), name="王示例", identity_number="")
    stranger = replace(a_profile(clock, identity_number=""), lines=())
    await storage.transact("add", lambda work: (add(work, wife), work.people.add_elder(husband), add(work, stranger)))
    await storage.transact("pager", lambda work: work.people.add_device(a_pager(clock, stranger.elder.id)))
    find = storage.look_up
    assert await find("n", lambda work: work.people.by_number(LANDLINE, NOON), within_seconds=5) == sorted(
        [wife.elder.id, husband.id]
    )
    assert await find("n", lambda work: work.people.by_number(PAGER_NUMBER, NOON), within_seconds=5) == [
        stranger.elder.id
    ]
    assert await find("n", lambda work: work.people.by_number(DAUGHTER, NOON), within_seconds=5) == []
    assert await find("n", lambda work: work.people.by_number("", NOON), within_seconds=5) == []
    assert await find("n", lambda work: work.people.by_last_four("0101", 9), within_seconds=5) == sorted(
        [wife.elder.id, husband.id]
    )


async def test_a_reused_account_belongs_to_whoever_holds_it_then(storage: SqlStorage, clock: SystemClock) -> None:
    before, after = a_profile(clock), a_profile(clock, identity_number="")
    old = a_pager(clock, before.elder.id, until=NOON)
    new = a_pager(clock, after.elder.id, since=NOON)

    await storage.transact("add", lambda work: (add(work, before), add(work, after)))
    await storage.transact("pagers", lambda work: (work.people.add_device(old), work.people.add_device(new)))

    async def holder(at: object) -> object:
        return await storage.transact("who", lambda work: work.people.by_account("pager0001", at))  # type: ignore[arg-type]

    assert await holder(NOON - timedelta(seconds=1)) == [before.elder.id]
    assert await holder(NOON) == [after.elder.id]
    assert await holder(NOON - timedelta(days=99)) == []
    assert await storage.transact("kept", lambda work: work.people.devices(after.elder.id, NOON)) == [new]
    assert await storage.transact("ring", lambda work: work.people.call_back_numbers(after.elder.id, NOON)) == (
        ["pager0001"],
        [PAGER_NUMBER, LANDLINE],
    )


async def test_an_identity_number_is_found_however_it_is_written(storage: SqlStorage, clock: SystemClock) -> None:
    profile = a_profile(clock)
    await storage.transact("add", lambda work: add(work, profile))
    found = await storage.transact("id", lambda work: work.people.by_identity_number(" 11010119400506000x"))
    assert found == profile.elder.id
    changed = replace(profile.elder, identity_number="110101194005060011", name="改名")
    await storage.transact("save", lambda work: work.people.save_elder(changed))
    assert await storage.transact("id", lambda work: work.people.by_identity_number("11010119400506000X")) is None
    after = await storage.transact("read", lambda work: work.people.profile(profile.elder.id))
    assert after is not None and after.elder == changed


async def test_presence_follows_from_offers(storage: SqlStorage, clock: SystemClock) -> None:
    agent = an_agent(clock, skills=frozenset({"medical"}), supervisor=True)
    emergency = an_emergency(clock)
    offer = an_offer(clock, emergency.id, agent.extension)
    await storage.transact("add", lambda work: (work.agents.add(agent), work.emergencies.add(emergency)))
    assert await storage.transact("get", lambda work: work.agents.by_extension("1001")) == agent

    async def presence() -> Presence:
        (only,) = await storage.transact("all", lambda work: work.agents.all())
        one = await storage.transact("one", lambda work: work.agents.get(agent.id))
        assert one == only
        return only.presence

    await storage.transact("free", lambda work: work.agents.set_presence(agent.id, Presence.FREE, NOON))
    assert await presence() is Presence.FREE
    await storage.transact("ring", lambda work: work.offers.add(offer))
    assert await presence() is Presence.RINGING
    await storage.transact("talk", lambda work: work.offers.save(replace(offer, outcome=LegOutcome.CLAIMED)))
    assert await presence() is Presence.TALKING
    done = replace(offer, outcome=LegOutcome.CLAIMED, ended_at=LATER)
    await storage.transact("end", lambda work: work.offers.save(done))
    await storage.transact("wrap", lambda work: work.agents.set_presence(agent.id, Presence.WRAP_UP, LATER))
    (after,) = await storage.transact("all", lambda work: work.agents.all())
    assert after == replace(agent, presence=Presence.WRAP_UP, presence_since=LATER, idle_since=NOON)
    with pytest.raises(AgentUnknown):
        await storage.transact("?", lambda work: work.agents.set_presence(clock.new_id(), Presence.FREE, NOON))


async def test_an_emergency_lives_through_its_states(storage: SqlStorage, clock: SystemClock) -> None:
    profile, agent = a_profile(clock), an_agent(clock)
    waiting = an_emergency(clock, profile.elder.id, needs=frozenset({"medical"}), candidates=(profile.elder.id,))
    await storage.transact("add", lambda work: (add(work, profile), work.agents.add(agent)))
    await storage.transact("raise", lambda work: work.emergencies.add(waiting))
    assert await storage.transact("get", lambda work: work.emergencies.get(waiting.id)) == waiting
    assert await storage.transact("open", lambda work: work.emergencies.open_of_elder(profile.elder.id)) == waiting
    assert await storage.transact("room", lambda work: work.emergencies.open_in_room(waiting.room)) == waiting

    climbed = waiting.climbed(Position(round=2, rung=1, single=3), LATER)
    await storage.transact("climb", lambda work: work.emergencies.save(climbed))
    climbed = replace(climbed, version=1)
    assert await storage.transact("get", lambda work: work.emergencies.get(waiting.id)) == climbed

    attended = climbed.claimed(by=str(agent.id), role=Role.AGENT, offer=None, now=LATER, review_seconds=30)
    await storage.transact("claim", lambda work: work.emergencies.save(attended))
    attended = replace(attended, version=2)
    assert await storage.transact("get", lambda work: work.emergencies.get(waiting.id)) == attended

    closed = attended.closed(by=str(agent.id), disposition="false_alarm", note="误触", now=LATER)
    await storage.transact("close", lambda work: work.emergencies.save(closed))
    closed = replace(closed, version=3)
    assert await storage.transact("get", lambda work: work.emergencies.get(waiting.id)) == closed
    assert await storage.transact("recent", lambda work: work.emergencies.recent(9)) == [closed]
    assert await storage.transact("recent", lambda work: work.emergencies.recent(9, State.WAITING)) == []
    assert await storage.transact("open", lambda work: work.emergencies.open_of_elder(profile.elder.id)) is None
    with pytest.raises(ChangedMeanwhile):  # nothing happens to what is closed
        await storage.transact("again", lambda work: work.emergencies.save(replace(climbed, version=3)))


async def test_an_old_version_is_refused_and_two_saves_in_one_transaction_are_one_step(
    storage: SqlStorage, clock: SystemClock
) -> None:
    waiting = an_emergency(clock)
    await storage.transact("raise", lambda work: work.emergencies.add(waiting))

    def twice(work: object) -> None:
        work.emergencies.save(replace(waiting, presses=2))  # type: ignore[attr-defined]
        work.emergencies.save(replace(waiting, presses=3))  # type: ignore[attr-defined]

    await storage.transact("twice", twice)
    now = await storage.transact("get", lambda work: work.emergencies.get(waiting.id))
    assert now == replace(waiting, presses=3, version=1)
    with pytest.raises(ChangedMeanwhile):
        await storage.transact("old", lambda work: work.emergencies.save(replace(waiting, presses=9)))


async def test_an_unknown_caller_is_known_again_by_account_or_line(storage: SqlStorage, clock: SystemClock) -> None:
    first = an_emergency(clock)
    await storage.transact("raise", lambda work: work.emergencies.add(first))
    for account, line, expected in (
        ("pager0001", "", first),
        ("", PAGER_NUMBER, first),
        ("other", DAUGHTER, None),
        ("", "", None),
    ):
        found = await storage.transact("same", lambda work, a=account, n=line: work.emergencies.open_of_caller(a, n))
        assert found == expected


async def test_due_is_most_urgent_first_and_of_this_node_only(storage: SqlStorage, clock: SystemClock) -> None:
    from callcenter.domain.calls import Key

    green = an_emergency(clock, key=Key.GREEN)
    red = an_emergency(clock)
    not_yet = an_emergency(clock, due_at=LATER)
    call_back = an_emergency(clock, due_at=LATER, call_back_at=NOON)
    elsewhere = an_emergency(clock, node="node2")
    everything = (green, red, not_yet, call_back, elsewhere)
    await storage.transact("raise", lambda work: [work.emergencies.add(one) for one in everything])
    due = await storage.transact("due", lambda work: work.emergencies.due("node1", NOON, 10))
    assert due == [red.id, call_back.id, green.id]
    assert await storage.transact("due", lambda work: work.emergencies.due("node1", NOON, 1)) == [red.id]
    opened = await storage.transact("open", lambda work: work.emergencies.all_open("node1"))
    assert [one.id for one in opened] == [red.id, not_yet.id, call_back.id, green.id]


async def test_legs_and_timeline_come_back(storage: SqlStorage, clock: SystemClock) -> None:
    emergency = an_emergency(clock)
    alarm, offer, call = (
        an_alarm(clock, emergency.id),
        an_offer(clock, emergency.id, "standby1", role=Role.STANDBY, destination=f"PJSIP/{DAUGHTER}@trunk"),
        a_call(clock, emergency.id),
    )
    entries = [told(clock, emergency.id), told(clock, emergency.id, Step.OFFERED)]

    def everything(work: object) -> None:
        work.emergencies.add(emergency)  # type: ignore[attr-defined]
        work.offers.add(offer)  # type: ignore[attr-defined]
        work.calls.add(call)  # type: ignore[attr-defined]
        for entry in entries:
            work.emergencies.tell(entry)  # type: ignore[attr-defined]
        work.calls.add_alarm(alarm)  # type: ignore[attr-defined]

    await storage.transact("all", everything)
    again = replace(alarm, id=clock.new_id())
    with pytest.raises(sa.exc.IntegrityError):
        await storage.transact("again", lambda work: work.calls.add_alarm(again))
    assert await storage.transact("alarm", lambda work: work.calls.alarm_of_entry(alarm.uniqueid)) == alarm
    assert await storage.transact("offers", lambda work: work.offers.open_of(emergency.id)) == [offer]
    assert await storage.transact("offers", lambda work: work.offers.all_open()) == [offer]
    assert await storage.transact("call", lambda work: work.calls.by_uniqueid(call.uniqueid)) == call
    assert await storage.transact("call", lambda work: work.calls.get(call.id)) == call
    assert await storage.transact("line", lambda work: work.emergencies.timeline(emergency.id)) == entries
    ended = replace(call, ended_at=LATER, outcome=LegOutcome.NO_ANSWER, cause=19, recording="x.wav")
    over = replace(offer, ended_at=LATER, outcome=LegOutcome.BUSY, cause=17)
    await storage.transact("end", lambda work: (work.calls.save(ended), work.offers.save(over)))
    assert await storage.transact("open", lambda work: work.calls.open_of(emergency.id)) == []
    assert await storage.transact("all", lambda work: work.calls.all_of(emergency.id)) == [ended]
    assert await storage.transact("open", lambda work: work.offers.open_of(emergency.id)) == []
    assert await storage.transact("get", lambda work: work.offers.get(offer.id)) == over


async def test_guests_are_those_rung_to_join_while_somebody_attends(storage: SqlStorage, clock: SystemClock) -> None:
    waiting, attended = (an_emergency(clock) for _ in range(2))
    held = attended.claimed(by="1001", role=Role.AGENT, offer=None, now=NOON, review_seconds=9)
    rung = an_offer(clock, held.id, "1001")
    first, second = (
        an_offer(clock, held.id, name, role=Role.CONTACT, claims=False, started_at=at)
        for name, at in (("daughter", NOON), ("son", LATER))
    )
    elsewhere = an_offer(clock, waiting.id, "city", role=Role.DISPATCHER, claims=False)

    def everything(work: UnitOfWork) -> None:
        work.emergencies.add(waiting)
        work.emergencies.add(held)
        for offer in (rung, second, first, elsewhere):
            work.offers.add(offer)

    await storage.transact("all", everything)
    over = replace(first, ended_at=LATER, outcome=LegOutcome.BUSY)
    await storage.transact("busy", lambda work: work.offers.save(over))
    assert await storage.look_up("guests", lambda work: work.offers.guests(), within_seconds=5) == [over, second]
    closed = held.closed(by="1001", disposition="false_alarm", note="", now=LATER)
    await storage.transact("close", lambda work: work.emergencies.save(closed))
    assert await storage.look_up("guests", lambda work: work.offers.guests(), within_seconds=5) == []


async def test_elders_can_be_paged_through(storage: SqlStorage, clock: SystemClock) -> None:
    profiles = [replace(a_profile(clock, identity_number=""), lines=()) for _ in range(5)]
    await storage.transact("add", lambda work: [add(work, profile) for profile in profiles])
    ids = sorted(profile.elder.id for profile in profiles)
    first = await storage.transact("page", lambda work: work.people.ids_after(None, 3))
    rest = await storage.transact("page", lambda work: work.people.ids_after(first[-1], 3))
    assert first + rest == ids
