"""The desk's link: the present, then what changes; the profile before the answer; commands."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager

import pytest

from callcenter.domain.access import UserRole
from callcenter.domain.calls import Role
from callcenter.domain.emergencies import Attended
from callcenter.domain.looks import Seen
from callcenter.domain.people import Presence
from callcenter.ports.news import News, NewsKind
from tests.unit.browser import QUICK_DESK, Browser, ConsoleHouse, with_console
from tests.unit.house import House

Houses = Callable[..., AbstractAsyncContextManager[House]]


@pytest.fixture
async def console(house_with: Houses) -> AsyncIterator[ConsoleHouse]:
    """Two agents at their desks' log-in, and a supervisor."""
    async with house_with(**QUICK_DESK) as house, with_console(house) as console:
        for extension, name in (("1001", "li"), ("1002", "wang")):
            await house.agent(extension)
            await console.user(name, UserRole.AGENT, extension)
        await house.agent("1009", Presence.OFFLINE)
        await console.user("chief", UserRole.SUPERVISOR, "1009")
        yield console


@pytest.fixture
async def li(console: ConsoleHouse) -> AsyncIterator[Browser]:
    async with console.browser("li") as browser:
        yield browser


# --------------------------------------------------------------------------------- what a desk sees


async def test_a_desk_begins_with_the_whole_present(console: ConsoleHouse, li: Browser) -> None:
    profile = await console.house.elder()
    emergency = await console.house.pressed()
    link = await li.opens_desk()
    state = await link.hears("state")
    assert state["me"] == "1001"
    [shown] = state["emergencies"]
    assert (shown["id"], shown["priority"], shown["state"]) == (str(emergency.id), 1, "waiting")
    assert (shown["name"], shown["place"]) == (profile.elder.name, profile.household.estate)
    assert shown["opened_ms"] == int(emergency.opened_at.timestamp() * 1000)
    assert [agent["extension"] for agent in state["agents"]] == ["1001", "1002", "1009"]
    assert state["now_ms"] == int(console.house.clock.now().timestamp() * 1000)


async def test_the_profile_is_there_before_the_answer_and_the_look_is_written_down(
    console: ConsoleHouse, li: Browser
) -> None:
    profile = await console.house.elder()
    link = await li.opens_desk()
    await link.hears("state")
    emergency = await console.house.pressed()
    assert console.house.telephony.targets == ["PJSIP/1001"], "it rings there"
    shown = await link.hears("profile", offered=True)
    assert shown["emergency"] == str(emergency.id)
    for part in (profile.elder.name, profile.address, profile.elder.allergies, profile.contacts[0].name, "青霉素"):
        assert part in shown["html"]
    assert shown["html"].index(profile.address) < shown["html"].index("请派救护车"), "the address first"
    look = (await console.house.do(lambda work: work.looks.recent(1)))[0]
    assert (look.who, look.what, look.elder) == ("li", Seen.PROFILE, profile.elder.id)


async def test_only_who_is_rung_gets_the_profile_and_everybody_sees_who_has_it(console: ConsoleHouse) -> None:
    await console.house.elder()
    async with console.browser("li") as first, console.browser("wang") as second:
        one, other = await first.opens_desk(), await second.opens_desk()
        await one.hears("state")
        await other.hears("state")
        emergency = await console.house.pressed()
        await one.hears("profile")
        await console.house.claims(console.house.leg_to("PJSIP/1001"))
        while True:
            message = json.loads((await other.socket.receive(timeout=5)).data)
            assert message["kind"] != "profile"
            [shown] = message.get("emergencies", [{}])
            if shown.get("state") == "attended":
                break
        assert (shown["id"], shown["owner"], shown["owner_name"]) == (str(emergency.id), "1001", "坐席1001")
        await console.house.desk.live.publish(
            News(kind=NewsKind.TRANSCRIPT, subject=str(emergency.id), words={"text": "我摔了", "final": "yes"})
        )
        assert (await one.hears("transcript"))["text"] == "我摔了"


