"""The desk's link with pages that go away, say nothing, say rubbish or too much; and one page for each agent."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager

import pytest
from aiohttp import WSMsgType, WSServerHandshakeError

from callcenter.domain.access import UserRole
from tests.unit.browser import QUICK_DESK, Browser, ConsoleHouse, Link, with_console
from tests.unit.house import House

Houses = Callable[..., AbstractAsyncContextManager[House]]


@pytest.fixture
async def console(house_with: Houses) -> AsyncIterator[ConsoleHouse]:
    """Two agents at their desks' log-in."""
    async with house_with(**QUICK_DESK) as house, with_console(house) as console:
        await two_agents(console)
        yield console


async def two_agents(console: ConsoleHouse) -> None:
    for extension, name in (("1001", "li"), ("1002", "wang")):
        await console.house.agent(extension)
        await console.user(name, UserRole.AGENT, extension)


@pytest.fixture
async def li(console: ConsoleHouse) -> AsyncIterator[Browser]:
    async with console.browser("li") as browser:
        yield browser


async def until_closed(link: Link) -> tuple[int | None, list[str]]:
    """The code, and the kinds of what came before."""
    kinds = []
    while True:
        message = await link.socket.receive(timeout=5)
        if message.type is not WSMsgType.TEXT:
            return link.socket.close_code, kinds
        kinds.append(json.loads(message.data)["kind"])


# ------------------------------------------------------------------------- one desk, and bad peers


async def test_the_page_that_was_opened_last_has_the_desk(console: ConsoleHouse, li: Browser) -> None:
    first = await li.opens_desk()
    await first.hears("state")
    second = await li.opens_desk()
    assert (await first.hears("leave"))["why"] == "replaced"
    await second.hears("state")
    assert (await second.asks("presence", presence="break"))["ok"]


async def test_a_page_that_goes_away_leaves_nothing_behind(console: ConsoleHouse, li: Browser) -> None:
    link = await li.opens_desk()
    await link.hears("state")
    link.socket._response.connection.transport.abort()  # type: ignore[union-attr]
    async with asyncio.timeout(5):
        while console.console.board._listeners:
            await asyncio.sleep(0.02)
    assert not console.console.open_pages._open


async def test_a_page_that_says_nothing_is_let_go_and_one_that_beats_is_not(house_with: Houses) -> None:
    impatient = {"desk": QUICK_DESK["desk"] | {"silent_after_seconds": 1.0}}
    async with house_with(**impatient) as house, with_console(house) as console:
        await two_agents(console)
        async with console.browser("li") as first, console.browser("wang") as second:
            silent, beating = await first.opens_desk(), await second.opens_desk()
            closing = asyncio.ensure_future(until_closed(silent))
            while not closing.done():
                await beating.hears("beat")
                await beating.socket.send_json({"kind": "beat"})
            assert "beat" in (await closing)[1]
            assert (await beating.asks("presence", presence="break"))["ok"]


@pytest.mark.parametrize(
    "rubbish",
    [
        "", "x", "[]", "null", "{}", '{"kind": 1}', '{"kind": "command"}',
        '{"kind": "command", "number": 1, "do": "drop"}',
        '{"kind": "command", "number": 1, "do": ["x"]}', '{"kind": "command", "number": "x", "do": "take"}',
        '{"kind": "command", "number": 1, "do": "take", "emergency": "no id"}',
        '{"kind": "show", "number": 1, "emergency": 5}',
        "[" * 5000, '{"kind": "show", "number": ' + "9" * 5000 + "}",
    ],
)  # fmt: skip
async def test_rubbish_is_answered_and_changes_nothing(console: ConsoleHouse, li: Browser, rubbish: str) -> None:
    link = await li.opens_desk()
    await link.socket.send_str(rubbish)
    assert (await link.hears("answer"))["refused"] == "MessageUnusable"
    assert (await link.asks("presence", presence="break"))["ok"]


async def test_what_is_too_large_or_no_text_or_too_much_ends_the_link(console: ConsoleHouse, li: Browser) -> None:
    large = await li.opens_desk()
    await large.socket.send_str("x" * 9000)
    assert (await until_closed(large))[0] == 1009
    binary = await li.opens_desk()
    await binary.socket.send_bytes(b"\x00")
    await until_closed(binary)
    flood = await li.opens_desk()
    for _ in range(200):
        await flood.socket.send_json({"kind": "beat"})
    await until_closed(flood)
    assert (await (await li.opens_desk()).hears("state"))["me"] == "1001", "and the next one is served"


async def test_a_page_of_another_site_opens_no_link(console: ConsoleHouse, li: Browser) -> None:
    for origin in ("http://evil.example", "https://desk.example", "null"):
        with pytest.raises(WSServerHandshakeError) as refused:
            await li.opens_desk(origin)
        assert refused.value.status == 403


async def test_who_is_signed_out_elsewhere_loses_the_link(house_with: Houses) -> None:
    from callcenter.services.console_users import set_disabled

    sections = QUICK_DESK | {"access": {"session_looked_up_every_seconds": 1.0}}
    async with house_with(**sections) as house, with_console(house) as console:
        await house.agent("1001")
        await console.user("li", UserRole.AGENT, "1001")
        async with console.browser("li") as browser:
            link = await browser.opens_desk()
            await link.hears("state")
            await house.do(lambda work: set_disabled(work, house.clock, "li", disabled=True))
            house.clock.let_pass(2)
            beating = asyncio.ensure_future(_beat(link))
            assert (await link.hears("leave"))["why"] == "signed_out"
            beating.cancel()


async def _beat(link: Link) -> None:
    while not link.socket.closed:
        await link.socket.send_json({"kind": "beat"})
        await asyncio.sleep(0.2)


async def test_a_page_that_reads_slowly_gets_the_whole_instead_of_what_it_missed(
    console: ConsoleHouse, li: Browser
) -> None:
    link = await li.opens_desk()
    await link.hears("state")
    ids = {str((await console.house.pressed(f"1.{number}", account=f"unknown{number}")).id) for number in range(30)}
    seen: set[str] = set()
    async with asyncio.timeout(5):
        while seen != ids:
            message = json.loads((await link.socket.receive(timeout=5)).data)
            if message["kind"] in ("state", "changes"):
                seen |= {each["id"] for each in message.get("emergencies", [])}
