"""What a desk sees of those whom its agent called into the room, and what closing asks when nobody took over."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager
from typing import Any

import pytest

from callcenter.domain.access import UserRole
from callcenter.domain.calls import LegOutcome, Role
from callcenter.domain.emergencies import Emergency
from callcenter.domain.people import Profile
from callcenter.ports.telephony import LegRequest
from tests.unit.browser import QUICK_DESK, ConsoleHouse, Link, with_console
from tests.unit.house import House

Houses = Callable[..., AbstractAsyncContextManager[House]]
DAUGHTER, NEIGHBOUR = "PJSIP/13900002222@trunk", "PJSIP/13900003333@trunk"


@pytest.fixture
async def console(house_with: Houses) -> AsyncIterator[ConsoleHouse]:
    """One agent at her desk's log-in."""
    async with house_with(**QUICK_DESK) as house, with_console(house) as console:
        await house.agent("1001")
        await console.user("li", UserRole.AGENT, "1001")
        yield console


@pytest.fixture
async def link(console: ConsoleHouse) -> AsyncIterator[Link]:
    async with console.browser("li") as browser:
        yield await browser.opens_desk()


@pytest.fixture
async def profile(console: ConsoleHouse) -> Profile:
    return await console.house.elder()


@pytest.fixture
async def emergency(console: ConsoleHouse, profile: Profile) -> Emergency:
    """The agent has her."""
    emergency = await console.house.pressed()
    await console.house.claims(console.house.leg_to("PJSIP/1001"))
    return emergency


async def comes(house: House, emergency: Emergency, leg: LegRequest, role: Role) -> None:
    """Picks up, and is in the room."""
    await house.answered(leg)
    await house.enters(emergency.room, str(leg.id), role)


async def shows(link: Link, company: list[list[str]]) -> None:
    seen: list[Any] = []
    for _ in range(30):
        message = await link.socket.receive_json(timeout=5)
        await link.socket.send_json({"kind": "beat"})
        seen += [shown["company"] for shown in message.get("emergencies", [])]
        if company in seen:
            return
    raise AssertionError(seen)


async def test_each_is_seen_ringing_answering_and_what_became_of_it(
    console: ConsoleHouse, link: Link, profile: Profile, emergency: Emergency
) -> None:
    house, about = console.house, {"emergency": str(emergency.id)}
    first, second = (str(contact.id) for contact in profile.contacts[:2])
    assert (await link.asks("invite_contact", **about))["ok"]
    await shows(link, [["contact", first, "ringing"]])
    await house.ended(house.leg_to(DAUGHTER).id, LegOutcome.BUSY, role=Role.CONTACT)
    await shows(link, [["contact", first, "busy"]])
    assert (await link.asks("invite_contact", **about))["ok"]
    assert (await link.asks("invite_120", **about))["ok"]
    await house.background.settle()
    neighbour = house.leg_to(NEIGHBOUR)
    await comes(house, emergency, neighbour, Role.CONTACT)
    await shows(
        link, [["contact", first, "busy"], ["contact", second, "joined"], ["dispatcher", "city", "ringing"]]
    )  # fmt: skip
    await house.ended(neighbour.id, answered=True, role=Role.CONTACT)
    await shows(link, [["contact", first, "busy"], ["contact", second, "left"], ["dispatcher", "city", "ringing"]])


async def test_who_was_called_a_second_time_stands_there_once(
    console: ConsoleHouse, link: Link, profile: Profile, emergency: Emergency
) -> None:
    house, about = console.house, {"emergency": str(emergency.id)}
    for destination, number in ((DAUGHTER, 0), (NEIGHBOUR, 1)):
        assert (await link.asks("invite_contact", **about))["ok"]
        await house.background.settle()
        await house.ended(house.leg_to(destination).id, LegOutcome.NO_ANSWER, role=Role.CONTACT)
        await shows(link, [["contact", str(each.id), "no_answer"] for each in profile.contacts[: number + 1]])
    assert (await link.asks("invite_contact", **about))["ok"], "the first again"
    outcomes = [["contact", str(contact.id), "no_answer"] for contact in profile.contacts[:2]]
    outcomes[0][2] = "ringing"
    await shows(link, outcomes)


@pytest.mark.parametrize(("digit", "verb", "destination"), [
    ("4", "invite_120", "PJSIP/dispatcher"), ("3", "invite_contact", DAUGHTER),
])  # fmt: skip
async def test_handed_to_somebody_who_never_came_is_asked_once_more(
    console: ConsoleHouse, link: Link, emergency: Emergency, digit: str, verb: str, destination: str
) -> None:
    about = {"emergency": str(emergency.id), "disposition": digit}
    assert (await link.asks(verb, emergency=str(emergency.id)))["ok"]
    refused = await link.asks("finish", **about)
    assert refused["refused"] == "NobodyTookOver" and "红色按钮" in refused["said"]
    await console.house.attended(emergency)
    assert (await link.asks("finish", **about, sure="yes"))["refused"] == "NobodyTookOver", "only true is sure"
    assert (await link.asks("finish", **about, sure=True))["ok"]
    await console.house.closed(emergency)


@pytest.mark.parametrize(("digit", "verb", "destination", "role"), [
    ("4", "invite_120", "PJSIP/dispatcher", Role.DISPATCHER), ("3", "invite_contact", DAUGHTER, Role.CONTACT),
])  # fmt: skip
async def test_handed_to_somebody_who_was_in_the_call_is_not(
    console: ConsoleHouse, link: Link, emergency: Emergency, digit: str, verb: str, destination: str, role: Role
) -> None:
    house = console.house
    assert (await link.asks(verb, emergency=str(emergency.id)))["ok"]
    await house.background.settle()
    leg = house.leg_to(destination)
    await comes(house, emergency, leg, role)
    await house.ended(leg.id, answered=True, role=role)
    assert (await link.asks("finish", emergency=str(emergency.id), disposition=digit))["ok"], "even if they have left"


async def test_who_hung_up_is_called_back_from_the_desk(
    console: ConsoleHouse, link: Link, emergency: Emergency
) -> None:
    house, about = console.house, {"emergency": str(emergency.id)}
    assert (await link.asks("call_back", **about))["refused"] == "ElderConnected"
    await house.ended("1.1", answered=True, role=Role.ELDER)
    assert house.telephony.targets[-1] == "PJSIP/pager0001", "by itself, at once"
    await house.ended(house.leg_to("PJSIP/pager0001").id, LegOutcome.BUSY, role=Role.ELDER)
    before = len(house.telephony.targets)
    assert (await link.asks("call_back", **about))["ok"]
    await house.background.settle()
    assert len(house.telephony.targets) == before + 1, "without the pause between two tries"
