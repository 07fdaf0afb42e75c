"""`kill -9` of Asterisk under a call: every line is dead. She is rung back as soon as her pager is there again."""

from __future__ import annotations

import asyncio
import os
import signal

import pytest

from tests.acceptance.phone import Phone
from tests.faults.scene import Scene, scene
from tests.faults.stages import STAGES, Stage
from tests.faults.table import Row, Table
from tests.faults.watched import WatchedHotline

pytestmark = pytest.mark.asterisk

RUNG_BACK_SECONDS = 10.0
_STAGES = [stage for stage in STAGES if stage.name in ("ringing agents", "in the room")]


@pytest.mark.parametrize(
    ("stage", "times"),
    [pytest.param(_STAGES[1], 1, id="short")]
    + [pytest.param(stage, 5, id=stage.name, marks=pytest.mark.faults) for stage in _STAGES],
)
async def test_she_is_rung_back(watched: WatchedHotline, stage: Stage, times: int, table: Table) -> None:
    row = table.row("Asterisk kill -9", stage.name)
    for _ in range(times):
        with row.attempt():
            async with scene(watched, "1001") as there:
                await _once(there, stage, row)
    row.check()


async def _once(there: Scene, stage: Stage, row: Row) -> None:
    await there.begin()
    await stage.reach(there)
    emergency = await there.recorded()
    await asyncio.sleep(1.2)  # what AstDB was told less than a second ago may be lost with it (measured)
    asterisk = there.hotline.asterisk
    assert asterisk.pid is not None
    os.kill(asterisk.pid, signal.SIGKILL)
    for phone in (there.elder, there.agent):
        await phone.hang_up()  # a dead line; nobody is told
    rung = there.elder.count("CALL_INCOMING")
    called = there.agent.count("CALL_INCOMING")
    await asterisk.start(there.hotline.rendered())
    registered = Phone.clock()  # AstDB kept where the phones are, so they are registered from the start
    incoming = await there.elder.until("CALL_INCOMING", within=RUNG_BACK_SECONDS, times=rung + 1)
    row.gap(max(0.0, incoming["at"] - registered))
    await there.elder.answer()
    await there.agent.until("CALL_INCOMING", within=RUNG_BACK_SECONDS, times=called + 1)
    await there.agent.answer()
    await there.together(there.agent, "agent")
    assert [each.id for each in there.emergencies()] == [emergency.id]
