"""Events of one leg keep their order; one leg never waits for another; one that breaks stops nothing."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from callcenter.app.clock import SystemClock
from callcenter.domain.calls import LegOutcome, Role
from callcenter.ports.asterisk_events import Claimed, LegAnswered, LegEnded, LinkDown
from callcenter.ports.telephony import LegRequest
from callcenter.services.raise_emergency import raise_emergency
from tests.unit.fakes import a_press
from tests.unit.house import House


def claimed(house: House, room: str) -> Claimed:
    leg = str(house.leg_to("PJSIP/1001").id)
    return Claimed(uniqueid=leg, channel=f"PJSIP/{leg}", room=room, role=Role.AGENT, target="1001")


def ended(uniqueid: str) -> LegEnded:
    return LegEnded(
        uniqueid=uniqueid,
        channel="",
        cause=16,
        outcome=LegOutcome.NO_ANSWER,
        answered=True,
        role=None,
        emergency=None,
    )


async def test_what_is_told_in_one_breath_is_served_in_order(house: House) -> None:
    await house.agent()
    emergency = await house.pressed()
    leg = house.leg_to("PJSIP/1001")
    for event in (
        LegAnswered(uniqueid=str(leg.id), channel="PJSIP/x"),
        claimed(house, emergency.room),
        ended(str(leg.id)),
    ):
        house.switchboard.tell(event)
    await house.background.settle()
    [offer] = await house.offers(emergency)
    assert (offer.outcome, offer.ended_at) == (LegOutcome.CLAIMED, house.clock.now())


async def test_she_who_hung_up_before_she_was_known_is_rung_back(house: House) -> None:
    await house.elder()
    house.switchboard.tell(replace(ended("1.1"), role=Role.ELDER))
    await asyncio.sleep(0)
    emergency = await house.pressed("1.1")
    await house.background.settle()
    assert not (await house.waiting(emergency)).elder_connected
    assert "PJSIP/pager0001" in house.telephony.targets


async def test_a_leg_that_hangs_holds_up_no_other(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    await house.elder()
    await house.pressed("1.1")
    released = asyncio.Event()

    async def hangs(leg: LegRequest) -> None:
        await released.wait()

    monkeypatch.setattr(house.telephony, "ring", hangs)
    house.switchboard.tell(ended("1.1"))  # rings her back, and hangs there
    other = await raise_emergency(house.desk, a_press("2.1", account="a2"))
    house.switchboard.tell(ended("2.1"))
    async with asyncio.timeout(5):
        while (await house.waiting(other.emergency)).elder_connected:
            await asyncio.sleep(0.01)
    released.set()
    await house.background.settle()


async def test_an_event_that_breaks_does_not_stop_those_after_it(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    await house.agent()
    emergency = await house.pressed()
    leg = str(house.leg_to("PJSIP/1001").id)
    transact = house.storage.transact
    broken = iter([True])

    async def breaks_once(*arguments: object, **words: object) -> object:
        if next(broken, False):
            raise LookupError("made up")
        return await transact(*arguments, **words)  # type: ignore[arg-type]

    monkeypatch.setattr(house.storage, "transact", breaks_once)
    house.switchboard.tell(LegAnswered(uniqueid=leg, channel="PJSIP/x"))
    house.switchboard.tell(claimed(house, emergency.room))
    with pytest.raises(LookupError):
        await house.background.settle()
    assert (await house.attended(emergency)).owner == "1001"


async def test_the_links_end_is_only_noted(house: House) -> None:
    await house.hears(LinkDown())
    assert house.switchboard._last == {}


def test_ids_sort_by_time_and_never_repeat() -> None:
    clock = SystemClock()
    ids = [clock.new_id() for _ in range(1000)]
    assert ids == sorted(set(ids))
    assert {each.version for each in ids} == {7}
    assert clock.now().utcoffset() is not None
