"""坐席: on and off duty, wrap-up, an empty roster; and whoever waits is offered the moment somebody is free."""

from __future__ import annotations

import asyncio
from contextlib import suppress

import pytest

from callcenter.domain.calls import Key, LegOutcome, Role
from callcenter.domain.people import Presence
from callcenter.errors import AgentUnknown
from callcenter.ports.news import NewsKind
from callcenter.services.agent_presence import change_presence, end_wrap_ups
from callcenter.services.background import Background
from callcenter.services.close_emergency import close_emergency
from callcenter.services.end_lost_legs import end_lost_legs
from callcenter.services.offer_waiting import offer_waiting
from callcenter.services.watch_roster import RosterWatch
from scheduler.housekeeping import schedule
from tests.unit.fakes import a_channel, a_press
from tests.unit.house import House


async def come_on(house: House, extension: str, presence: Presence = Presence.FREE) -> None:
    await change_presence(house.desk, extension, presence)
    await house.background.settle()


async def test_an_agent_goes_on_duty_has_a_break_and_goes_home(house: House) -> None:
    agent = await house.agent(presence=Presence.OFFLINE)
    async with house.live.subscribe() as news:
        for presence in (Presence.FREE, Presence.BREAK, Presence.OFFLINE):
            await come_on(house, "1001", presence)
            assert await house.presence(agent) is presence
            told = await anext(news)
            assert (told.kind, told.subject) == (NewsKind.PRESENCE_CHANGED, str(agent.id))
            assert await house.live.presences() == {agent.id: presence}
    with pytest.raises(AgentUnknown):
        await change_presence(house.desk, "9999", Presence.FREE)


async def test_who_comes_on_duty_gets_whoever_waits_whatever_her_rung(house: House) -> None:
    await house.agent(presence=Presence.OFFLINE)
    await house.pressed()
    await house.passes(12)
    house.telephony.forget()
    await come_on(house, "1001")
    assert house.telephony.targets == ["PJSIP/1001"]


async def test_a_break_brings_nobody(house: House) -> None:
    await house.agent(presence=Presence.OFFLINE)
    await house.pressed()
    house.telephony.forget()
    await come_on(house, "1001", Presence.BREAK)
    assert house.telephony.rung == []


async def test_the_most_urgent_comes_first_then_the_oldest(house: House) -> None:
    await house.agent(presence=Presence.OFFLINE)
    await house.pressed("1.1", account="g1", key=Key.GREEN)
    house.clock.let_pass(1)
    await house.pressed("1.2", account="l1", key=Key.LANDLINE)
    house.clock.let_pass(1)
    first_red = await house.pressed("1.3", account="r1")
    house.clock.let_pass(1)
    await house.pressed("1.4", account="r2")
    await come_on(house, "1001")
    assert house.leg_to("PJSIP/1001").variables["CC_EMERGENCY"] == str(first_red.id)


async def test_two_elders_and_one_agent_the_second_comes_when_the_first_is_closed(house: House) -> None:
    await house.agent()
    first = await house.pressed("1.1", account="a1")
    second = await house.pressed("1.2", account="a2")
    leg = house.leg_to("PJSIP/1001")
    await house.claims(leg)
    await close_emergency(house.desk, first.id, by="agent:1001", disposition="1")
    await house.background.settle()
    house.telephony.forget()
    await house.ended(leg.id, answered=True)
    assert house.leg_to("PJSIP/1001").variables["CC_EMERGENCY"] == str(second.id)  # a red key reaches wrap-up too


async def test_a_green_key_waits_until_the_wrap_up_is_over(house: House) -> None:
    agent = await house.agent(presence=Presence.WRAP_UP)
    await house.pressed(key=Key.GREEN)
    house.telephony.forget()
    await offer_waiting(house.desk)
    await house.background.settle()
    assert house.telephony.rung == []
    house.clock.let_pass(19)
    await end_wrap_ups(house.desk)
    assert await house.presence(agent) is Presence.WRAP_UP
    house.clock.let_pass(1)
    await end_wrap_ups(house.desk)
    await house.background.settle()
    assert house.telephony.targets == ["PJSIP/1001"]


