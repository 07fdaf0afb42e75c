"""班长 on real calls: who hears whom is judged by each telephone's recording, tone by tone."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from aiohttp import ClientSession, CookieJar, UnixConnector

from callcenter.app.ask_service import ask_service
from tests.acceptance.browser import Door, chromium, open_phone
from tests.acceptance.hotline import Hotline
from tests.acceptance.phone import Phone
from tests.acceptance.sounds import PROMPTS, VOICES
from tests.unit.browser import ORIGIN, Browser, password_hash

pytestmark = pytest.mark.asterisk

#: Of 1001's and 1002's telephones in the first test.
ELDER, AGENT, SUPERVISOR = VOICES["elder"], VOICES["agent"], VOICES["second_agent"]


@asynccontextmanager
async def at_her_page(hotline: Hotline, name: str, extension: str) -> AsyncIterator[Browser]:
    """A supervisor with this phone for her own."""
    await ask_service(
        hotline.config,
        verb="add_user",
        name=name,
        shown="班长",
        role="supervisor",
        password_hash=password_hash(),
        extension=extension,
    )
    connector = UnixConnector(str(hotline.config.path(hotline.config.console.socket)))
    async with ClientSession(ORIGIN, connector=connector, cookie_jar=CookieJar(unsafe=True)) as client:
        browser = Browser(client=client)
        assert (await browser.signs_in(name)).status == 303
        yield browser


@pytest.fixture
async def chief(hotline: Hotline) -> AsyncIterator[Browser]:
    async with at_her_page(hotline, "chief", "1002") as browser:
        yield browser


async def does(chief: Browser, what: str, *phones: Phone) -> None:
    """Presses the button; from then on only what is heard afterwards counts."""
    answer = await chief.post("/supervisor", form_token=await chief.form_token(), why="新坐席第一天", do=what)
    assert answer.status == 303, await answer.text()
    await asyncio.sleep(0.3)  # what was on its way is in the recordings
    for phone in phones:
        phone.forget()


async def test_she_listens_whispers_joins_takes_over_and_gives_it_to_the_next(hotline: Hotline, chief: Browser) -> None:
    await hotline.on_duty("1001")
    elder, agent, supervisor = phones = await hotline.phones("p001", "1001", "1002")
    await elder.dial("120001")
    await agent.until("CALL_INCOMING")
    await agent.answer()
    await elder.hears(AGENT, within=5)
    [emergency] = hotline.open_emergencies()

    await does(chief, f"listen:{emergency.id}")
    await supervisor.until("CALL_INCOMING")
    await supervisor.answer()
    await supervisor.hears(ELDER, within=5)
    await supervisor.hears(AGENT, within=5)
    assert {SUPERVISOR} & {tone for phone in (elder, agent) for heard in phone.ear() for tone in heard.tones} == set()

    await does(chief, f"whisper:{emergency.id}", *phones)
    await agent.hears(SUPERVISOR, within=5, seconds=1)
    await supervisor.hears(ELDER, within=5)
    await supervisor.hears(AGENT, within=5)
    assert SUPERVISOR not in {tone for heard in elder.ear() for tone in heard.tones}

    await does(chief, f"join:{emergency.id}", *phones)
    for phone in (elder, agent):
        await phone.hears(SUPERVISOR, within=5)
    await supervisor.hears(ELDER, within=5)
    await supervisor.hears(AGENT, within=5)

    await does(chief, f"take_over:{emergency.id}", elder)
    await agent.until("CALL_CLOSED", within=5)
    assert hotline.in_state(emergency.id, "attended").row["owner"] == "1002"
    await elder.hears(SUPERVISOR, within=5, seconds=1)
    assert PROMPTS["please_hold"] not in {tone for heard in elder.ear() for tone in heard.tones}, "she was never alone"

    await does(chief, f"requeue:{emergency.id}")
    await supervisor.until("CALL_CLOSED", within=5)
    await agent.until("CALL_INCOMING", within=8, times=2)
    await agent.answer()
    await elder.hears(AGENT, within=5)
    assert elder.count("CALL_CLOSED") == 0
    kinds = [(row["kind"], row["who"], row["agent"]) for row in hotline.rows("select * from supervisions order by at")]
    assert kinds == [
        ("listen", "chief", "1001"),
        ("whisper", "chief", "1001"),
        ("join", "chief", "1001"),
        ("take_over", "chief", "1001"),
        ("requeue", "chief", "1002"),
        ("ended", "chief", "1001"),
    ]


async def test_her_telephone_may_be_the_one_in_her_browser(hotline: Hotline) -> None:
    door = Door(hotline)
    await door.open()
    try:
        async with chromium(hotline.folder) as chrome, at_her_page(hotline, "chief-web", "1001") as page:
            supervisor = await open_phone(chrome, hotline, "1001")
            await supervisor.online()
            await hotline.on_duty("1002")
            elder, agent = await hotline.phones("p001", "1002")
            await elder.dial("120001")
            await agent.until("CALL_INCOMING")
            await agent.answer()
            await elder.hears(VOICES["second_agent"], within=5)
            [emergency] = hotline.open_emergencies()
            await does(page, f"whisper:{emergency.id}")
            await supervisor.until("ringing")
            await supervisor.do("answer")
            await supervisor.until("talking")
            await agent.hears(VOICES["agent"], within=5)
            assert VOICES["agent"] not in {tone for heard in elder.ear() for tone in heard.tones}
            await does(page, "leave")
            await supervisor.until("ended")
    finally:
        await door.kill()
