"""How a check-in meets who answers: a mailbox, somebody who hears badly, somebody who speaks a dialect."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager, suppress
from dataclasses import replace
from typing import Any

from callcenter.app import stories
from callcenter.domain.calls import Key
from callcenter.domain.check_ins import CheckIn, CheckInOutcome, CheckInState
from callcenter.domain.people import LineKind
from callcenter.errors import CallerHungUp
from callcenter.ports.storage import UnitOfWork
from callcenter.ports.story_call import Heard
from ivr.stories.check_in import check_in
from tests.unit.fakes import FakeCall, a_press
from tests.unit.house import House
from tests.unit.test_check_in_story import house
from tests.unit.test_services_check_ins import OPEN, due, looks, now

__all__ = ["house"]  # a fixture


async def on_mobile(house: House, row: CheckIn) -> None:
    """Her only telephone is one."""

    def changed(unit: UnitOfWork) -> None:
        profile = unit.people.profile(row.elder)
        assert profile is not None
        for line in profile.lines:
            unit.people.save_line(replace(line, kind=LineKind.MOBILE))
        for device in unit.people.devices(row.elder, house.clock.now()):
            unit.people.save_device(replace(device, number=""))

    await house.do(changed)


async def greeted(house: House, *given: Heard | str, long_greeting: bool = True, mobile: bool = True) -> FakeCall:
    """Rung once more, she or her mailbox answers."""
    await looks(house, 120)
    leg = str(house.telephony.rung[-1].id)
    call = FakeCall(a_press(leg, account="", key=Key.LANDLINE), answers=given, long_greeting=long_greeting)
    with suppress(CallerHungUp):
        await check_in(call, house.desk, stories.load_language(house.desk.config))
    await house.background.settle()
    return call


async def test_a_mailbox_is_rung_again_and_in_the_last_call_of_the_day_a_person_hears_it(house: House) -> None:
    row = await due(house, 60)
    await on_mobile(house, row)
    first = await greeted(house, "", "")
    after = await now(house, row)
    assert (after.state, after.outcome, after.tries) == (CheckInState.DUE, CheckInOutcome.MACHINE, 1)
    assert first.heard[-1] == "check_in_again_later"
    assert await house.all_open() == []
    await greeted(house, "", "")
    [emergency] = await house.all_open()
    assert (await now(house, row)).emergency == emergency.id


async def test_whoever_talks_long_and_presses_1_is_fine(house: House) -> None:
    row = await due(house, 60)
    await on_mobile(house, row)
    await greeted(house, "1")
    assert (await now(house, row)).outcome is CheckInOutcome.CONFIRMED


async def test_a_short_greeting_and_then_silence_is_a_person_at_once(house: House) -> None:
    row = await due(house, 60)
    await on_mobile(house, row)
    await greeted(house, "", "", long_greeting=False)
    assert (await now(house, row)).outcome is CheckInOutcome.ANSWERED_SILENT


async def test_a_landline_has_no_mailbox_and_is_spoken_to_at_once(house: House) -> None:
    row = await due(house, 60)
    call = await greeted(house, "", "")
    assert "listen to the greeting" not in call.did
    assert (await now(house, row)).outcome is CheckInOutcome.ANSWERED_SILENT


async def test_without_the_hint_a_mobile_is_a_telephone_like_any(
    house_with: Callable[..., AbstractAsyncContextManager[House]],
) -> None:
    async with house_with(check_ins=OPEN | {"machine_hint": False}) as house:
        row = await due(house, 60)
        await on_mobile(house, row)
        call = await greeted(house, "", "")
        assert "listen to the greeting" not in call.did
        assert (await now(house, row)).outcome is CheckInOutcome.ANSWERED_SILENT


async def speaks(house: House, row: CheckIn, **more: Any) -> None:
    """Her profile says so."""

    def changed(unit: UnitOfWork) -> None:
        profile = unit.people.profile(row.elder)
        assert profile is not None
        unit.people.save_elder(replace(profile.elder, **more))

    await house.do(changed)


async def test_in_her_dialect_she_hears_what_was_recorded_and_the_rest_in_mandarin(house: House) -> None:
    row = await due(house, 60)
    await speaks(house, row, dialect="四川话")
    house.voice.recorded["四川话"] = ("check_in_greeting_plain", "check_in_question")
    call = await greeted(house, "1")
    assert call.heard == ["四川话/check_in_greeting_plain", "四川话/check_in_question", "check_in_thanks"]
    assert not any("张示例" in text for text in house.voice.texts[1:]), "her name is spoken in Mandarin alone"


async def test_whose_dialect_nobody_has_recorded_is_greeted_by_name(house: House) -> None:
    row = await due(house, 60)
    await speaks(house, row, dialect="四川话")
    call = await greeted(house, "1")
    assert call.heard[0].startswith("said/") and call.heard[-2:] == ["check_in_question", "check_in_thanks"]


async def test_who_hears_badly_is_spoken_to_slower_and_louder_from_the_beginning(house: House) -> None:
    row = await due(house, 60)
    await speaks(house, row, needs=frozenset({"听障"}))
    call = await greeted(house, "", "1")
    assert call.heard[0].startswith("said/"), "the greeting first"
    assert call.heard.count("slow/check_in_question") == 2
    assert call.variables["VOLUME(TX)"] == "2"
    assert not any(question.speech for question in call.questions)
