"""Two agents answer one emergency in the same moment, each in her browser: one has her, and the other sees who."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import pytest

from tests.acceptance.conftest import desks, door, hotline, running
from tests.acceptance.desk_page import Desk
from tests.acceptance.hotline import QUICK, Emergency, Hotline
from tests.faults.scene import RED
from tests.faults.table import Table

__all__ = ["desks", "door", "hotline"]  # fixtures

pytestmark = [pytest.mark.asterisk, pytest.mark.servers]

_SHOWN = {"1001": "坐席一", "1002": "坐席二"}
_ALL_AT_ONCE = [ladder | {"rungs": ladder["rungs"][1:]} for ladder in QUICK["ladders"]]


@pytest.fixture(scope="module")
def house() -> Iterator[Hotline]:
    """Every agent's telephone rings at once."""
    with running(lambda folder: Hotline(folder, {"ladders": _ALL_AT_ONCE})) as house:
        yield house


@pytest.mark.parametrize("times", [3, pytest.param(200, marks=pytest.mark.faults)])
async def test_one_has_her_and_the_other_sees_who(
    hotline: Hotline,
    desks: tuple[Desk, Desk],
    table: Table,
    times: int,
) -> None:
    row = table.row("two claims", "F2 on two pages")
    for _ in range(times):
        with row.attempt():
            await _one_round(hotline, desks)
    row.check()


async def _one_round(hotline: Hotline, desks: tuple[Desk, Desk]) -> None:
    elder = await hotline.phone("p001")
    try:
        await elder.dial(RED)
        for desk in desks:
            await desk.page.wait_for_selector("body.rings")
        [emergency] = hotline.open_emergencies()
        await asyncio.gather(*(desk.key("F2") for desk in desks))
        owner = await hotline.until(lambda: _owner(hotline, emergency), why="somebody has her")
        winner, other = desks if owner == "1001" else desks[::-1]
        for desk in desks:
            await desk.shows("#queue", _SHOWN[owner])
        await other.page.wait_for_selector("body:not(.rings)")
        await hotline.until(lambda: _legs(hotline, emergency) == ["claimed"], why="one leg is left")
        assert len(await hotline.in_rooms()) == 2, "she and one agent"
        await winner.key("F10", "1", "Enter")
        await hotline.until(lambda: hotline.in_state(emergency.id, "closed"), why="closed")
        await elder.until("CALL_CLOSED", within=15)
        for desk in desks:
            await desk.shows("#presence", "空闲", within=10)
    finally:
        await elder.stop()


def _owner(hotline: Hotline, emergency: Emergency) -> str:
    found = hotline.in_state(emergency.id, "attended")
    return str(found.row["owner"]).removeprefix("agent:") if found else ""


def _legs(hotline: Hotline, emergency: Emergency) -> list[str]:
    """What became of the offers that still have a telephone."""
    query = "select outcome from offers where ended_at is null and emergency = ?"
    return [row["outcome"] for row in hotline.rows(query, emergency.row["id"])]