async def test_who_opens_the_page_again_in_a_call_has_the_profile_again(console: ConsoleHouse, li: Browser) -> None:
    await console.house.elder()
    emergency = await console.house.pressed()
    await console.house.claims(console.house.leg_to("PJSIP/1001"))
    for _ in range(2):
        link = await li.opens_desk()
        [shown] = (await link.hears("state"))["emergencies"]
        assert shown["owner"] == "1001"
        assert (await link.hears("profile"))["emergency"] == str(emergency.id)
        await link.socket.close()


async def test_what_somebody_wrote_into_a_profile_is_never_a_tag(console: ConsoleHouse, li: Browser) -> None:
    evil = "<img src=x onerror=alert(1)>"
    await console.house.elder(name=evil, how_to_talk=evil, illness=evil, instructions=evil)
    link = await li.opens_desk()
    await console.house.pressed()
    html = (await link.hears("profile"))["html"]
    assert "<img" not in html and html.count("&lt;img") >= 4


async def test_an_unknown_caller_is_told_as_one(console: ConsoleHouse, li: Browser) -> None:
    link = await li.opens_desk()
    await link.hears("state")
    await console.house.pressed(account="nobodys")
    shown = await link.hears("profile")
    assert "身份不明" in shown["html"]
    assert (await console.house.do(lambda work: work.looks.recent(1)))[0].what is Seen.TIMELINE


async def test_while_the_database_is_away_the_profile_is_shown_and_the_look_goes_to_the_journal(
    house_with: Houses,
) -> None:
    from tests.integration.test_storage_away import is_back, locked

    async with (
        house_with(**QUICK_DESK, database={"answer_within_seconds": 0.3}) as house,
        with_console(house) as console,
    ):
        profile = await house.elder()
        await house.agent("1001")
        await console.user("li", UserRole.AGENT, "1001")
        await house.storage.refresh_hot_cache()
        async with console.browser("li") as browser:
            link = await browser.opens_desk()
            await link.hears("state")
            with locked(house.desk.config):
                emergency = await house.pressed()
                assert house.storage.away
                assert profile.address in (await link.hears("profile"))["html"]
                refused = await link.asks("finish", emergency=str(emergency.id), disposition="1")
                assert not refused["ok"]
            await is_back(house.storage)
            looks = await house.do(lambda work: work.looks.recent(5))
            assert (looks[0].what, looks[0].emergency) == (Seen.TIMELINE, emergency.id)


# ---------------------------------------------------------------------------------------- commands


async def test_on_duty_on_a_break_and_off(console: ConsoleHouse, li: Browser) -> None:
    link = await li.opens_desk()
    for word, presence in (("break", "break"), ("offline", "offline"), ("online", "free")):
        assert (await link.asks("presence", presence=word))["ok"]
        [agent] = (await link.hears("changes"))["agents"]
        assert (agent["extension"], agent["presence"]) == ("1001", presence)
    assert (await link.asks("presence", presence="talking"))["refused"] == "MessageUnusable"


async def test_what_waits_is_taken_by_ringing_the_agents_own_phone(console: ConsoleHouse) -> None:
    house = console.house
    await house.elder()
    emergency = await house.pressed()
    async with console.browser("wang") as browser:
        link = await browser.opens_desk()
        assert (await link.asks("take", emergency=str(emergency.id)))["ok"]
        await house.background.settle()
        assert house.telephony.targets == ["PJSIP/1001", "PJSIP/1002"]
        assert (await link.asks("take", emergency=str(emergency.id)))["ok"], "it rings already"
        assert house.telephony.targets == ["PJSIP/1001", "PJSIP/1002"]
        await house.claims(house.leg_to("PJSIP/1002"))
        refused = await link.asks("take", emergency=str(emergency.id))
        assert (refused["ok"], refused["refused"], refused["said"]) == (False, "EmergencyTaken", "已被别人接起。")
        assert (await link.asks("take", emergency=str(house.clock.new_id())))["refused"] == "EmergencyUnknown"


async def test_a_busy_agent_takes_nobody_else(console: ConsoleHouse, li: Browser) -> None:
    house = console.house
    await house.elder()
    await house.pressed()
    await house.claims(house.leg_to("PJSIP/1001"))
    second = await house.pressed("1.2", account="another")
    link = await li.opens_desk()
    assert (await link.asks("take", emergency=str(second.id)))["refused"] == "AgentBusy"


