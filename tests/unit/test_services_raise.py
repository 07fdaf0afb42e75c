"""报警: what a press opens or joins. Recorded first, once each, whatever comes after."""

from __future__ import annotations

import sqlite3
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from callcenter.domain.calls import Key, LegOutcome, Role
from callcenter.domain.emergencies import State, Step, Waiting
from callcenter.domain.ladder import Position
from callcenter.domain.people import Identity, Presence
from callcenter.errors import NotWhileStorageAway, WrongDataKey
from callcenter.services import climb_ladder, identify_caller, raise_emergency
from callcenter.services.close_emergency import close_emergency
from callcenter.services.make_urgent import make_urgent
from tests.unit.fakes import a_press
from tests.unit.house import House


async def test_a_press_is_recorded_with_who_when_and_what(house: House) -> None:
    profile = await house.elder(needs=frozenset({"medical"}))
    emergency = await house.pressed()
    stored = await house.waiting(emergency)
    assert (stored.elder, stored.key, stored.account) == (profile.elder.id, Key.RED, "pager0001")
    assert stored.needs == {"medical"}
    assert stored.room == f"cc-{stored.id}"
    [call] = await house.calls(emergency)
    assert (call.inbound, call.uniqueid, call.ended_at, call.recording) == (True, "1.1", None, "1.1.wav")
    assert (await house.steps(emergency))[:2] == [Step.RAISED, Step.IDENTIFIED]
    assert house.meters.states == [(emergency.id, State.WAITING)]


async def test_it_is_committed_before_anything_rings(house: House) -> None:
    await house.agent()
    ring = house.telephony.ring
    seen: list[int] = []

    async def looks_first(leg: Any) -> None:
        seen.append(len(await house.all_open()))
        await ring(leg)

    house.telephony.ring = looks_first  # type: ignore[method-assign]
    await house.pressed()
    assert seen == [1]


async def test_ten_presses_are_one_emergency(house: House) -> None:
    await house.elder()
    await house.agent()
    for number in range(10):
        await house.pressed(f"1.{number}")
    [emergency] = await house.all_open()
    assert emergency.presses == 10
    assert house.telephony.targets == ["PJSIP/1001"]
    assert (await house.steps(emergency)).count(Step.JOINED_BY_ALARM) == 9


async def test_the_same_entry_twice_is_one_press(house: House) -> None:
    first = await house.pressed("1.1")
    again = await house.pressed("1.1")
    assert again.id == first.id
    assert (await house.waiting(first)).presses == 1
    assert len(await house.calls(first)) == 1


@pytest.mark.parametrize("who", [{"account": "pager0009"}, {"account": "", "line": "+8613900009999"}])
async def test_the_presses_of_one_unknown_caller_join(house: House, who: dict[str, Any]) -> None:
    first = await house.pressed("1.1", **who)
    assert (await house.pressed("1.2", **who)).id == first.id
    other = await house.pressed("1.3", account="pager0008")
    assert other.id != first.id


async def test_two_callers_who_withhold_their_number_are_two(house: House) -> None:
    first = await house.pressed("1.1", account="")
    second = await house.pressed("1.2", account="")
    assert first.id != second.id


async def test_a_press_after_the_end_opens_a_new_one(house: House) -> None:
    await house.elder()
    first = await house.pressed("1.1")
    await close_emergency(house.desk, first.id, by="agent:1001", disposition="1")
    assert (await house.pressed("1.2")).id != first.id


async def test_an_account_in_new_hands_never_brings_the_old_name(house: House) -> None:
    old = await house.elder("pager0001", identity_number="")
    new = await house.elder("pager0002", name="李示例", identity_number="")
    day = house.clock.now() - timedelta(days=1)

    def change_hands(unit: Any) -> None:
        [theirs] = unit.people.devices(old.elder.id, house.clock.now())
        unit.people.save_device(replace(theirs, until=day))
        unit.people.add_device(replace(theirs, id=house.clock.new_id(), elder=new.elder.id, since=day))

    await house.do(change_hands)
    assert (await house.pressed(account="pager0001")).elder == new.elder.id


async def test_a_green_key_climbs_the_ladder_that_does_not_call_120(house: House) -> None:
    await house.elder()
    emergency = await house.pressed(key=Key.GREEN)
    assert emergency.ladder == "service"
    await house.passes(120, tick_seconds=5)
    assert not [each for each in house.telephony.targets if "dispatcher" in each or "trunk" in each]


async def test_a_red_key_after_a_green_one_makes_it_red(house: House) -> None:
    await house.elder()
    green = await house.pressed("1.1", key=Key.GREEN)
    red = await house.pressed("1.2", key=Key.RED)
    assert red.id == green.id
    stored = await house.waiting(red)
    assert (stored.key, stored.ladder, stored.priority) == (Key.RED, "default", 1)
    await house.passes(60, tick_seconds=5)
    assert "PJSIP/dispatcher" in house.telephony.targets


async def test_a_landline_call_after_a_green_key_is_more_urgent_but_no_red_key(house: House) -> None:
    await house.elder()
    await house.pressed("1.1", key=Key.GREEN)
    joined = await house.pressed("1.2", key=Key.LANDLINE)
    assert (joined.key, joined.ladder) == (Key.LANDLINE, "service")


