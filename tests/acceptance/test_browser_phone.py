"""An agent without a desk phone: the page rings, is answered, and both hear each other, whatever dies meanwhile."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
import yaml

from callcenter.app.ask_service import ask_service
from callcenter.config import load
from tests.acceptance.browser import BrowserPhone, Door, chromium, open_phone, second_tab
from tests.acceptance.conftest import running
from tests.acceptance.hotline import Hotline
from tests.acceptance.sounds import PROMPTS, VOICES

ANSWERED_WITHIN_SECONDS = 0.3
RUNG_AGAIN_WITHIN_SECONDS = 3.0  #: of the page's return


class PatientHotline(Hotline):
    """A page may be away for as long as a new process of the door takes to start, on a busy machine too."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        settings = yaml.safe_load(self.file.read_text())
        settings["console"]["page_returns_within_seconds"] = 10.0
        self.file.write_text(yaml.safe_dump(settings, allow_unicode=True))
        self.config = load(self.file)


@pytest.fixture(scope="module")
def house() -> Iterator[Hotline]:
    with running(PatientHotline) as house:
        yield house


@pytest.fixture
async def phone(hotline: Hotline, door: Door) -> AsyncIterator[BrowserPhone]:
    """1001's telephone in a page, online."""
    async with chromium(hotline.folder) as browser:
        phone = await open_phone(browser, hotline, "1001")
        await phone.online()
        yield phone


async def test_the_page_rings_is_answered_and_both_hear_each_other(hotline: Hotline, phone: BrowserPhone) -> None:
    await hotline.on_duty("1001")
    elder, desk_phone = await hotline.phones("p001", "1001")
    await elder.dial("120001")
    ringing = await phone.until("ringing")
    assert "李桂兰" in ringing.detail["name"]
    assert "红键" in ringing.detail["name"]
    answered = await phone.do("answer")
    talking = await phone.until("talking")
    assert talking.at - answered <= ANSWERED_WITHIN_SECONDS
    await phone.hears(VOICES["elder"])
    await elder.hears(VOICES["agent"], within=5)
    assert desk_phone.count("CALL_INCOMING") == 0, "who sits at a page is rung there alone"
    await phone.do("mute", True)
    elder.forget()
    await elder.hears_nothing_of(VOICES["agent"], for_seconds=1.0)
    await phone.do("mute", False)
    await elder.hears(VOICES["agent"], within=5)
    await phone.page.evaluate("unplug()")
    elder.forget()
    await elder.hears(VOICES["agent"], within=5, seconds=1.0)
    await phone.do("sendKey", "*2")
    await elder.until("CALL_CLOSED", within=15)
    ended = await phone.until("ended")
    assert ended.detail["talked"]
    assert [e.row["disposition"] for e in hotline.emergencies() if e.state == "closed"][-1] == "helped_by_phone"


async def test_who_cannot_talk_is_not_online(hotline: Hotline, door: Door, phone: BrowserPhone) -> None:
    """A second tab would take the first one's calls; a page without a microphone would answer and say nothing."""
    tab = await second_tab(phone, hotline)
    await tab.page.click("button")
    assert (await tab.until("failed")).detail == {"reason": "another_tab"}
    async with chromium(hotline.folder) as browser:
        mute = await open_phone(browser, hotline, "1002", microphone=False)
        await mute.page.click("button")
        assert (await mute.until("failed")).detail == {"reason": "microphone"}
        assert not mute.told("registered")
    await phone.page.close()
    await tab.page.click("button")
    await tab.until("registered")


async def test_a_page_that_is_closed_brings_her_back_and_the_desk_phone_is_rung(
    hotline: Hotline, phone: BrowserPhone
) -> None:
    await hotline.on_duty("1001")
    elder, desk_phone = await hotline.phones("p001", "1001")
    await elder.dial("120001")
    await phone.until("ringing")
    await phone.do("answer")
    await phone.hears(VOICES["elder"])
    elder.forget()
    await phone.page.close()
    await elder.hears(PROMPTS["please_hold"], within=8)
    await desk_phone.until("CALL_INCOMING", within=15)
    await desk_phone.answer()
    await desk_phone.hears(VOICES["elder"], within=5)
    assert elder.count("CALL_CLOSED") == 0


async def test_while_the_service_is_dead_the_dialplan_rings_the_page(hotline: Hotline, phone: BrowserPhone) -> None:
    """Agents with browsers only: no desk phone is registered."""
    elder = await hotline.phone("p001")
    await hotline.kill()
    await elder.dial("120001")
    await phone.until("ringing", within=15)
    await phone.do("answer")
    await phone.until("talking")
    await phone.hears(VOICES["elder"], within=8)
    await elder.hears(VOICES["agent"], within=8)
    await hotline.serve()
    await hotline.until(
        lambda: [e.state for e in hotline.open_emergencies()] == ["attended"], why="the talk is adopted"
    )
    assert hotline.open_emergencies()[0].row["owner"] == "1001"
    elder.forget()
    await elder.hears(VOICES["agent"], within=5)


async def test_a_door_that_dies_in_mid_call_costs_no_word_and_the_page_learns_of_the_end(
    hotline: Hotline, door: Door, phone: BrowserPhone
) -> None:
    await hotline.on_duty("1001")
    elder = await hotline.phone("p001")
    await elder.dial("120001")
    await phone.until("ringing")
    await phone.do("answer")
    await phone.hears(VOICES["elder"])
    await door.kill()
    await phone.until("unregistered")
    elder.forget()
    await elder.hears(VOICES["agent"], within=5, seconds=3.0)
    await phone.hears(VOICES["elder"])
    await door.open()
    await phone.until("registered", times=2, within=20)
    await door.kill()
    [emergency] = hotline.open_emergencies()
    await ask_service(hotline.config, verb="close", emergency=emergency.id, by="test", disposition="test_call")
    await elder.until("CALL_CLOSED", within=15)
    await door.open()
    await phone.until("ended", within=20)
    phone.forget()
    door.stop()
    await phone.do("check")
    await phone.until("unregistered", within=4)
    door.go_on()
    await phone.until("registered", within=10)


async def test_a_page_that_is_cut_off_while_it_rings_is_rung_again_when_it_is_back(
    hotline: Hotline, door: Door, phone: BrowserPhone
) -> None:
    await hotline.on_duty("1001")
    elder = await hotline.phone("p001")
    await elder.dial("120001")
    await phone.until("ringing")
    await door.kill()
    await phone.until("ended", within=3)
    await door.open()
    back = await phone.until("registered", within=15, times=2)
    again = await phone.until("ringing", within=10, times=2)
    assert again.at - back.at <= RUNG_AGAIN_WITHIN_SECONDS
    await phone.do("answer")
    await phone.hears(VOICES["elder"])
