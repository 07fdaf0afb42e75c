"""预问: what is asked of who waits long, and that nothing waits for the answer."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from callcenter.app.stories import stories
from callcenter.domain.calls import Key
from callcenter.domain.emergencies import Open, Step
from callcenter.errors import CallerHungUp
from callcenter.ports.story_call import Ending, Heard
from dialplans import variables
from tests.unit.fakes import HANGS_UP, FakeCall, a_press
from tests.unit.house import House

Meanwhile = Callable[[], Awaitable[None]]


def waits(house: House, seconds: float, times: int = 6) -> list[Meanwhile]:
    """Each look for a responder takes so long."""

    async def passes() -> None:
        house.clock.let_pass(seconds)

    return [passes] * times


def said(words: str) -> Heard:
    return Heard(ending=Ending.WORDS, words=words, confidence=1.0)


async def told(house: House, call: FakeCall, story: str = "red_key") -> FakeCall:
    try:
        await stories(house.desk)[story](call)
    except CallerHungUp:
        call.step = "hung up"
    await house.background.settle()
    return call


async def answers(house: House) -> list[str]:
    [emergency] = await house.all_open()
    return [entry.detail for entry in await house.timeline(emergency) if entry.step is Step.ASKED]


async def test_who_does_not_wait_long_is_asked_nothing(house: House) -> None:
    call = await told(house, FakeCall(a_press("1.1"), meanwhile=waits(house, 6, 2), waits_at_most=2))
    assert call.questions == []
    assert call.heard == ["received", "please_hold", "still_here"]


@pytest.mark.parametrize(
    ("heard", "detail"),
    [
        (["1", "2"], ["triage_1: yes", "triage_2: no"]),
        ([said("对"), said("是的")], ["triage_1: yes", "triage_2: yes"]),
        ([said("能"), said("头晕")], ["triage_1: yes", "triage_2: unwell"]),
        ([said("不能说"), said("没事")], ["triage_1: no", "triage_2: fine"]),
        ([], ["triage_1: silence", "triage_2: silence"]),
        ([Heard(ending=Ending.UNCLEAR), Heard(ending=Ending.AWAY)], ["triage_1: unclear", "triage_2: away"]),
    ],
)
async def test_two_questions_once_each_and_the_answers_on_the_timeline(
    house: House, heard: list[Heard | str], detail: list[str]
) -> None:
    await house.agent()
    call = await told(house, FakeCall(a_press("1.1"), answers=heard, meanwhile=waits(house, 8), waits_at_most=6))
    assert [question.prompts for question in call.questions] == [("triage_1",), ("triage_2",)]
    assert await answers(house) == detail
    missed = (": silence", ": unclear", ": away")
    assert call.heard.count("triage_noted") == len([each for each in detail if not each.endswith(missed)])
    assert call.heard[-1] in ("please_hold", "still_here")


async def test_nothing_she_answers_changes_who_is_rung(house: House) -> None:
    await house.agent()
    call = FakeCall(a_press("1.1"), answers=[said("没事"), "2"], meanwhile=waits(house, 8), waits_at_most=4)
    await told(house, call)
    [emergency] = await house.all_open()
    assert (emergency.key, house.telephony.targets) == (Key.RED, ["PJSIP/1001"])


async def test_a_call_for_help_makes_a_landlines_wait_a_red_one(house: House) -> None:
    await house.elder()
    call = FakeCall(
        a_press("1.1", key=Key.LANDLINE), answers=["0", said("我摔倒了")], meanwhile=waits(house, 20), waits_at_most=3
    )
    await told(house, call, "landline")
    [emergency] = await house.all_open()
    assert emergency.key is Key.RED
    assert "triage_1: help" in await answers(house)


async def test_who_is_moved_to_the_room_in_the_middle_of_a_question_is_gone(house: House) -> None:
    call = FakeCall(a_press("1.1"), answers=[HANGS_UP], meanwhile=waits(house, 20), waits_at_most=3)
    assert (await told(house, call)).step == "hung up"
    assert len(call.questions) == 1
    assert len(await house.all_open()) == 1


async def test_a_move_that_did_not_come_is_made_after_the_question(house: House) -> None:
    await house.agent()

    async def claimed() -> None:
        house.clock.let_pass(20)
        await house.claims(house.leg_to("PJSIP/1001"))

    call = await told(house, FakeCall(a_press("1.1"), meanwhile=[claimed]))
    assert (call.step, len(call.questions)) == (variables.DONE_ROOM, 1)


async def test_who_was_with_somebody_already_is_not_asked(house: House) -> None:
    emergency: Open = await house.pressed("1.1")
    call = FakeCall(a_press("1.1"), arguments=[str(emergency.id)], meanwhile=waits(house, 20), waits_at_most=4)
    assert (await told(house, call)).questions == []


async def test_it_can_be_switched_off(house_with: Any) -> None:
    async with house_with(dialogue={"triage": False}) as house:
        call = FakeCall(a_press("1.1"), meanwhile=waits(house, 20), waits_at_most=4)
        assert (await told(house, call)).questions == []


async def test_whom_recognition_does_not_serve_is_asked_for_keys(house: House) -> None:
    await house.elder(needs=frozenset({"speech_impaired"}))
    call = FakeCall(a_press("1.1"), answers=["2"], meanwhile=waits(house, 20), waits_at_most=1)
    await told(house, call)
    assert [question.speech for question in call.questions] == [False]
    assert await answers(house) == ["triage_1: no"]