async def test_a_green_key_after_a_red_one_changes_nothing(house: House) -> None:
    await house.elder()
    await house.pressed("1.1")
    joined = await house.pressed("1.2", key=Key.GREEN)
    assert (joined.key, joined.ladder) == (Key.RED, "default")


async def test_made_urgent_it_climbs_her_own_ladder_at_once(house: House) -> None:
    await house.elder()
    emergency = await house.pressed(key=Key.LANDLINE)
    await house.passes(30)
    house.telephony.forget()
    await make_urgent(house.desk, emergency.id)
    await house.background.settle()
    assert (await house.waiting(emergency)).ladder == "default"
    assert house.telephony.rung
    before = len(house.telephony.rung)
    await make_urgent(house.desk, emergency.id)
    await house.background.settle()
    assert len(house.telephony.rung) == before


async def test_made_urgent_while_somebody_has_it_nobody_else_rings(house: House) -> None:
    await house.agent()
    emergency = await house.pressed(key=Key.GREEN)
    await house.claims(house.leg_to("PJSIP/1001"))
    house.telephony.forget()
    await make_urgent(house.desk, emergency.id)
    await house.background.settle()
    assert (await house.attended(emergency)).key is Key.RED
    assert house.telephony.rung == []


async def test_two_elders_at_once_get_two_agents(house: House) -> None:
    await house.elder("pager0001", identity_number="")
    await house.elder("pager0002", name="李示例", identity_number="")
    await house.agent("1001")
    await house.agent("1002")
    await house.pressed("1.1", account="pager0001")
    await house.pressed("1.2", account="pager0002")
    assert house.telephony.targets == ["PJSIP/1001", "PJSIP/1002"]


# -------------------------------------------------------------------------- what may go wrong meanwhile


async def test_an_exception_in_the_first_rung_does_not_lose_the_emergency(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    def breaks(*_: Any, **__: Any) -> None:
        raise ZeroDivisionError("a rung nobody foresaw")

    await house.agent()
    monkeypatch.setattr(climb_ladder, "best_first", breaks)
    emergency = await house.pressed()
    assert isinstance(await house.now(emergency), Waiting)
    assert house.telephony.targets == ["PJSIP/1001"]  # the rung above
    monkeypatch.setattr(climb_ladder, "everyone", breaks)
    await house.passes(60, tick_seconds=5)
    assert "PJSIP/dispatcher" in house.telephony.targets


@pytest.mark.parametrize("fault", [WrongDataKey("elders"), ValueError("a date nobody understands")])
async def test_a_profile_that_cannot_be_read_leaves_her_unknown_but_recorded(
    house: House, monkeypatch: pytest.MonkeyPatch, fault: Exception
) -> None:
    await house.elder()

    def breaks(*_: Any) -> Any:
        raise fault

    monkeypatch.setattr(identify_caller, "read_identity", breaks)
    raised = await raise_emergency.raise_emergency(house.desk, a_press("1.1"))
    await house.background.settle()
    assert raised.identity == Identity()
    assert isinstance(await house.now(raised.emergency), Waiting)


@pytest.fixture
def lock(tmp_path: Path) -> Any:
    """Another process holds SQLite's write lock."""

    def taken() -> sqlite3.Connection:
        holder = sqlite3.connect(tmp_path / "callcenter.db", isolation_level=None)
        holder.execute("BEGIN IMMEDIATE")
        return holder

    return taken


async def test_while_the_database_is_away_she_is_recorded_rung_for_and_claimed_but_not_closed(
    house_with: Any, lock: Any
) -> None:
    async with house_with(database={"answer_within_seconds": 0.2, "retry_every_seconds": 60}) as house:
        profile = await house.elder()
        await house.agent()
        await house.storage.refresh_hot_cache()
        holder = lock()
        try:
            emergency = await house.pressed()
            assert house.storage.away
            assert emergency.elder == profile.elder.id
            await house.claims(house.leg_to("PJSIP/1001"))
            assert (await house.attended(emergency)).owner == "1001"
            with pytest.raises(NotWhileStorageAway):
                await close_emergency(house.desk, emergency.id, by="agent:1001", disposition="1")
            assert (await house.attended(emergency)).owner == "1001"
            await house.leaves(emergency.room, str(house.leg_to("PJSIP/1001").id), Role.AGENT)
            assert isinstance(await house.now(emergency), Waiting)
        finally:
            holder.execute("ROLLBACK")
            holder.close()


async def test_presence_that_was_lost_by_a_crash_never_hides_an_agent(house: House) -> None:
    """An offer whose end nobody told keeps its agent ringing only until the ladder's next look at it."""
    agent = await house.agent()
    first = await house.pressed("1.1", account="a1")
    assert await house.presence(agent) is Presence.RINGING
    await house.ended(house.leg_to("PJSIP/1001").id, LegOutcome.NO_ANSWER)
    assert await house.presence(agent) is Presence.FREE
    assert (await house.waiting(first)).position != Position()
