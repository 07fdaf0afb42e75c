"""Standby phones and 120 are rung by the dialplan alone; they claim by pressing 1, in whatever way their keys sound."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import Any

import pytest

from tests.acceptance import sounds, wavcheck
from tests.acceptance.conftest import DISPATCH, STANDBY, Lab
from tests.acceptance.phone import Phone
from tests.acceptance.sounds import PROMPTS, VOICES

MOBILE = "PJSIP/13900000001@trunk"
pytestmark = pytest.mark.asterisk


async def _asked(elder: Phone, phone: Phone) -> None:
    await elder.dial("120001")
    await phone.until("CALL_INCOMING", within=12)
    await phone.answer()
    await phone.hears(PROMPTS["ask_standby"], within=4)


async def _with(lab: Lab, **sections: Any) -> None:
    await lab.asterisk.start(lab.rendered(sections))


def _standby(*destinations: str) -> dict[str, Any]:
    phones = [{"name": f"s{i}", "destination": to} for i, to in enumerate(destinations)]
    return {"standby": phones, "answer_question_seconds": 3.0}


@pytest.mark.parametrize(("name", "destination"), [(STANDBY, f"PJSIP/{STANDBY}"), ("mobile", MOBILE)])
@pytest.mark.parametrize("way", ["events", "tones"])
async def test_standby_presses_1_and_talks(lab: Lab, name: str, destination: str, way: str) -> None:
    await _with(lab, offers=_standby(destination))
    elder, phone = await lab.phones("p001", name)
    await _asked(elder, phone)
    assert not any(VOICES["elder"] in stretch.tones for stretch in phone.ear())
    if way == "events":
        await phone.press("1")
    else:  # although events were agreed on: heard at the second question
        await phone.hears(PROMPTS["ask_standby"], within=8, seconds=2.0)
        await phone.say(sounds.keys(phone.heard.with_name("one.wav"), "1"))
    await phone.hears(VOICES["elder"], within=5)


async def test_standby_who_presses_2_is_thanked(lab: Lab) -> None:
    elder, phone = await lab.phones("p001", STANDBY)
    await _asked(elder, phone)
    await phone.press("2")
    await phone.hears(PROMPTS["thank_you"], within=3)
    await phone.until("CALL_CLOSED", within=4)
    assert elder.count("CALL_CLOSED") == 0


async def test_a_voicemail_is_asked_twice_and_never_reaches_the_elder(lab: Lab) -> None:
    elder = await lab.phone("p001")
    machine = await lab.phone(STANDBY, answers=True)
    await elder.dial("120001")
    await machine.hears(PROMPTS["ask_standby"], within=20, seconds=2.5)
    await machine.hears(PROMPTS["thank_you"], within=6)
    await machine.until("CALL_CLOSED", within=4)
    assert not any(VOICES["elder"] in stretch.tones for stretch in machine.ear())
    assert not any(VOICES["standby"] in stretch.tones for stretch in elder.ear())


async def test_standby_who_presses_1_after_an_agent_has_claimed_is_late(lab: Lab) -> None:
    elder, phone, agent = await lab.phones("p001", STANDBY, "1001")
    await _asked(elder, phone)
    await agent.until("CALL_INCOMING", within=2)
    await agent.answer()
    await agent.hears(VOICES["elder"], within=4)
    await phone.press("1")
    await phone.hears(PROMPTS["already_taken"], within=3)
    await phone.until("CALL_CLOSED", within=4)
    assert len(await lab.in_rooms()) == 2


async def test_a_leg_that_rings_is_not_rung_again(lab: Lab) -> None:
    await _with(lab, offers=_standby(f"PJSIP/{STANDBY}", MOBILE))
    elder, phone, agent, mobile = await lab.phones("p001", STANDBY, "1001", "mobile")
    await elder.dial("120001")
    await elder.hears(PROMPTS["please_hold"], within=25, seconds=5)
    assert [p.count("CALL_INCOMING") for p in (agent, phone, mobile)] == [1, 1, 1]
    assert await lab.variable("p001", "round") in ("4", "5")


@pytest.fixture(autouse=True)
def _as_it_was(laboratory: Lab) -> Iterator[None]:
    yield
    asyncio.run(laboratory.asterisk.start(laboratory.rendered()))


async def test_120_hears_the_sheet_twice_and_then_the_elder(lab: Lab) -> None:
    await _with(lab, fallback={"round_seconds": 5, "last_resort_from_round": 1})
    elder, dispatcher = await lab.phones("p001", DISPATCH)
    await elder.dial("120001")
    await dispatcher.until("CALL_INCOMING", within=3)
    await dispatcher.answer()
    await dispatcher.hears(VOICES["elder"], within=8)
    assert 2.7 <= wavcheck.seconds_of(dispatcher.heard, PROMPTS["sheet_unknown"]) <= 3.3
    await elder.hears(VOICES["dispatcher"], within=3)
    elder.forget()
    await dispatcher.hang_up()
    await elder.hears(PROMPTS["please_hold"], within=5)
