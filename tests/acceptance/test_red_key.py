"""The main job, on real calls: she presses, somebody who knows her speaks with her, and only a disposition ends it."""

from __future__ import annotations

import asyncio
import shutil
import tempfile
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from tests.acceptance.conftest import PREFIX
from tests.acceptance.hotline import Hotline
from tests.acceptance.sounds import VOICES


@pytest.fixture(scope="session")
def house() -> Iterator[Hotline]:
    if not (PREFIX / "bin/asterisk").exists():
        pytest.skip("no private Asterisk in var/asterisk: run `make setup`")
    folder = Path(tempfile.mkdtemp(prefix="ch-"))
    house = Hotline(folder)
    try:
        asyncio.run(house.start())
        yield house
    finally:
        asyncio.run(house.asterisk.stop())
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
async def hotline(house: Hotline) -> AsyncIterator[Hotline]:
    await house.serve()
    yield house
    await house.tidy()
    await house.quit()


async def test_an_agent_answers_and_both_hear_each_other(hotline: Hotline) -> None:
    await hotline.on_duty("1001")
    elder, agent = await hotline.phones("p001", "1001")
    await elder.dial("120001")
    await agent.until("CALL_INCOMING")
    [emergency] = hotline.open_emergencies()
    assert hotline.steps(emergency.id)[:2] == ["raised", "identified"]
    await elder.until("CALL_ESTABLISHED")
    await agent.answer()
    await agent.hears(VOICES["elder"], within=5)
    await elder.hears(VOICES["agent"], within=5)
    await agent.press("*2")
    await elder.until("CALL_CLOSED", within=15)
    closed = await hotline.until(
        lambda: [e for e in hotline.emergencies() if e.id == emergency.id and e.state == "closed"], why="closed"
    )
    assert closed[0].row["disposition"] == "helped_by_phone"
