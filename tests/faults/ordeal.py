"""One fault at one stage, as often as asked: what is counted as a loss, and how long she was left alone."""

from __future__ import annotations

import asyncio
import contextlib
from collections import deque
from collections.abc import Callable, Sequence

from tests.faults.houses import side_by_side, watched_house
from tests.faults.scene import CARRIED_ON_SECONDS, Scene, scene
from tests.faults.stages import Stage, locked_database
from tests.faults.table import Row, Table, check
from tests.faults.watched import WatchedHotline

#: In one try of five help comes late, so that the bound is seen to hold without it.
_HELP_IS_LATE_SECONDS = 12.0


async def _endure(
    hotline: WatchedHotline, stage: Stage, row: Row, *, times: int, fault: Callable[[], float], bound_seconds: float
) -> None:
    """Brings an elder to this stage, pulls the plug, and looks after her until a human talks with her."""
    while row.tried < times:
        async with scene(hotline, *stage.helpers) as there:
            lost = row.lost
            while row.tried < times and row.lost == lost:  # after a loss, everything anew
                with row.attempt():
                    await _once(there, stage, row, fault, bound_seconds)


async def endure_all(
    table: Table,
    name: str,
    stages: Sequence[Stage],
    *,
    times: int,
    fault: Callable[[WatchedHotline], float],
    bound_seconds: float,
) -> None:
    """All these stages, in some houses side by side. Raises what was lost when all of it was tried."""
    rows = [(stage, table.row(name, stage.name)) for stage in stages]
    waiting = deque(rows)

    async def in_a_house() -> None:
        async with watched_house() as hotline:
            while waiting:
                stage, row = waiting.popleft()
                await _endure(
                    hotline, stage, row, times=times, fault=lambda: fault(hotline), bound_seconds=bound_seconds
                )

    await side_by_side(in_a_house)
    check(*(row for _, row in rows))


async def _once(there: Scene, stage: Stage, row: Row, fault: Callable[[], float], bound_seconds: float) -> None:
    hotline = there.hotline
    assert isinstance(hotline, WatchedHotline)
    async with contextlib.AsyncExitStack() as locked:
        if stage.database_locked:
            await locked.enter_async_context(locked_database(hotline))
        await there.begin()
        await stage.reach(there)
        adopted = there.adopted()
        rings = {name: phone.count("CALL_INCOMING") for name, phone in there.helpers.items()}
        began = fault()
    ready = await hotline.back(began)
    emergency = await there.recorded(within=CARRIED_ON_SECONDS)
    await hotline.until(lambda: there.adopted() > adopted, within=CARRIED_ON_SECONDS, why="carried on after a restart")
    if not stage.talks and row.tried % 5 == 0:
        await asyncio.sleep(max(0.0, began + _HELP_IS_LATE_SECONDS - there.elder.clock()))
    await stage.help_comes(there)
    gap = there.care.worst(began)
    row.gap(gap)
    assert gap <= bound_seconds, f"left alone for {gap:.1f} s; service back after {ready - began:.1f} s: {_told(there)}"
    if stage.talks:
        rung = {name: phone.count("CALL_INCOMING") for name, phone in there.helpers.items()}
        assert rung == rings, "somebody was rung again during a talk"
    assert [each.id for each in there.emergencies()] == [emergency.id], "recorded more than once"
    await there.finish()


def _told(there: Scene) -> object:
    return [there.hotline.timeline(each.id) for each in there.emergencies()]
