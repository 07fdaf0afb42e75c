"""The daily check-in on real calls: each ends in its state, and in what follows from it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from uuid import UUID

import pytest

from tests.acceptance import sounds
from tests.acceptance.check_in_house import MOBILES, PHONES, CheckInHouse, in_ten_minutes
from tests.acceptance.conftest import running
from tests.acceptance.hotline import CONTACTS
from tests.acceptance.sounds import PROMPTS, VOICES


@pytest.fixture(scope="module")
def check_in_house() -> Iterator[CheckInHouse]:
    with running(CheckInHouse) as house:
        yield house


@pytest.fixture
async def hotline(check_in_house: CheckInHouse) -> AsyncIterator[CheckInHouse]:
    await check_in_house.serve()
    yield check_in_house
    await check_in_house.tidy()
    await check_in_house.quit()


async def test_key_1_is_fine(hotline: CheckInHouse) -> None:
    phone = await hotline.phone(PHONES[0])
    await hotline.calls(PHONES[0], 2)
    await phone.until("CALL_INCOMING")
    await phone.answer()
    await phone.hears(0, within=6, seconds=1)  # the greeting, spoken
    await phone.press("1")
    await phone.until("CALL_CLOSED", within=15)
    await phone.hears(PROMPTS["goodbye"], within=1)
    row = await hotline.ends_as(PHONES[0], "settled", "confirmed")
    assert row["settled_by"] == "answer"
    assert hotline.open_emergencies() == []


async def test_key_2_brings_an_agent_into_the_same_call(hotline: CheckInHouse) -> None:
    await hotline.on_duty("1001")
    phone, agent = await hotline.phones(PHONES[1], "1001")
    await hotline.calls(PHONES[1], 2)
    await phone.until("CALL_INCOMING")
    await phone.answer()
    await phone.hears(0, within=6, seconds=1)
    await phone.press("2")
    await agent.until("CALL_INCOMING", within=8)
    await agent.answer()
    await agent.hears(VOICES["elder"], within=6)
    await phone.hears(VOICES["agent"], within=6)
    assert phone.count("CALL_INCOMING") == 1
    [emergency] = hotline.open_emergencies()
    assert emergency.row["key"] == "red"
    assert emergency.row["elder"] == hotline.elders[PHONES[1]].id.hex
    row = await hotline.ends_as(PHONES[1], "settled", "asked_for_help")
    assert row["emergency"] == emergency.row["id"]


async def test_silence_brings_an_agent_into_the_same_call(hotline: CheckInHouse) -> None:
    await hotline.on_duty("1001")
    phone, agent = await hotline.phones(PHONES[2], "1001")
    await hotline.calls(PHONES[2], 2)
    await phone.until("CALL_INCOMING")
    await phone.answer()
    await agent.until("CALL_INCOMING", within=40)
    await agent.answer()
    await phone.hears(VOICES["agent"], within=6)
    await agent.hears(VOICES["elder"], within=6)
    [emergency] = hotline.open_emergencies()
    assert emergency.row["elder"] == hotline.elders[PHONES[2]].id.hex
    await hotline.ends_as(PHONES[2], "settled", "answered_silent")


async def test_a_mailbox_is_no_silent_elder_and_is_rung_again(hotline: CheckInHouse) -> None:
    await hotline.on_duty("1001")
    mailbox = sounds.greeting(hotline.folder / "mailbox.wav", VOICES["elder"], seconds=4)
    phone, agent = [await hotline.phone(MOBILES[0], play=mailbox), await hotline.phone("1001")]
    await hotline.calls(MOBILES[0], 60)
    await phone.until("CALL_INCOMING")
    await phone.answer()
    await phone.hears(0, within=10, seconds=1)  # the greeting, spoken after its own
    await hotline.ends_as(MOBILES[0], "due", "machine", within=30)
    assert hotline.open_emergencies() == []
    assert agent.count("CALL_INCOMING") == 0


async def test_whoever_says_a_word_on_a_mobile_is_no_mailbox(hotline: CheckInHouse) -> None:
    await hotline.on_duty("1001")
    word = sounds.greeting(hotline.folder / "word.wav", VOICES["elder"], seconds=0.6)
    phone, agent = [await hotline.phone(MOBILES[1], play=word), await hotline.phone("1001")]
    await hotline.calls(MOBILES[1], 60)
    await phone.until("CALL_INCOMING")
    await phone.answer()
    await agent.until("CALL_INCOMING", within=40)
    await hotline.ends_as(MOBILES[1], "settled", "answered_silent")


async def test_busy_then_fine_at_the_second_attempt(hotline: CheckInHouse) -> None:
    phone = await hotline.phone(PHONES[3])
    await hotline.calls(PHONES[3], 2)
    await phone.until("CALL_INCOMING")
    await phone.hang_up()
    await phone.until("CALL_INCOMING", times=2)
    await phone.answer()
    await phone.hears(0, within=6, seconds=1)
    await phone.press("1")
    await hotline.ends_as(PHONES[3], "settled", "confirmed", within=10)
    assert hotline.outcomes(PHONES[3]) == ["busy", "confirmed"]


async def test_no_answer_twice_and_a_contact_takes_it(hotline: CheckInHouse) -> None:
    phone, contact = await hotline.phones(PHONES[4], CONTACTS[0])
    await hotline.calls(PHONES[4], 1)
    await contact.until("CALL_INCOMING", within=20)
    assert phone.count("CALL_INCOMING") == 2
    await contact.answer()
    await contact.hears(0, within=6, seconds=1)
    await contact.press("1")
    await hotline.ends_as(PHONES[4], "visit", "no_answer")
    assert hotline.outcomes(PHONES[4]) == ["no_answer", "no_answer", "claimed"]
    [visit] = hotline.rows("select * from visit_tasks where elder = ?", hotline.elders[PHONES[4]].id.hex)
    assert visit["accepted_by"].startswith("contact:")
    assert visit["closed_at"] is None
    await hotline.ask("check_in_visit", visit=str(UUID(visit["id"])), step="found", by="家属", found="well")
    row = await hotline.ends_as(PHONES[4], "settled", "no_answer")
    assert row["settled_by"] == "visit"


async def test_not_registered_is_unreachable_and_a_door_is_knocked_on(hotline: CheckInHouse) -> None:
    await hotline.calls(PHONES[5])
    await hotline.ends_as(PHONES[5], "visit", "unreachable", within=10)
    assert hotline.outcomes(PHONES[5])[:1] == ["unreachable"]


async def test_ringing_back_before_the_second_attempt_confirms(hotline: CheckInHouse) -> None:
    phone = await hotline.phone(PHONES[6])
    await hotline.calls(PHONES[6], 60)
    await phone.until("CALL_INCOMING")
    await phone.hang_up()
    await hotline.until(lambda: hotline.outcomes(PHONES[6]) == ["busy"], why="busy is noted")
    await phone.dial("12349")
    row = await hotline.ends_as(PHONES[6], "settled", "confirmed")
    assert row["settled_by"] == "ring_back"
    await phone.hears(0, within=6, seconds=1)
    await phone.hang_up()
    assert hotline.open_emergencies() == []


async def test_on_leave_she_is_not_rung(hotline: CheckInHouse) -> None:
    phone = await hotline.phone(PHONES[7])
    await hotline.plan(PHONES[7], begins=in_ten_minutes())
    await hotline.ask("check_in_hold", elder=str(hotline.elders[PHONES[7]].id), by="1001", reason="走亲戚")
    row = hotline.check_in(PHONES[7])
    assert row is not None
    assert (row["state"], row["settled_by"]) == ("settled", "hold")
    assert phone.count("CALL_INCOMING") == 0


async def test_who_hangs_up_in_the_greeting_is_not_fine(hotline: CheckInHouse) -> None:
    phone = await hotline.phone(PHONES[8])
    await hotline.calls(PHONES[8], 60)
    await phone.until("CALL_INCOMING")
    await phone.answer()
    await phone.until("CALL_ESTABLISHED")
    await phone.hang_up()
    await hotline.ends_as(PHONES[8], "due", "unclear")


async def test_python_killed_in_mid_call_leaves_her_with_an_agent(hotline: CheckInHouse) -> None:
    await hotline.on_duty("1001")
    phone, agent = await hotline.phones(PHONES[9], "1001")
    await hotline.calls(PHONES[9], 60)
    await phone.until("CALL_INCOMING")
    await phone.answer()
    await phone.hears(0, within=6, seconds=0.5)
    await hotline.kill()
    await agent.until("CALL_INCOMING", within=15)
    await agent.answer()
    await phone.hears(VOICES["agent"], within=6)
    await hotline.serve()
    [emergency] = await hotline.until(hotline.open_emergencies, why="the mark becomes her emergency")
    assert emergency.row["elder"] == hotline.elders[PHONES[9]].id.hex
