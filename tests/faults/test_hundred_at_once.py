"""Everybody presses at once, and there are three agents: nobody is forgotten while others are served."""

from __future__ import annotations

import asyncio
import re
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.acceptance import wavcheck
from tests.acceptance.sounds import PROMPTS, VOICES
from tests.faults.flood import AGENTS, FloodedHotline, work_off
from tests.faults.houses import folder_for_a_house
from tests.faults.table import Table

pytestmark = pytest.mark.asterisk

_HUMANS = frozenset(VOICES[voice] for voice in AGENTS.values())
_SPOKEN_WITHIN_SECONDS = 3.0  #: of her recording, which begins as she is answered


@pytest.mark.parametrize("elders", [12, pytest.param(100, marks=pytest.mark.faults)])
async def test_all_are_recorded_spoken_to_and_closed(elders: int, table: Table) -> None:
    row = table.row("flood", f"{elders} red keys, 3 agents")
    with folder_for_a_house() as folder:
        hotline = FloodedHotline(folder, elders)
        await hotline.start()
        try:
            await hotline.serve()
            agents = await hotline.agents()
            working = [asyncio.create_task(work_off(agent)) for agent in agents]
            with row.attempt(elders):
                await _nobody_is_forgotten(hotline, working, elders)
            for task in working:
                task.cancel()
            await asyncio.gather(*working, return_exceptions=True)
            await asyncio.gather(*(agent.stop() for agent in agents))
        finally:
            await hotline.quit()
            await hotline.asterisk.stop()
    row.check()


async def _nobody_is_forgotten(hotline: FloodedHotline, working: list[asyncio.Task[None]], elders: int) -> None:
    async with asyncio.timeout(30 + 6 * elders):
        pressing = asyncio.create_task(hotline.press_all())
        done, _ = await asyncio.wait([pressing, *working], return_when=asyncio.FIRST_COMPLETED)
        for task in done - {pressing}:
            pressing.cancel()
            task.result()
        answered = _answered(await pressing)
    emergencies, calls = hotline.emergencies(), hotline.rows("select * from calls where inbound")
    assert sorted(each.row["account"] for each in emergencies) == [pager.name for pager in hotline.pagers]
    assert {each.row["disposition"] for each in emergencies} == {"false_alarm"}
    for each in emergencies:
        account = each.row["account"]
        assert _time(each.row["opened_at"]) <= answered[account], f"{account} was answered before she was recorded"
        [call] = [call for call in calls if call["emergency"] == each.row["id"]]
        heard = wavcheck.heard(hotline.asterisk.layout.recordings / call["recording"], (PROMPTS["received"], *_HUMANS))
        spoken = [part.start for part in heard if part.tones & {PROMPTS["received"], *_HUMANS}]
        assert spoken and spoken[0] < _SPOKEN_WITHIN_SECONDS, f"{account} was not spoken to"  # an agent may be first
        assert any(part.tones & _HUMANS for part in heard), f"{account} heard no human"


def _answered(log: Path) -> dict[str, datetime]:
    """When each pager got its 200, as the pagers say."""
    found = re.findall(r"(f\d{4})\s+(\d{4}-\d\d-\d\d)\s+(\d\d:\d\d:\d\d\.\d{1,6})", log.read_text())
    return {
        name: datetime.fromisoformat(f"{day} {time.ljust(15, '0')}").replace(tzinfo=UTC) for name, day, time in found
    }


def _time(stored: str) -> datetime:
    return datetime.fromisoformat(stored).replace(tzinfo=UTC)
