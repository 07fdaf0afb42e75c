"""Where an agent is rung: in the browser while a page is there, and Asterisk is asked no oftener than it must be."""

from __future__ import annotations

import asyncio
from typing import Any, cast

import pytest

from callcenter.asterisk.browser_phones import BrowserPhones
from callcenter.asterisk.link import AmiLink
from callcenter.asterisk.wire import Message
from callcenter.errors import ActionRefused, AsteriskAway

RETURNS_WITHIN_SECONDS = 0.05


def said(fields: dict[str, str]) -> Message:
    message = Message()
    message.update(fields)
    return message


class Link:
    """Answers what the test says."""

    def __init__(self) -> None:
        self.contacts = ""
        self.error: Exception | None = None
        self.asked: list[str] = []
        self.meanwhile: Any = None
        self.given_back: asyncio.Queue[str] = asyncio.Queue()

    async def act(self, action: str, fields: dict[str, str]) -> Message:
        assert action == "Getvar"
        self.asked.append(fields["Variable"])
        if self.error is not None:
            raise self.error
        if self.meanwhile is not None:
            self.meanwhile()
        return said({"Response": "Success", "Value": self.contacts})


@pytest.fixture
def link() -> Link:
    return Link()


@pytest.fixture
def browsers(link: Link) -> BrowserPhones:
    return BrowserPhones(cast(AmiLink, link), RETURNS_WITHIN_SECONDS, link.given_back.put_nowait)


def changed(account: str = "1001-web", status: str = "NonQualified") -> Message:
    return said({"Event": "ContactStatus", "AOR": account, "ContactStatus": status})


async def test_without_a_page_the_agents_own_phone_rings_and_the_question_is_put_once(
    link: Link, browsers: BrowserPhones
) -> None:
    assert [await browsers.nearest("PJSIP/1001") for _ in range(3)] == ["PJSIP/1001"] * 3
    assert link.asked == ["PJSIP_DIAL_CONTACTS(1001-web)"]


async def test_a_page_that_comes_and_goes_is_noticed(link: Link, browsers: BrowserPhones) -> None:
    await browsers.nearest("PJSIP/1001")
    link.contacts = "PJSIP/1001-web/sip:x@127.0.0.1"
    browsers.heard(changed())
    assert await browsers.nearest("PJSIP/1001") == "PJSIP/1001-web"
    link.contacts = ""
    browsers.heard(changed())
    assert await browsers.nearest("PJSIP/1001") == "PJSIP/1001"


async def test_another_accounts_change_asks_nothing_again(link: Link, browsers: BrowserPhones) -> None:
    await browsers.nearest("PJSIP/1001")
    browsers.heard(changed("p001"))
    browsers.heard(said({"Event": "Hangup"}))
    await browsers.nearest("PJSIP/1001")
    assert len(link.asked) == 1


async def test_an_answer_that_was_overtaken_is_not_remembered(link: Link, browsers: BrowserPhones) -> None:
    link.meanwhile = lambda: browsers.heard(changed())
    await browsers.nearest("PJSIP/1001")
    await browsers.nearest("PJSIP/1001")
    assert len(link.asked) == 2


async def test_after_the_link_was_down_nothing_is_taken_for_known(link: Link, browsers: BrowserPhones) -> None:
    await browsers.nearest("PJSIP/1001")
    browsers.down()
    await browsers.nearest("PJSIP/1001")
    assert len(link.asked) == 2


@pytest.mark.parametrize("error", [AsteriskAway("x"), ActionRefused("x")])
async def test_doubt_rings_the_agents_own_phone(link: Link, browsers: BrowserPhones, error: Exception) -> None:
    link.error = error
    assert await browsers.nearest("PJSIP/1001") == "PJSIP/1001"
    link.error, link.contacts = None, "PJSIP/1001-web/sip:x@127.0.0.1"
    assert await browsers.nearest("PJSIP/1001") == "PJSIP/1001-web"


async def ringing(link: Link, browsers: BrowserPhones) -> None:
    link.contacts = "PJSIP/1001-web/sip:x@127.0.0.1"
    browsers.rings(await browsers.nearest("PJSIP/1001"), "leg")


async def test_a_leg_is_given_back_when_its_page_is_there_again(link: Link, browsers: BrowserPhones) -> None:
    await ringing(link, browsers)
    browsers.heard(changed(status="Removed"))
    assert link.given_back.empty()
    browsers.heard(changed())
    assert link.given_back.get_nowait() == "leg"
    await asyncio.sleep(2 * RETURNS_WITHIN_SECONDS)
    assert link.given_back.empty(), "once"


async def test_a_leg_whose_page_does_not_return_is_given_back_in_time(link: Link, browsers: BrowserPhones) -> None:
    await ringing(link, browsers)
    browsers.heard(changed(status="Removed"))
    async with asyncio.timeout(5):
        assert await link.given_back.get() == "leg"


@pytest.mark.parametrize(
    "over",
    [
        {"Event": "Newstate", "ChannelState": "6", "Uniqueid": "leg"},
        {"Event": "Hangup", "Uniqueid": "leg"},
    ],
)
async def test_a_leg_that_was_answered_or_is_over_is_left_alone(
    link: Link, browsers: BrowserPhones, over: dict[str, str]
) -> None:
    await ringing(link, browsers)
    browsers.heard(said(over))
    browsers.heard(changed(status="Removed"))
    browsers.heard(changed())
    assert link.given_back.empty()
