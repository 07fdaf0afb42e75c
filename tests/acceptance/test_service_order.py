"""The green key on real calls, by keys alone: an order, a person, a call for help, and nobody lost in between."""

from __future__ import annotations

import asyncio

from tests.acceptance.hotline import Hotline
from tests.acceptance.sounds import PROMPTS, VOICES

GREEN = "120002"


async def test_a_service_is_ordered_by_two_keys(hotline: Hotline) -> None:
    await hotline.speaks_menu()
    await hotline.on_duty("1001")
    elder, agent = await hotline.phones("p001", "1001")
    before = len(hotline.rows("select * from orders"))
    await elder.dial(GREEN)
    await elder.until("CALL_ESTABLISHED")
    await elder.hears(0, within=6, seconds=1)  # the question, spoken
    answered = hotline.log.read_text().count("question=service ending=key")
    await elder.press("1")
    await hotline.until(  # what she hears from now on is no longer the question
        lambda: hotline.log.read_text().count("question=service ending=key") > answered, within=5, why="her key"
    )
    elder.forget()
    await elder.hears(0, within=6, seconds=1)  # it is read back
    await elder.press("1")
    await elder.until("CALL_CLOSED", within=25)
    await elder.hears(PROMPTS["goodbye"], within=1)
    orders = hotline.rows("select * from orders order by placed_at")
    assert len(orders) == before + 1
    assert (orders[-1]["item"], orders[-1]["closed_at"]) == ("meals", None)
    assert hotline.open_emergencies() == []
    assert agent.count("CALL_INCOMING") == 0


async def test_zero_leads_to_a_person(hotline: Hotline) -> None:
    await hotline.on_duty("1001")
    elder, agent = await hotline.phones("p001", "1001")
    await elder.dial(GREEN)
    await elder.until("CALL_ESTABLISHED")
    await elder.hears(0, within=6, seconds=1)  # the question, spoken
    await elder.press("0")
    await agent.until("CALL_INCOMING", within=8)
    await elder.hears(PROMPTS["to_a_person"], within=3)
    await agent.answer()
    await agent.hears(VOICES["elder"], within=5)
    await elder.hears(VOICES["agent"], within=5)
    [emergency] = hotline.open_emergencies()
    assert emergency.row["key"] == "green"
    assert ("asked", "", "service: human") in hotline.timeline(emergency.id)


async def test_who_hangs_up_at_the_question_is_rung_back(hotline: Hotline) -> None:
    await hotline.on_duty("1001")
    elder, agent = await hotline.phones("p001", "1001")
    await elder.dial(GREEN)
    await elder.until("CALL_ESTABLISHED")
    await asyncio.sleep(1.5)  # somewhere in the question
    assert hotline.open_emergencies() == []
    await elder.hang_up()
    await elder.until("CALL_INCOMING", within=20)
    await agent.until("CALL_INCOMING", within=5)
    [emergency] = hotline.open_emergencies()
    assert emergency.row["key"] == "green"
