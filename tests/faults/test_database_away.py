"""The database or Redis goes while one elder talks and another presses: nobody in a call may notice."""

from __future__ import annotations

import asyncio
from collections import deque

import pytest

from callcenter.app.ask_service import ask_service
from tests.acceptance.hotline import Hotline
from tests.acceptance.phone import Phone
from tests.acceptance.sounds import PROMPTS, VOICES
from tests.faults.care import Care
from tests.faults.houses import side_by_side
from tests.faults.plugs import PLUGS, Plug
from tests.faults.scene import RED
from tests.faults.table import Row, Table, check
from tests.faults.watched import WatchedHotline

pytestmark = [pytest.mark.asterisk, pytest.mark.servers]

BACK_SECONDS = 10.0
BOUND_SECONDS = 10.0  #: without care, as after a kill


@pytest.mark.parametrize("times", [1, pytest.param(5, marks=pytest.mark.faults)])
async def test_red_keys_and_talks_go_on(times: int, table: Table) -> None:
    rows = [(plug, table.row(plug.name, "one talks, one presses")) for plug in PLUGS if not plug.missing()]
    waiting = deque(rows)

    async def lane() -> None:
        while waiting:
            plug, row = waiting.popleft()
            async with plug.house() as hotline:
                for _ in range(times):
                    with row.attempt(2):
                        await _two_elders(hotline, plug, row)
                    await hotline.tidy()

    await side_by_side(lane)
    check(*(row for _, row in rows))


async def _two_elders(hotline: WatchedHotline, plug: Plug, row: Row) -> None:
    known = {each.id for each in hotline.emergencies()}
    talking, pressing, first, second = await hotline.phones("p001", "p002", "1001", "1002")
    await hotline.on_duty("1001")
    await talking.dial(RED)
    await first.until("CALL_INCOMING")
    await first.answer()
    await first.hears(VOICES["elder"], within=5)
    await hotline.on_duty("1002")
    async with Care(talking) as talked, Care(pressing) as cared:
        async with plug.pulled(hotline):
            pulled = Phone.clock()
            await pressing.dial(RED)
            incoming = await second.until("CALL_INCOMING", within=5)
            assert "王秀英" in incoming["peerdisplayname"], "who she is is known without the database"
            await pressing.until("CALL_ESTABLISHED", within=5)
            await pressing.hears(PROMPTS["received"], within=4)
            await second.answer()
            await second.hears(VOICES["elder"], within=5)
            await pressing.hears(VOICES["second_agent"], within=5)
            await first.press("*2")
            if plug.storage_goes:
                await first.hears(PROMPTS["cannot_save_now"], within=8)
                talking.forget()
                await talking.hears(VOICES["agent"], within=3, seconds=1)
        gap = max(talked.worst(pulled) if plug.storage_goes else 0.0, cared.worst(pulled))
    row.gap(gap)
    assert gap <= BOUND_SECONDS, f"left alone for {gap:.1f} s"
    await _is_back(hotline)
    ours = [each for each in hotline.emergencies() if each.id not in known]
    assert len(ours) == 2, "each elder has one emergency"
    for each in ours:
        assert hotline.steps(each.id).count("raised") == 1
        assert hotline.steps(each.id).count("claimed") == 1, hotline.timeline(each.id)
    pressed = [first, second] if plug.storage_goes else [second]
    await asyncio.gather(*(agent.press("*2") for agent in pressed))
    for each in ours:
        await hotline.until(lambda id_=each.id: hotline.in_state(id_, "closed"), why="saved now")  # type: ignore[misc]
    await talking.until("CALL_CLOSED", within=8)
    await pressing.until("CALL_CLOSED", within=8)


async def _is_back(hotline: Hotline) -> None:
    async with asyncio.timeout(BACK_SECONDS):
        while (await ask_service(hotline.config, verb="ping"))["storage_away"]:
            await asyncio.sleep(0.1)
