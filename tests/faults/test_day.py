"""Plugs pulled in the middle of a day of check-ins: nobody is rung after she has confirmed, nobody is forgotten."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.faults.day_house import PACE, DayHouse
from tests.faults.table import Table
from tests.integration import postgres
from tests.integration.postgres import PrivatePostgres

_SETTLED_SECONDS = 120.0
on_postgres = pytest.mark.skipif(bool(postgres.missing()), reason=postgres.missing())


@pytest.fixture
def folder() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="day-") as name:
        yield Path(name)


@pytest.fixture
def server() -> Iterator[PrivatePostgres]:
    running = PrivatePostgres()
    yield running
    running.remove()


def _on_sqlite(folder: Path, elders: int, minutes: int) -> DayHouse:
    return DayHouse(folder=folder, url=f"sqlite:///{folder / 'day.db'}", elders=elders, minutes=minutes)


@pytest.mark.parametrize(
    ("kills", "elders", "minutes"), [(2, 25, 8), pytest.param(50, 300, 200, marks=pytest.mark.faults)]
)
async def test_the_service_killed_in_mid_day(folder: Path, table: Table, kills: int, elders: int, minutes: int) -> None:
    house = _on_sqlite(folder, elders, minutes)
    await house.build()
    for number in range(kills):
        async with house.node():
            await asyncio.sleep(1.2 + number % 7 * 0.17)  # real seconds, of which PACE are one of hers
    async with house.node() as node:
        await node.says("settled", within=_SETTLED_SECONDS + minutes * 60 / PACE)
    assert house.calls_lost() > 0, "no kill hit a call"
    row = table.row("day: kill -9", f"{kills} times, elders")
    house.judge(row)
    row.check()


@pytest.mark.faults
@pytest.mark.parametrize("by_seconds", [7200, -7200])
async def test_the_clock_stepped_in_mid_day(folder: Path, table: Table, by_seconds: int) -> None:
    house = _on_sqlite(folder, 60, 10 if by_seconds > 0 else 20)
    house.steps = [(400.0, float(by_seconds))] if by_seconds > 0 else [(400.0, -7200.0), (700.0, 7200.0)]
    await house.build()
    async with house.node() as node:
        await node.says("settled", within=_SETTLED_SECONDS + 60)
    row = table.row("day: clock", f"{by_seconds / 3600:+.0f} h, elders")
    house.judge(row)
    row.check()


@pytest.mark.faults
@pytest.mark.servers
@on_postgres
async def test_two_nodes_and_one_killed(folder: Path, table: Table, server: PrivatePostgres) -> None:
    house = DayHouse(folder=folder, url=server.new_database("day"), elders=120, minutes=20)
    await house.build()
    async with house.node("node2") as survivor:
        async with house.node("node1"):
            await asyncio.sleep(8)
            await house.until_one_is_rung("node1")
        await survivor.says("settled", within=_SETTLED_SECONDS + 60)
    assert house.calls_lost() > 0, "the kill hit no call"
    row = table.row("day: kill -9", "one of two nodes, elders")
    house.judge(row)
    row.check()


@pytest.mark.faults
@pytest.mark.servers
@on_postgres
async def test_the_database_stopped_for_five_minutes(folder: Path, table: Table, server: PrivatePostgres) -> None:
    house = DayHouse(folder=folder, url=server.new_database("day"), elders=100, minutes=20)
    await house.build()
    async with house.node() as node:
        await asyncio.sleep(8)
        await asyncio.to_thread(server.stop)
        await asyncio.sleep(300 / PACE)
        await asyncio.to_thread(server.start)
        await node.says("settled", within=_SETTLED_SECONDS + 60)
    row = table.row("day: database", "stopped for 5 minutes, elders")
    house.judge(row)
    row.check()
