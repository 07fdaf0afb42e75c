"""Twice as many callers as the worker has room for: so many are heard, the others answer by keys, all get their order.

Fewer are heard where the machine has too much to do: a worker that lags says so, and they are asked by keys, too.
"""

from __future__ import annotations

import asyncio

import pytest

from tests.faults.hearing import COMPANY, COMPANY_KEY, Orderer, house_that_hears, orderers
from tests.faults.table import Table
from tests.shared_speech import needs_model

pytestmark = [pytest.mark.asterisk, needs_model]


@pytest.mark.parametrize(("room", "times"), [(2, 1), pytest.param(4, 5, marks=pytest.mark.faults)])
async def test_who_finds_no_ear_orders_by_keys(room: int, times: int, table: Table) -> None:
    row = table.row("ears full", f"{2 * room} callers, room for {room}")
    async with house_that_hears(2 * room, streams_at_most=room) as hotline, orderers(hotline, 2 * room) as callers:
        while row.tried < times * len(callers) and not row.lost:
            with row.attempt(len(callers)):
                await asyncio.gather(*(caller.is_asked() for caller in callers))
                await asyncio.gather(*(caller.hears_it_out() for caller in callers))
                shed = hotline.count("question_shed")
                heard = await asyncio.gather(*(_orders(caller) for caller in callers))
                shed = hotline.count("question_shed") - shed
                assert room - shed <= heard.count(True) <= room, f"{heard.count(True)} of {room}, {shed} were too late"
    row.check()


async def _orders(caller: Orderer) -> bool:
    """Whether she was heard. Who was not presses a key; both confirm by key."""
    await caller.says(COMPANY)
    was_heard = await caller.hears_it_read_back()
    if not was_heard:
        await caller.phone.press(COMPANY_KEY)
        assert await caller.hears_it_read_back(), "her key was not taken"
    await caller.phone.press("1")
    await caller.has_ordered()
    return was_heard
