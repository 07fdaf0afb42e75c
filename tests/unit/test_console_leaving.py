"""What all desks see of an emergency on hold, being transferred, or one of several of one cause; the commands."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager
from typing import Any

import pytest

from callcenter.domain.access import UserRole
from callcenter.domain.calls import LegOutcome, Role
from callcenter.domain.people import Agent, Presence
from callcenter.ports.storage import UnitOfWork
from callcenter.ports.telephony import LegRequest
from tests.unit.browser import QUICK_DESK, Browser, ConsoleHouse, Link, with_console
from tests.unit.house import House

Houses = Callable[..., AbstractAsyncContextManager[House]]


@pytest.fixture
async def console(house_with: Houses) -> AsyncIterator[ConsoleHouse]:
    """Two agents at their desks' log-in."""
    async with house_with(**QUICK_DESK) as house, with_console(house) as console:
        for extension, name in (("1001", "li"), ("1002", "wang")):
            await house.agent(extension)
            await console.user(name, UserRole.AGENT, extension)
        yield console


@pytest.fixture
async def li(console: ConsoleHouse) -> AsyncIterator[Browser]:
    async with console.browser("li") as browser:
        yield browser


async def sees(link: Link, **wanted: Any) -> dict[str, Any]:
    """The first emergency, once it shows this."""
    while True:
        message = await link.socket.receive_json(timeout=5)
        await link.socket.send_json({"kind": "beat"})
        for shown in message.get("emergencies", []):
            if all(shown.get(name) == value for name, value in wanted.items()):
                return dict(shown)


async def gone(house: House, room: str, leg: LegRequest) -> None:
    await house.leaves(room, str(leg.id), Role.AGENT)
    await house.ended(leg.id, LegOutcome.CLAIMED, answered=True, role=Role.AGENT)


async def test_everybody_sees_who_holds_her_and_when_it_is_too_long(console: ConsoleHouse, li: Browser) -> None:
    house = console.house
    await house.elder()
    emergency = await house.pressed()
    leg = house.leg_to("PJSIP/1001")
    await house.claims(leg)
    mine = await li.opens_desk()
    assert (await mine.asks("hold", emergency=str(emergency.id)))["ok"]
    await gone(house, emergency.room, leg)
    async with console.browser("wang") as other:
        theirs = await other.opens_desk()
        state = await theirs.hears("state")
        [shown] = state["emergencies"]
        since = int(house.clock.now().timestamp() * 1000)
        assert shown["hold"] == {"since_ms": since, "parked": False, "over": False}
        assert (shown["owner"], shown["owner_name"]) == ("1001", "坐席1001")
        assert state["agents"][0]["presence"] == "hold"
        assert (await theirs.asks("take", emergency=str(emergency.id)))["refused"] == "EmergencyTaken"
        assert (await theirs.asks("hold", emergency=str(emergency.id)))["refused"] == "EmergencyNotYours"
        house.clock.let_pass(61)
        assert (await sees(theirs, owner="1001"))["hold"]["over"] is True
    mine = await li.opens_desk()  # a page that has said nothing for so long has lost its link
    assert (await mine.asks("take", emergency=str(emergency.id)))["ok"]
    await house.background.settle()
    await house.claims(house.leg_to("PJSIP/1001"))
    await sees(mine, hold=None)


async def test_who_parks_is_shown_as_free(console: ConsoleHouse, li: Browser) -> None:
    house = console.house
    await house.elder()
    emergency = await house.pressed()
    leg = house.leg_to("PJSIP/1001")
    await house.claims(leg)
    link = await li.opens_desk()
    assert (await link.asks("park", emergency=str(emergency.id)))["ok"]
    await gone(house, emergency.room, leg)
    [agent] = (await link.hears("changes", agents=[agent_facts(house, "1001", "free")]))["agents"]
    assert agent["extension"] == "1001"


def agent_facts(house: House, extension: str, presence: str) -> dict[str, Any]:
    since = int(house.clock.now().timestamp() * 1000)
    return {"extension": extension, "name": f"坐席{extension}", "presence": presence, "since_ms": since}


async def test_the_colleague_who_is_asked_has_the_profile_and_sees_that_it_is_a_transfer(
    console: ConsoleHouse, li: Browser
) -> None:
    house = console.house
    profile = await house.elder()
    emergency = await house.pressed()
    await house.claims(house.leg_to("PJSIP/1001"))
    link = await li.opens_desk()
    async with console.browser("wang") as other:
        theirs = await other.opens_desk()
        await theirs.hears("state")
        for nobody in ("1001", "77", "<b>", None, {}):
            assert (await link.asks("transfer", emergency=str(emergency.id), to=nobody))["refused"] == "AgentUnknown"
        assert (await theirs.asks("transfer", emergency=str(emergency.id), to="1001"))["refused"] == "EmergencyNotYours"
        assert (await link.asks("transfer", emergency=str(emergency.id), to="1002"))["ok"]
        assert profile.elder.name in (await theirs.hears("profile", offered=True))["html"]
        await sees(link, transfer="1002", owner="1001")
        assert (await link.asks("stop_transfer", emergency=str(emergency.id)))["ok"]
        await sees(link, transfer="", owner="1001")
        assert (await theirs.asks("presence", presence="break"))["ok"]
        refused = await link.asks("transfer", emergency=str(emergency.id), to="1002")
        assert (refused["refused"], refused["said"]) == ("AgentNotFree", "对方现在不空闲。")


async def test_three_of_one_building_are_one_card_and_each_its_own_emergency(
    console: ConsoleHouse, li: Browser
) -> None:
    house = console.house
    emergencies = []
    for number in (1, 2, 3):
        await house.elder(f"pager{number}", identity_number="")
        emergencies.append(str((await house.pressed(f"1.{number}", account=f"pager{number}", at=house.clock.now())).id))
        house.clock.let_pass(20)
    link = await li.opens_desk()
    shown = (await link.hears("state"))["emergencies"]
    assert sorted(each["id"] for each in shown) == sorted(emergencies)
    assert {each["together"]["card"] for each in shown} == {emergencies[0]}
    house.clock.let_pass(120)
    await house.elder("pager4", identity_number="")
    alone = await house.pressed("1.4", account="pager4", at=house.clock.now())
    assert (await sees(link, id=str(alone.id)))["together"] is None


async def test_who_is_there_again_is_rung_at_once_for_whom_she_missed(console: ConsoleHouse, li: Browser) -> None:
    house = console.house
    await house.elder()
    await house.do(lambda work: work.agents.set_presence(_agent(work, "1002").id, Presence.BREAK, house.clock.now()))
    await house.pressed()
    await house.ended(house.leg_to("PJSIP/1001").id, LegOutcome.UNREACHABLE)
    link = await li.opens_desk()
    await link.hears("state")
    assert house.telephony.targets == ["PJSIP/1001"], "a dead phone is not rung in circles"
    assert (await link.asks("here"))["ok"]
    await house.background.settle()
    assert house.telephony.targets == ["PJSIP/1001", "PJSIP/1001"]
    assert (await link.asks("here"))["ok"]
    await house.background.settle()
    assert len(house.telephony.targets) == 2, "it rings already"


def _agent(work: UnitOfWork, extension: str) -> Agent:
    agent = work.agents.by_extension(extension)
    assert agent is not None
    return agent
