"""回拨 on real calls: a closed emergency is opened again, the agent is rung, then she; both hear each other."""

from __future__ import annotations

from callcenter.app.ask_service import ask_service
from tests.acceptance.hotline import Hotline
from tests.acceptance.sounds import VOICES


async def test_a_closed_emergency_is_opened_again_and_she_is_brought_together_with_the_agent(hotline: Hotline) -> None:
    await hotline.on_duty("1001")
    elder, agent = await hotline.phones("p001", "1001")
    await elder.dial("120001")
    await agent.until("CALL_INCOMING")
    await agent.answer()
    await agent.hears(VOICES["elder"], within=5)
    [emergency] = hotline.open_emergencies()
    await agent.press("*1")
    await elder.until("CALL_CLOSED", within=15)
    await hotline.until(lambda: hotline.in_state(emergency.id, "closed"), why="closed")
    agent.forget()
    elder.forget()

    words = {"emergency": emergency.id, "by": "agent:1001", "why": "女儿来电", "agent": "1001", "call_back": True}
    await ask_service(hotline.config, verb="reopen", **words)
    await agent.until("CALL_INCOMING", times=2)
    assert elder.count("CALL_INCOMING") == 0, "nobody would speak with her yet"
    await agent.answer()
    await elder.until("CALL_INCOMING", within=5)
    await elder.answer()
    await agent.hears(VOICES["elder"], within=5)
    await elder.hears(VOICES["agent"], within=5)
    assert hotline.in_state(emergency.id, "attended")
    steps = hotline.steps(emergency.id)
    assert steps.index("closed") < steps.index("reopened") < steps.index("calling_back"), "nothing is forgotten"
    await agent.press("*2")
    closed = await hotline.until(lambda: hotline.in_state(emergency.id, "closed"), why="closed again")
    assert closed.row["disposition"] == "helped_by_phone"
    recorded = hotline.config.path(hotline.config.asterisk.recordings)
    names = {row["recording"] for row in hotline.rows("select recording from calls where outcome = 'answered'")}
    assert {name for name in names if not (recorded / name).exists()} == set()
