"""Somebody hangs up at the worst moment: the elder in each stage, the responder while she enters the room."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Sequence
from contextlib import nullcontext

import pytest

from tests.acceptance.phone import Phone
from tests.faults.houses import side_by_side, watched_house
from tests.faults.scene import Scene, scene
from tests.faults.stages import STAGES, Stage, locked_database
from tests.faults.table import Row, Table, check
from tests.faults.watched import WatchedHotline

pytestmark = pytest.mark.asterisk

RUNG_BACK_SECONDS = 5.0
OFFERED_AGAIN_SECONDS = 5.0
ALONE_SECONDS = 10.0
_STAGES = [stage for stage in STAGES if stage.name != "120 rings"]
_SHORT = ("before the commit", "in the room")


@pytest.mark.parametrize(
    ("stages", "times"),
    [
        pytest.param([stage for stage in _STAGES if stage.name in _SHORT], 1, id="short"),
        pytest.param(_STAGES, 3, id="long", marks=pytest.mark.faults),
    ],
)
async def test_she_hangs_up_and_is_rung_back(stages: Sequence[Stage], times: int, table: Table) -> None:
    rows = [(stage, table.row("elder hangs up", stage.name)) for stage in stages]
    waiting = deque(rows)

    async def lane() -> None:
        while waiting:
            stage, row = waiting.popleft()
            async with watched_house() as hotline:
                for _ in range(times):
                    with row.attempt():
                        async with scene(hotline, *stage.helpers) as there:
                            await _she_hangs_up(there, stage, row)

    await side_by_side(lane)
    check(*(row for _, row in rows))


async def _she_hangs_up(there: Scene, stage: Stage, row: Row) -> None:
    async with locked_database(there.hotline) if stage.database_locked else nullcontext():
        await there.begin()
        await stage.reach(there)
        await there.elder.hang_up()
    hung_up = there.elder.clock()
    incoming = await there.elder.until("CALL_INCOMING", within=RUNG_BACK_SECONDS)
    row.gap(incoming["at"] - hung_up)
    await there.elder.answer()
    await stage.help_comes(there)
    there.emergency()
    await there.finish()


@pytest.mark.parametrize(
    "waits", [(0.05, 0.2), pytest.param(tuple(n * 0.015 for n in range(21)), marks=pytest.mark.faults)]
)
async def test_the_responder_hangs_up_while_she_enters(
    watched: WatchedHotline, waits: tuple[float, ...], table: Table
) -> None:
    row = table.row("agent hangs up", "0 to 300 ms around her entry")
    async with scene(watched, "1001", "1002") as there:
        for wait in waits:
            with row.attempt():
                await there.begin()
                agents = [there.agent, there.helpers["1002"]]
                first = await _next_to_ring(agents, [0, 0])
                await there.elder.until("CALL_ESTABLISHED", within=5)
                await first.answer()
                await asyncio.sleep(wait)
                await first.hang_up()
                gone = first.clock()
                again = await _next_to_ring(agents, [phone.count("CALL_INCOMING") for phone in agents])
                row.gap(there.care.worst(gone))
                await again.answer()
                await there.together(again, "agent" if again is there.agent else "second_agent")
                assert there.care.worst(gone) <= ALONE_SECONDS
                there.emergency()
                await there.finish()
    row.check()


async def _next_to_ring(agents: list[Phone], rung: list[int]) -> Phone:
    """The first of them that rings once more."""
    waits = {
        asyncio.create_task(agent.until("CALL_INCOMING", within=OFFERED_AGAIN_SECONDS, times=times + 1)): agent
        for agent, times in zip(agents, rung, strict=True)
    }
    done, left = await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
    for task in left:
        task.cancel()
    await asyncio.gather(*left, return_exceptions=True)
    for task in done:
        task.result()
    return waits[done.pop()]
