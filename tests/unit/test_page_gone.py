"""A page that was closed: its agent is not free for ever, what rang there goes on, and a reload changes nothing."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager

import pytest

from callcenter.console.live.open_pages import OpenPage, OpenPages
from callcenter.domain.access import UserRole
from callcenter.domain.people import Presence
from callcenter.services.page_gone import pages_gone
from tests.unit.browser import QUICK_DESK, ConsoleHouse, with_console
from tests.unit.house import House

Houses = Callable[..., AbstractAsyncContextManager[House]]
GONE_AFTER = 0.05


class Gone:
    """Who was said to be gone."""

    def __init__(self) -> None:
        self.told: asyncio.Queue[tuple[str, ...]] = asyncio.Queue()
        self.pages = OpenPages(at_most=5, gone_after_seconds=GONE_AFTER, gone=self.told.put_nowait)

    def page(self, extension: str = "1001") -> OpenPage:
        page = OpenPage(extension=extension, leave=lambda why: None)
        self.pages.enter(page)
        return page

    async def is_told(self) -> tuple[str, ...]:
        async with asyncio.timeout(2):
            return await self.told.get()


@pytest.fixture
async def console(house_with: Houses) -> AsyncIterator[ConsoleHouse]:
    quick = {"desk": QUICK_DESK["desk"] | {"page_gone_seconds": 2.0}}
    async with house_with(**quick) as house, with_console(house) as console:
        yield console


async def test_a_page_that_left_is_gone_after_a_while_and_one_that_came_back_is_not() -> None:
    gone = Gone()
    one, _ = gone.page(), gone.page("1002")
    gone.pages.left(one)
    again = gone.page()
    gone.pages.left(one)  # the old page's end comes late
    gone.pages.left(again)
    assert await gone.is_told() == ("1001",)
    await asyncio.sleep(2 * GONE_AFTER)
    assert gone.told.empty()


async def test_who_had_a_page_before_the_start_is_gone_unless_it_is_back() -> None:
    gone = Gone()
    gone.pages.expect(["1001", "1002"])
    gone.page("1002")
    assert await gone.is_told() == ("1001",)


async def test_at_the_end_nobody_is_gone() -> None:
    gone = Gone()
    gone.pages.left(gone.page())
    gone.pages.expect(["1003"])
    gone.pages.close()
    await asyncio.sleep(2 * GONE_AFTER)
    assert gone.told.empty()


async def test_who_can_be_rung_nowhere_is_off_duty_and_what_rang_there_is_given_back(house: House) -> None:
    await house.elder()
    agent, other = await house.agent("1001"), await house.agent("1002", Presence.BREAK)
    await house.pressed()
    leg = house.leg_to("PJSIP/1001")
    await house.agent("1003")
    house.telephony.unreachable = {"1001", "1002"}
    await pages_gone(house.desk, ["1001", "nobody"])
    await house.background.settle()
    assert house.telephony.hung_up == [str(leg.id)]
    await house.ended(leg.id)
    assert await house.presence(agent) is Presence.OFFLINE
    assert await house.presence(other) is Presence.BREAK
    await house.passes(2)
    assert house.telephony.targets == ["PJSIP/1001", "PJSIP/1003"]


async def test_who_can_still_be_rung_stays_and_so_does_everybody_while_asterisk_is_away(house: House) -> None:
    agent = await house.agent("1001")
    await pages_gone(house.desk, ["1001"])
    assert await house.presence(agent) is Presence.FREE
    house.telephony.away = True
    await pages_gone(house.desk, ["1001"])
    house.telephony.away = False
    assert await house.presence(agent) is Presence.FREE


async def test_a_desk_that_is_closed_takes_its_agent_off_duty(console: ConsoleHouse) -> None:
    house = console.house
    agent = await house.agent("1001")
    await console.user("li", UserRole.AGENT, "1001")
    house.telephony.unreachable = {"1001"}
    console.console.open_pages.gone_after_seconds = GONE_AFTER
    async with console.browser("li") as browser:
        link = await browser.opens_desk()
        await link.hears("state")
        await link.socket.close()
        async with asyncio.timeout(2):
            while await house.presence(agent) is not Presence.OFFLINE:
                await asyncio.sleep(0.01)
