"""`kill -9` of the console's door, alone and beside a dead service, with agents in browsers only."""

from __future__ import annotations

import asyncio
import os
import signal
import time
from collections.abc import AsyncIterator

import pytest

from tests.acceptance.browser import BrowserPhone, chromium, open_phone
from tests.acceptance.sounds import VOICES
from tests.faults.table import Table
from tests.faults.watched import WatchedHotline

pytestmark = pytest.mark.asterisk

REGISTERED_WITHIN_SECONDS = 10.0
RUNG_WITHIN_SECONDS = 15.0


@pytest.fixture
async def page(watched: WatchedHotline) -> AsyncIterator[BrowserPhone]:
    """1001's telephone in a page, online, through the door that the parent keeps."""
    async with chromium(watched.folder) as browser:
        await watched.door_open()
        page = await open_phone(browser, watched, "1001")
        await page.online()
        yield page


@pytest.mark.faults
@pytest.mark.parametrize("times", [10])
async def test_a_killed_door_costs_no_word(
    watched: WatchedHotline, page: BrowserPhone, table: Table, times: int
) -> None:
    row = table.row("door kill -9", "talk in a page")
    await watched.on_duty("1001")
    elder = await watched.phone("p001")
    await elder.dial("120001")
    await page.until("ringing")
    await page.do("answer")
    await page.hears(VOICES["elder"])
    await elder.hears(VOICES["agent"], within=5)
    for _ in range(times):
        with row.attempt():
            page.forget()
            os.kill(watched.door(), signal.SIGKILL)
            killed = time.time()
            back = await page.until("registered", within=REGISTERED_WITHIN_SECONDS)
            row.gap(back.at - killed)
            elder.forget()
            await elder.hears(VOICES["agent"], within=5, seconds=1.0)
            await page.hears(VOICES["elder"])
            assert not page.told("ended")
    row.check()
    await page.do("sendKey", "*2")
    await page.until("ended")


@pytest.mark.parametrize("times", [1, pytest.param(10, marks=pytest.mark.faults)])
async def test_with_the_service_dead_too_the_page_is_rung_as_soon_as_it_is_back(
    watched: WatchedHotline, page: BrowserPhone, table: Table, times: int
) -> None:
    """The service hangs, so that until the parent has noticed it is the dialplan that rings."""
    row = table.row("door kill -9, service stopped", "agents in browsers only")
    for _ in range(times):
        await watched.on_duty("1001")
        page.forget()
        elder = await watched.phone("p001")
        os.kill(watched.door(), signal.SIGKILL)
        stopped = watched.stop_service()
        with row.attempt():
            pressed = time.time()
            await elder.dial("120001")
            rang = await page.until("ringing", within=RUNG_WITHIN_SECONDS)
            row.gap(rang.at - pressed)
            await page.do("answer")
            await page.until("talking")
            await page.hears(VOICES["elder"], within=8)
            await elder.hears(VOICES["agent"], within=8)
        await asyncio.gather(page.do("hangUp"), elder.hang_up())
        await watched.back(stopped)
        await watched.tidy()
    row.check()
