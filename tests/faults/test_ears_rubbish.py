"""Rubbish by the thousand at the worker's door for sound while somebody speaks to it: her word is taken as ever."""

from __future__ import annotations

import asyncio

import pytest

from callcenter.config.speech import EarsWorker
from ivr.ears.commands import Refusal
from ivr.intents import Intents
from tests.faults.ears_rubbish import Rubbish
from tests.faults.hearing import COMPANY, RIGHT, Orderer, house_that_hears, orderers
from tests.faults.table import Table
from tests.integration.ears_house import PROJECT, Caller, Service, new_uuid, pcm_of
from tests.shared_speech import needs_model

pytestmark = [pytest.mark.asterisk, needs_model]

#: What the allocator keeps for decoders that come and go rises by some MiB until it is settled; strangers alone leave
#: nothing (`test_thousands_of_strangers_leave_memory_as_it_was`).
_GROWTH_KIB_AT_MOST = 8192


@pytest.mark.parametrize("calls", [1, pytest.param(10, marks=pytest.mark.faults)], ids=["little", "much"])
async def test_rubbish_harms_nobody_who_speaks(calls: int, table: Table) -> None:
    row = table.row("rubbish", "AudioSocket, she speaks")
    async with house_that_hears(1, streams_at_most=4) as hotline, orderers(hotline, 1) as [caller]:
        rubbish = Rubbish(hotline.worker)
        with row.attempt(0):
            async with rubbish.thrown():
                await asyncio.gather(*(_is_heard(hotline.worker) for _ in range(2)))
            levels = [hotline.worker_resident_kib]
            for _ in range(calls):
                async with rubbish.thrown():
                    await _orders_by_word(caller)
                levels.append(hotline.worker_resident_kib)
            grown = levels[-1] - levels[calls // 2]
            assert grown < _GROWTH_KIB_AT_MOST, f"{grown} KiB more in the end: {levels}"
        row.tried = rubbish.connections
    row.check()


async def _orders_by_word(caller: Orderer) -> None:
    await caller.is_asked()
    await caller.hears_it_out()
    await caller.says(COMPANY)
    assert await caller.hears_it_read_back(), "her word was not taken"
    await caller.says(RIGHT)
    await caller.has_ordered()


async def _is_heard(worker: EarsWorker) -> None:
    """So that what the worker needs for its first callers is no growth."""
    service, uuid = await Service.connect(worker.control.port), new_uuid()
    phrases = Intents.load(PROJECT / "prompts/intents.yaml").phrases(("companionship",))
    assert await service.expect(uuid, phrases=list(phrases)) is Refusal.NONE
    caller = await Caller.connect(worker.audio.port, uuid)
    await caller.speak(pcm_of(COMPANY) + bytes(32000))
    assert (await service.ending(uuid)).words == "聊天"
    await service.close()