async def test_family_and_120_are_invited_by_who_has_her_and_by_nobody_else(console: ConsoleHouse, li: Browser) -> None:
    house = console.house
    await house.elder()
    emergency = str((await house.pressed()).id)
    link = await li.opens_desk()
    assert (await link.asks("invite_120", emergency=emergency))["refused"] == "EmergencyNotYours"
    await house.claims(house.leg_to("PJSIP/1001"))
    house.telephony.forget()
    assert (await link.asks("invite_contact", emergency=emergency))["ok"]
    assert (await link.asks("invite_120", emergency=emergency))["ok"]
    await house.background.settle()
    assert house.telephony.targets == ["PJSIP/13900002222@trunk", "PJSIP/dispatcher"]
    async with console.browser("wang") as other:
        theirs = await other.opens_desk()
        assert (await theirs.asks("invite_120", emergency=emergency))["refused"] == "EmergencyNotYours"


async def test_who_has_nobody_to_call_is_told(console: ConsoleHouse, li: Browser) -> None:
    house = console.house
    emergency = str((await house.pressed(account="nobodys")).id)
    await house.claims(house.leg_to("PJSIP/1001"))
    link = await li.opens_desk()
    assert (await link.asks("invite_contact", emergency=emergency))["refused"] == "NobodyToInvite"


async def test_only_who_has_her_closes_and_a_supervisor_any(console: ConsoleHouse, li: Browser) -> None:
    house = console.house
    await house.elder()
    emergency = await house.pressed()
    words = {"emergency": str(emergency.id), "note": "她没事"}
    link = await li.opens_desk()
    assert (await link.asks("finish", disposition="1", **words))["refused"] == "EmergencyNotYours"
    await house.claims(house.leg_to("PJSIP/1001"))
    assert (await link.asks("finish", disposition="8", **words))["refused"] == "DispositionUnknown"
    assert (await link.asks("finish", disposition="1", items=["no_distress", "rubbish", 7], **words))["ok"]
    [decision] = await house.do(lambda work: work.records.decisions(emergency.id))
    assert decision.items == ("no_distress",)
    closed = await house.closed(emergency)
    assert (closed.closed_by, closed.disposition, closed.note) == ("agent:1001", "false_alarm", "她没事")
    assert (await link.hears("changes", gone=[str(emergency.id)]))["gone"]
    assert (await link.asks("finish", disposition="2", **words))["refused"] in ("EmergencyClosed", "EmergencyNotYours")
    second = await house.pressed("1.2", account="another")
    async with console.browser("chief") as browser:
        theirs = await browser.opens_desk()
        assert (await theirs.asks("finish", emergency=str(second.id), disposition="6"))["ok"]
    assert (await house.closed(second)).closed_by == "agent:1009"


async def test_who_hands_back_ends_the_own_leg_and_nothing_else(console: ConsoleHouse, li: Browser) -> None:
    house = console.house
    await house.elder()
    emergency = await house.pressed()
    link = await li.opens_desk()
    assert (await link.asks("hand_back", emergency=str(emergency.id)))["refused"] == "EmergencyNotYours"
    leg = house.leg_to("PJSIP/1001")
    await house.claims(leg)
    assert (await link.asks("hand_back", emergency=str(emergency.id)))["ok"]
    assert house.telephony.hung_up == [str(leg.id)]
    assert isinstance(await house.now(emergency), Attended), "until the phone has really left the room"
    await house.leaves(emergency.room, str(leg.id), Role.AGENT)
    await house.waiting(emergency)


async def test_two_who_take_at_once_ring_both_and_one_has_it(console: ConsoleHouse) -> None:
    house = console.house
    await house.elder()
    emergency = await house.pressed(alive=True)
    async with console.browser("li") as first, console.browser("wang") as second:
        links = [await first.opens_desk(), await second.opens_desk()]
        answers = await asyncio.gather(*(link.asks("take", emergency=str(emergency.id)) for link in links))
        assert all(answer["ok"] for answer in answers)
        await house.background.settle()
        await house.claims(house.leg_to("PJSIP/1002"))
        attended = await house.attended(emergency)
        assert attended.owner == "1002"
        assert str(house.leg_to("PJSIP/1001").id) in house.telephony.hung_up
