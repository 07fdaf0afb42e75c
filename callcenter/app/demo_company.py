"""Whom an agent may call in the demo: a family and a 120 of our own, who pick up after a while and speak."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Final, NoReturn

from callcenter.app.demo_house import DISPATCHER, DemoHouse
from callcenter.app.phone import Phone

_RINGS_SECONDS: Final = 3.0
_LISTENS_SECONDS: Final = 5.0  #: to the question, before the key
_WAITS_SECONDS: Final = 600.0  #: for one call, before it begins to wait again
_JOINS: Final = "1"


@asynccontextmanager
async def company(house: DemoHouse) -> AsyncIterator[None]:
    """While it is entered, both answer whatever rings."""
    family = await house.phone(
        *house.numbers_of_contacts(), says="您好，我马上到她家里去，大概十分钟。", marker=0
    )  # fmt: skip
    dispatcher = await house.phone(DISPATCHER, says="这里是模拟的120，地址已经记下，救护车马上出发。", marker=0)
    answering = [
        asyncio.create_task(_answer(family, presses=_JOINS)),
        asyncio.create_task(_answer(dispatcher)),
    ]
    try:
        yield
    finally:
        for task in answering:
            task.cancel()
        await asyncio.gather(*answering, return_exceptions=True)


async def _answer(phone: Phone, *, presses: str = "") -> NoReturn:
    for call in itertools.count(1):
        while phone.count("CALL_INCOMING") < call:
            with suppress(TimeoutError):
                await phone.until("CALL_INCOMING", within=_WAITS_SECONDS, times=call)
        with suppress(TimeoutError):  # whoever called has hung up
            await asyncio.sleep(_RINGS_SECONDS)
            await phone.answer()
            if presses:
                await asyncio.sleep(_LISTENS_SECONDS)
                await phone.press(presses)
    raise AssertionError("counts for ever")
