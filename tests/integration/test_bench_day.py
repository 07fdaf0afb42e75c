"""The simulated day itself: small enough for every day, lived twice, and nothing that it watches for happens."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from bench.day.__main__ import Size, configured
from bench.day.city import City
from bench.day.day import Day, VisitPace, live
from bench.day.page import complaints, page
from bench.day.town import DAY, Due, Plan, build
from bench.day.virtual_time import DayClock, DayLoop, StandingStill, run
from callcenter.domain.dial_hours import Span, moment_of
from callcenter.ports.telephony import Telephony
from storage.database import open_storage
from tests.unit.fakes import FakeTelephony

SIZE = Size(elders=100, due=50, channels=4, agents=3)
PLAN = Plan(window=Span(begins=540, ends=546), offsets_seconds=(0, 60, 120))
VISITS = VisitPace(every_seconds=30.0, takes_minutes=(0.2, 1))
URL = "sqlite:///day.db"


async def _built(loop: DayLoop, folder: Path) -> list[Due]:
    config = configured(folder, URL, SIZE)
    storage = open_storage(config, DayClock(loop, moment_of(DAY, 0)))
    with loop.at_work():
        await storage.start()
    due = await build(
        StandingStill(storage, loop), config, elders=SIZE.elders, due=SIZE.due, agents=SIZE.agents, plan=PLAN
    )
    with loop.at_work():
        await storage.stop()
    return due


@pytest.mark.faults
def test_the_same_seed_gives_the_same_day_and_another_another(tmp_path: Path) -> None:
    town = tmp_path / "town"
    town.mkdir()
    due: list[Due] = run(lambda loop: _built(loop, town))
    days: list[Day] = []
    for number, seed in enumerate((1, 1, 2)):
        folder = shutil.copytree(town, tmp_path / f"run{number}")
        config: Any = configured(folder, URL, SIZE)
        days.append(run(lambda loop, config=config, seed=seed: live(loop, config, due, seed, PLAN.window, VISITS)))
    first, again, other = days
    assert (first.due, first.settled) == (SIZE.due, SIZE.due)
    assert first.calls["elders"] > SIZE.due, "some are rung again"
    assert (first.repeated, first.outside, first.reserve_touched) == (0, 0, 0)
    assert first.digest == again.digest
    assert first.digest != other.digest
    assert "All limits kept" in page([calm(first), calm(again)], 0.1, "make", "SQLite", SIZE.elders, SIZE.channels)
    assert "the runs differ" in complaints([calm(first), calm(other)], 0.1)[0]
    assert "final state" in complaints([calm(replace(first, settled=first.due - 1))], 0.1)[0]


def calm(day: Day) -> Day:
    """As on a machine of its own."""
    return replace(day, real_seconds=1.0, planning_seconds=0.0001, memory_mib=100.0)


@pytest.mark.parametrize("stands_in", [City, FakeTelephony])
def test_who_stands_in_for_asterisk_can_be_asked_everything(stands_in: type) -> None:
    verbs = {name for name in vars(Telephony) if not name.startswith("_")}
    assert verbs and not {name for name in verbs if not hasattr(stands_in, name)}
