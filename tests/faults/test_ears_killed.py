"""`kill -9` of the worker that listens, while somebody speaks: her question is asked again, and a key answers it."""

from __future__ import annotations

import asyncio
from itertools import cycle, islice

import pytest

from tests.faults.hearing import COMPANY_KEY, LONG_SPEECH, RIGHT, HearingHotline, Orderer, house_that_hears, orderers
from tests.faults.table import Row, Table
from tests.shared_speech import needs_model

pytestmark = [pytest.mark.asterisk, needs_model]

_CALLERS = 2
#: After she has begun to speak: from before the gate has opened to far into her sentence.
_KILLED_AFTER_SECONDS = (1.0, 0.1, 0.5, 1.5, 2.0)
_SILENCE_BOUND_SECONDS = 2.0


@pytest.mark.parametrize("kills", [1, pytest.param(20, marks=pytest.mark.faults)])
async def test_a_killed_worker_costs_nobody_her_order(kills: int, table: Table) -> None:
    row = table.row("ears kill -9", "she speaks")
    async with house_that_hears(_CALLERS, streams_at_most=20) as hotline, orderers(hotline, _CALLERS) as callers:
        for after in islice(cycle(_KILLED_AFTER_SECONDS), kills):
            with row.attempt(len(callers)):
                await _one_kill(hotline, callers, row, after)
            if row.lost:
                break
    row.check()


async def _one_kill(hotline: HearingHotline, callers: list[Orderer], row: Row, after: float) -> None:
    """All of them speak when it comes. The next question they are asked is heard again."""
    ups = hotline.count("ears_up")
    await asyncio.gather(*(caller.is_asked() for caller in callers))
    await asyncio.gather(*(caller.says(LONG_SPEECH) for caller in callers))
    await asyncio.sleep(after)
    killed = hotline.kill_worker()

    async def goes_on(caller: Orderer) -> None:
        row.gap(gap := await caller.is_asked_again(killed))
        assert gap <= _SILENCE_BOUND_SECONDS, f"nothing was said for {gap:.1f} s"
        await asyncio.gather(caller.hears_it_out(), hotline.hears_again(ups))
        await caller.phone.press(COMPANY_KEY)
        assert await caller.hears_it_read_back(), "her key was not taken"
        await caller.says(RIGHT)
        await caller.has_ordered()

    await asyncio.gather(*(goes_on(caller) for caller in callers))
