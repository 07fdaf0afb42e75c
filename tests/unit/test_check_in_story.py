"""The check-in's conversation: what she says or presses, and what becomes of her."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, suppress
from typing import Any

import pytest

from callcenter.app import stories
from callcenter.domain.calls import Key
from callcenter.domain.check_ins import CheckIn, CheckInOutcome, CheckInState, Confirmation
from callcenter.domain.ladder import CHECK_IN_LADDER
from callcenter.errors import CallerHungUp
from callcenter.ports.story_call import Ending, Heard
from dialplans import variables
from ivr.stories.check_in import check_in, check_in_contact
from ivr.stories.landline import landline
from tests.unit.fakes import HANGS_UP, FakeCall, a_press
from tests.unit.house import House
from tests.unit.test_landline import takes_long
from tests.unit.test_services_check_ins import OPEN, due, looks, now


@pytest.fixture
async def house(house_with: Callable[..., AbstractAsyncContextManager[House]]) -> AsyncIterator[House]:
    async with house_with(check_ins=OPEN) as opened:
        yield opened


def said(words: str) -> Heard:
    return Heard(ending=Ending.WORDS, words=words, confidence=1.0)


def spoke() -> Heard:
    return Heard(ending=Ending.UNCLEAR)


async def answers(house: House, *given: Heard | str, **plan: Any) -> tuple[FakeCall, CheckIn]:
    """She is rung, answers, and says this; nobody comes, so that she hangs up in the end if she has to wait."""
    row = await due(house, 600, **plan)
    await looks(house)
    leg = str(house.telephony.rung[-1].id)
    call = FakeCall(a_press(leg, account="", key=Key.LANDLINE), answers=given)
    try:
        await check_in(call, house.desk, stories.load_language(house.desk.config))
    except CallerHungUp:
        call.did.append("waits")
    await house.background.settle()
    return call, await now(house, row)


@pytest.mark.parametrize("fine", ["1", said("我很好"), said("没事")])
async def test_fine_by_key_or_word(house: House, fine: Heard | str) -> None:
    call, row = await answers(house, fine)
    assert (row.state, row.outcome) == (CheckInState.SETTLED, CheckInOutcome.CONFIRMED)
    assert call.step == variables.DONE_GOODBYE
    assert "张示例您好" in house.voice.texts[-1]
    assert await house.all_open() == []


@pytest.mark.parametrize("help_", ["2", said("救命"), said("我头晕"), said("不舒服")])
async def test_help_is_a_red_emergency_in_the_same_call(house: House, help_: Heard | str) -> None:
    call, row = await answers(house, help_)
    assert (row.outcome, row.settled_by) == (CheckInOutcome.ASKED_FOR_HELP, "emergency")
    [emergency] = await house.all_open()
    assert (emergency.id, emergency.elder, emergency.key) == (row.emergency, row.elder, Key.RED)
    assert call.step != variables.DONE_GOODBYE
    assert "say received" in call.did


async def test_zero_is_a_person(house: House) -> None:
    _, row = await answers(house, "0")
    [emergency] = await house.all_open()
    assert (row.emergency, emergency.key) == (emergency.id, Key.LANDLINE)


async def test_silence_twice_is_a_person_and_never_fine(house: House) -> None:
    call, row = await answers(house, "", "")
    assert row.outcome is CheckInOutcome.ANSWERED_SILENT
    [emergency] = await house.all_open()
    assert (emergency.id, emergency.elder) == (row.emergency, row.elder)
    assert call.heard.count("check_in_question") == 2
    assert call.step != variables.DONE_GOODBYE


async def test_a_silent_call_that_no_agent_takes_climbs_to_her_family_and_120(house: House) -> None:
    await answers(house, "", "")
    [emergency] = await house.all_open()
    assert emergency.ladder == CHECK_IN_LADDER
    house.telephony.forget()
    await house.passes(60)
    roles = {leg.variables[variables.ROLE] for leg in house.telephony.rung}
    assert {variables.ROLE_CONTACT, variables.ROLE_DISPATCHER} <= roles


async def test_silent_once_and_then_fine(house: House) -> None:
    _, row = await answers(house, "", "1")
    assert row.outcome is CheckInOutcome.CONFIRMED


async def test_what_is_not_understood_is_rung_again(house: House) -> None:
    call, row = await answers(house, spoke(), "")
    assert (row.state, row.outcome, row.tries) == (CheckInState.DUE, CheckInOutcome.UNCLEAR, 1)
    assert call.heard[-1] == "check_in_again_later"
    assert await house.all_open() == []


async def test_what_is_not_understood_in_the_last_call_of_the_day_gets_a_person(house: House) -> None:
    row = await due(house, 60, 120)
    for attempt in (1, 2, 3):
        await looks(house, 120)
        leg = str(house.telephony.rung[-1].id)
        call = FakeCall(a_press(leg, account="", key=Key.LANDLINE), answers=[spoke(), spoke()])
        with suppress(CallerHungUp):
            await check_in(call, house.desk, stories.load_language(house.desk.config))
        await house.background.settle()
        assert len(await house.all_open()) == (attempt == 3)
    [emergency] = await house.all_open()
    settled = await now(house, row)
    assert (settled.state, settled.outcome) == (CheckInState.SETTLED, CheckInOutcome.UNCLEAR)
    assert (settled.emergency, emergency.ladder) == (emergency.id, CHECK_IN_LADDER)


async def test_where_only_a_key_confirms_a_word_does_not(house: House) -> None:
    _, row = await answers(house, said("我很好"), spoke(), confirmation=Confirmation.KEY)
    assert row.outcome is CheckInOutcome.UNCLEAR


async def test_nine_is_written_down_for_a_human_and_she_is_called_on(house: House) -> None:
    _, row = await answers(house, "9")
    assert (row.outcome, row.settled_by) == (CheckInOutcome.CONFIRMED, "opt_out")
    plan = await house.do(lambda unit: unit.check_ins.plan(row.plan))
    assert plan is not None and plan.opted_out_at == house.clock.now() and plan.ends_on is None


async def test_who_hangs_up_is_not_fine_before_her_leg_says_so(house: House) -> None:
    _, row = await answers(house, HANGS_UP)
    assert (row.state, row.outcome) == (CheckInState.DIALLING, None)


async def test_without_a_voice_she_is_greeted_without_her_name(house: House) -> None:
    house.voice.away = True
    call, row = await answers(house, "1")
    assert call.heard[0] == "check_in_greeting_plain"
    assert row.outcome is CheckInOutcome.CONFIRMED


@pytest.mark.parametrize(("key", "people"), [("1", 0), ("2", 1)])
async def test_while_the_database_is_away_only_who_needs_somebody_gets_one(house: House, key: str, people: int) -> None:
    """Hundreds may be on the line just then: a failed story would ring an agent for each of them."""
    row = await due(house)
    await house.storage.refresh_hot_cache()
    await looks(house)
    call = FakeCall(a_press(str(house.telephony.rung[-1].id), account="", key=Key.LANDLINE), answers=[key])
    holder = sqlite3.connect(house.desk.config.path(house.desk.config.folder / "callcenter.db"), isolation_level=None)
    holder.execute("BEGIN IMMEDIATE")
    try:
        with suppress(CallerHungUp):
            await check_in(call, house.desk, stories.load_language(house.desk.config))
        assert house.storage.away
        assert [emergency.elder for emergency in await house.all_open()] == [row.elder] * people
    finally:
        holder.close()
    assert (call.step == variables.DONE_GOODBYE) is (people == 0)
    await house.background.settle()


async def test_ringing_us_confirms_and_who_then_hangs_up_is_not_rung_back(house: House) -> None:
    row = await due(house)
    call = FakeCall(a_press("7.1", account="pager0001", key=Key.LANDLINE), answers=[HANGS_UP])
    with pytest.raises(CallerHungUp):
        await landline(call, house.desk, stories.load_language(house.desk.config))
    assert (await now(house, row)).settled_by == "ring_back"
    assert call.did.index("forget entry") < call.did.index("ask check_in_ring_back")


async def test_who_rings_us_and_then_says_nothing_gets_a_person(house: House) -> None:
    row = await due(house)
    call = FakeCall(a_press("7.1", account="pager0001", key=Key.LANDLINE), answers=[""] * 4)
    with pytest.raises(CallerHungUp):
        await landline(call, house.desk, stories.load_language(house.desk.config))
    assert (await now(house, row)).settled_by == "ring_back"
    assert len(await house.all_open()) == 1


async def test_who_rings_us_is_spoken_with_before_that_is_written_down(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ivr.stories.check_in._SIGN_WITHIN_SECONDS", 0.05)
    monkeypatch.setattr("ivr.stories.check_in.sign_of_life", takes_long)
    await due(house)
    call = FakeCall(a_press("7.1", account="pager0001", key=Key.LANDLINE), answers=[HANGS_UP])
    async with asyncio.timeout(5):
        with pytest.raises(CallerHungUp):
            await landline(call, house.desk, stories.load_language(house.desk.config))
    assert call.heard[0] == "landline_greeting"
    await house.background.finish(0)


async def test_ringing_us_for_help_is_an_emergency(house: House) -> None:
    await due(house)
    call = FakeCall(a_press("7.1", account="pager0001", key=Key.LANDLINE), answers=["2"])
    with pytest.raises(CallerHungUp):
        await landline(call, house.desk, stories.load_language(house.desk.config))
    [emergency] = await house.all_open()
    assert emergency.key is Key.RED


@pytest.mark.parametrize(("key", "state"), [("1", CheckInState.VISIT), ("2", CheckInState.CONTACTS)])
async def test_a_contact_is_asked_and_only_1_is_a_yes(house: House, key: str, state: CheckInState) -> None:
    row = await due(house)
    await looks(house)
    await house.ended(house.telephony.rung[-1].id)
    await looks(house)
    call = FakeCall(a_press(str(house.telephony.rung[-1].id), account=""), script=["", key])
    await check_in_contact(call, house.desk)
    assert (await now(house, row)).state is state
    assert "张示例今天的平安问候没有回应" in house.voice.texts[-1]