async def test_a_phone_that_just_failed_for_her_is_left_alone_for_a_while(house: House) -> None:
    await house.agent()
    await house.pressed()
    await house.ended(house.leg_to("PJSIP/1001").id, LegOutcome.UNREACHABLE)
    house.telephony.forget()
    await offer_waiting(house.desk)
    await house.background.settle()
    assert house.telephony.rung == []
    house.clock.let_pass(11)
    await offer_waiting(house.desk)
    await house.background.settle()
    assert house.telephony.targets == ["PJSIP/1001"]


async def test_one_who_rings_already_gets_no_second_agent_from_it(house: House) -> None:
    await house.agent("1001")
    await house.pressed()
    await house.agent("1002", presence=Presence.OFFLINE)
    await come_on(house, "1002")
    assert house.telephony.targets == ["PJSIP/1001"]


async def test_an_agent_who_rings_or_talks_is_offered_nobody_else(house: House) -> None:
    agent = await house.agent()
    await house.pressed("1.1", account="a1")
    assert await house.presence(agent) is Presence.RINGING
    await house.pressed("1.2", account="a2")
    await house.claims(house.leg_to("PJSIP/1001"))
    assert await house.presence(agent) is Presence.TALKING
    await house.passes(30, tick_seconds=1)
    assert house.telephony.targets.count("PJSIP/1001") == 1


async def test_an_empty_roster_is_told_once_and_again_after_somebody_was_there(house: House) -> None:
    watch = RosterWatch(house.desk)
    await house.agent(presence=Presence.OFFLINE)
    async with house.live.subscribe() as news:
        for presence in (Presence.OFFLINE, Presence.OFFLINE, Presence.FREE, Presence.OFFLINE, Presence.OFFLINE):
            await come_on(house, "1001", presence)
            await watch.look()
        told = [(await anext(news)).kind for _ in range(7)]
    assert told.count(NewsKind.ROSTER_ALARM) == 2
    assert told[1] == told[5] == NewsKind.ROSTER_ALARM


async def test_an_agent_whose_legs_end_nobody_told_is_free_again(house: House) -> None:
    agent = await house.agent()
    emergency = await house.pressed()
    leg = house.leg_to("PJSIP/1001")
    house.telephony.alive = [a_channel(str(leg.id), Role.AGENT, emergency.id)]
    house.clock.let_pass(60)
    await end_lost_legs(house.desk)
    assert await house.presence(agent) is Presence.RINGING  # it lives
    house.telephony.alive = []
    await end_lost_legs(house.desk)
    assert await house.presence(agent) is Presence.FREE
    [offer] = await house.offers(emergency)
    assert offer.outcome is LegOutcome.LOST


# ----------------------------------------------------------------------------------- what ticks


class Ticks:
    """Takes the jobs; the test calls them."""

    def __init__(self) -> None:
        self.jobs: dict[str, object] = {}

    def every(self, seconds: float, name: str, job: object) -> None:
        assert seconds > 0
        self.jobs[name] = job

    async def tick(self, name: str) -> None:
        await self.jobs[name]()  # type: ignore[operator]


async def test_everything_that_ticks_can_be_ticked_whatever_asterisk_does(house: House) -> None:
    ticks = Ticks()
    schedule(ticks, house.desk)  # type: ignore[arg-type]
    house.telephony.marks = [a_press("1.1")]
    house.clock.let_pass(60)
    house.telephony.away = True
    for name in ticks.jobs:
        await ticks.tick(name)
    assert await house.all_open() == []
    house.telephony.away = False
    for name in ticks.jobs:
        await ticks.tick(name)
    await house.background.settle()
    assert len(await house.all_open()) == 1


# ----------------------------------------------------------------------------------- background


async def test_a_task_that_fails_touches_no_other_and_is_logged(capfd: pytest.CaptureFixture[str]) -> None:
    background = Background()

    async def fails() -> None:
        raise LookupError("made up")

    async def works() -> str:
        return "done"

    failed, worked = background.start("fails", fails()), background.start("works", works())
    await background.finish(1)
    assert failed.exception() is not None
    assert await worked == "done"
    assert "background_task_failed" in "".join(capfd.readouterr())


async def test_what_does_not_end_is_ended() -> None:
    background = Background()
    never = background.start("never", asyncio.Event().wait())
    await background.finish(0.01)
    with suppress(asyncio.CancelledError):
        await never
    assert never.cancelled()
