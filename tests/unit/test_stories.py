"""What callers, contacts, dispatchers and agents hear and press, and what becomes of it."""

from __future__ import annotations

from typing import Any

import pytest

from callcenter.app.stories import stories
from callcenter.domain.calls import LegOutcome, Role
from callcenter.domain.emergencies import Open, Step
from callcenter.domain.people import Presence
from callcenter.errors import CallerHungUp
from callcenter.services.close_emergency import close_emergency
from dialplans import variables
from tests.unit.fakes import HANGS_UP, FakeCall, a_press
from tests.unit.house import House


async def told(house: House, story: str, call: FakeCall) -> FakeCall:
    """The whole conversation, until its orderly end or until the session ends."""
    try:
        await stories(house.desk)[story](call)
    except CallerHungUp:
        call.step = "hung up"
    await house.background.settle()
    return call


async def the_one(house: House) -> Open:
    [emergency] = await house.all_open()
    return emergency


# ------------------------------------------------------------------------------------- red key


async def test_recorded_first_then_the_mark_is_forgotten_then_answered_then_spoken_to(house: House) -> None:
    await house.elder()
    call = await told(house, "red_key", FakeCall(a_press("1.1"), waits_at_most=0))
    emergency = await the_one(house)
    did = [verb for verb in call.did if verb != "record"]
    assert did[:5] == ["set CC_EMERGENCY", "set CC_ROOM", "forget entry", "answer", "say received"]
    assert call.variables["CC_EMERGENCY"] == str(emergency.id)
    assert call.variables["CC_ROOM"] == emergency.room
    assert Step.ELDER_ANSWERED_TO in await house.steps(emergency)


async def test_while_the_ladder_rings_she_hears_a_voice_every_few_seconds(house: House) -> None:
    call = await told(house, "red_key", FakeCall(a_press("1.1"), waits_at_most=4))
    assert call.heard == ["received", "please_hold", "still_here", "please_hold", "still_here"]
    assert "wait 6" in call.did


async def test_she_hangs_up_at_every_moment_and_the_emergency_stays(house: House) -> None:
    for moment in range(6):
        script = [""] * moment + [HANGS_UP]
        call = await told(house, "red_key", FakeCall(a_press(f"1.{moment}", account=f"a{moment}"), script=script))
        assert call.step == "hung up"
    assert len(await house.all_open()) == 6
    assert house.desk.serving == set()


async def test_no_key_she_presses_changes_anything(house: House) -> None:
    for key in "0123456789*#":
        call = await told(
            house, "red_key", FakeCall(a_press(f"1.{key}", account=f"k{ord(key)}"), script=[key] * 9, waits_at_most=3)
        )
        assert call.step == "hung up"
    assert len(await house.all_open()) == 12


async def test_the_move_that_did_not_come_is_made_by_the_story(house: House) -> None:
    await house.agent()

    async def answered() -> None:
        await house.claims(house.leg_to("PJSIP/1001"))

    call = await told(house, "red_key", FakeCall(a_press("1.1"), meanwhile=[answered]))
    assert call.step == variables.DONE_ROOM


async def test_closed_while_she_waits_she_hears_goodbye(house: House) -> None:
    async def closed() -> None:
        await close_emergency(house.desk, (await the_one(house)).id, by="agent:1001", disposition="1")

    call = await told(house, "red_key", FakeCall(a_press("1.1"), meanwhile=[closed]))
    assert call.step == variables.DONE_GOODBYE


async def test_asterisk_or_the_database_away_she_goes_on_waiting_with_our_voice(house: House) -> None:
    async def away() -> None:
        house.telephony.away = True

    call = await told(house, "red_key", FakeCall(a_press("1.1"), meanwhile=[away], waits_at_most=3))
    assert call.heard[-2:] == ["still_here", "please_hold"]


async def test_who_makes_no_sound_is_silent_and_who_does_is_not(house: House) -> None:
    await told(house, "red_key", FakeCall(a_press("1.1"), waits_at_most=2))
    assert (await house.waiting(await the_one(house))).silent


async def test_brought_back_from_the_room_it_is_the_same_emergency(house: House) -> None:
    emergency = await house.pressed("1.1")
    call = await told(house, "red_key", FakeCall(a_press("1.1"), arguments=[str(emergency.id)], waits_at_most=1))
    assert call.heard[0] == "please_hold"
    assert (await the_one(house)).id == emergency.id
    assert (await house.waiting(emergency)).presses == 1


async def test_brought_back_after_the_end_she_hears_goodbye_at_once(house: House) -> None:
    emergency = await house.pressed("1.1")
    await close_emergency(house.desk, emergency.id, by="agent:1001", disposition="1")
    for story in ("red_key", "landline"):
        call = await told(house, story, FakeCall(a_press("1.1"), arguments=[str(emergency.id)]))
        assert (call.heard, call.step) == ([], variables.DONE_GOODBYE)


async def test_a_call_back_whose_answer_we_missed_is_seen_when_it_comes_in(house: House) -> None:
    await house.elder()
    emergency = await house.pressed("1.1")
    await house.ended("1.1", answered=True)
    leg = house.leg_to("PJSIP/pager0001")
    await told(house, "red_key", FakeCall(a_press(str(leg.id)), arguments=[str(emergency.id)], waits_at_most=1))
    stored = await house.waiting(emergency)
    assert (stored.elder_connected, stored.call_back_at) == (True, None)
    [call] = [each for each in await house.calls(emergency) if not each.inbound]
    assert call.outcome is LegOutcome.ANSWERED


@pytest.mark.parametrize("argument", ["rubbish", "00000000-0000-7000-8000-000000000000"])
async def test_an_id_that_nobody_knows_is_better_a_second_emergency_than_none(house: House, argument: str) -> None:
    await told(house, "red_key", FakeCall(a_press("1.1"), arguments=[argument], waits_at_most=0))
    assert (await the_one(house)).account == "pager0001"


async def test_a_channel_is_being_served_as_long_as_its_story_runs(house: House) -> None:
    seen: list[set[str]] = []

    async def look() -> None:
        seen.append(set(house.desk.serving))

    await told(house, "red_key", FakeCall(a_press("1.1"), meanwhile=[look], waits_at_most=1))
    assert seen == [{"1.1"}]
    assert house.desk.serving == set()


# ------------------------------------------------------------------- contacts, 120, agents' phones

ASKED = {"CC_ASK": "said/1a&said/1b"}


@pytest.mark.parametrize(
    ("script", "step"),
    [
        (["1"], variables.DONE_CLAIM),
        (["", "1"], variables.DONE_CLAIM),
        (["", "", "1"], variables.DONE_CLAIM),  # when it is asked the second time
        (["2"], variables.DONE_REFUSED),
        (["", "2", "1"], variables.DONE_REFUSED),
        ([], variables.DONE_REFUSED),  # a voicemail
        (["", "9", "", "9"], variables.DONE_REFUSED),
        ([HANGS_UP], "hung up"),
    ],
)
async def test_only_a_pressed_1_takes_responsibility(house: House, script: list[str], step: str) -> None:
    call = FakeCall(a_press("1.1"), script=script, variables=ASKED)
    await told(house, "contact_asked", call)
    assert call.step == step
    assert call.did[0] == "answer"
    assert call.heard.count("said/1a") <= house.desk.config.offers.question_times


async def test_without_its_sound_the_question_is_the_general_one(house: House) -> None:
    call = await told(house, "contact_asked", FakeCall(a_press("1.1")))
    assert call.heard == ["ask_standby", "ask_standby"]


async def test_120_hears_the_sheet_twice_and_is_then_with_her(house: House) -> None:
    emergency = await house.pressed()
    await house.passes(10)
    leg = house.leg_to("PJSIP/dispatcher")
    call = FakeCall(a_press(str(leg.id)), variables={"CC_SHEET": "said/2a&said/2b"})
    await told(house, "dispatcher_120", call)
    assert call.heard == ["said/2a", "said/2b"] * 2
    assert call.step == variables.DONE_ROOM
    assert (await house.steps(emergency)).count(Step.SHEET_SPOKEN) == 2


async def test_120_hears_something_even_without_a_sheet(house: House) -> None:
    call = await told(house, "dispatcher_120", FakeCall(a_press("1.1")))
    assert call.heard == ["sheet_unknown"] * 2


async def test_a_dispatcher_who_hangs_up_has_not_heard_it(house: House) -> None:
    emergency = await house.pressed()
    await house.passes(10)
    leg = house.leg_to("PJSIP/dispatcher")
    await told(house, "dispatcher_120", FakeCall(a_press(str(leg.id)), script=[HANGS_UP]))
    assert Step.SHEET_SPOKEN not in await house.steps(emergency)


@pytest.mark.parametrize(
    ("dialled", "presence", "said"),
    [
        ("81", Presence.FREE, "agent_online"),
        ("82", Presence.BREAK, "agent_break"),
        ("80", Presence.OFFLINE, "agent_offline"),
    ],
)
async def test_an_agent_dials_for_duty(house: House, dialled: str, presence: Presence, said: str) -> None:
    agent = await house.agent(presence=Presence.OFFLINE)
    call = await told(house, "agent_phone", FakeCall(a_press("1.1"), arguments=["1001", dialled]))
    assert (call.heard, call.step) == ([said], variables.DONE_GOODBYE)
    assert await house.presence(agent) is presence


async def test_a_phone_of_no_agent_is_told_so(house: House) -> None:
    call = await told(house, "agent_phone", FakeCall(a_press("1.1"), arguments=["7777", "81"]))
    assert call.heard == ["not_understood"]


async def test_the_doctor_is_answered(house: House) -> None:
    call = await told(house, "ping", FakeCall(a_press("1.1")))
    assert call.step == variables.DONE_GOODBYE
    assert await house.all_open() == []


# ---------------------------------------------------------------------------------- keys in the room


async def in_the_room(house: House, *, elder: bool = True) -> tuple[Open, FakeCall]:
    """An agent is with her; the call is the agent's."""
    if elder:
        await house.elder()
    await house.agent()
    emergency = await house.pressed()
    leg = house.leg_to("PJSIP/1001")
    await house.claims(leg)
    house.telephony.forget()
    return emergency, FakeCall(a_press(str(leg.id)), variables={"CC_TARGET": "1001"})


def pressing(call: FakeCall, emergency: Open, *wish: str) -> FakeCall:
    return FakeCall(call.entry, arguments=[str(emergency.id), *wish], variables=call.variables)


async def test_star_and_a_digit_close_with_that_disposition(house: House) -> None:
    emergency, call = await in_the_room(house)
    call = await told(house, "room_key", pressing(call, emergency, "dispose", "4"))
    assert call.step == variables.DONE_GOODBYE
    closed = await house.closed(emergency)
    assert (closed.disposition, closed.closed_by) == ("handed_to_120", "agent:1001")
    assert call.uniqueid not in house.telephony.hung_up


@pytest.mark.parametrize("wish", [["dispose", "8"], ["dispose", ""], ["dispose"], ["dance"]])
async def test_what_cannot_be_saved_has_no_orderly_end_and_she_stays(house: House, wish: list[str]) -> None:
    emergency, call = await in_the_room(house)
    call = await told(house, "room_key", pressing(call, emergency, *wish))
    assert call.step == ""
    assert (await house.attended(emergency)).owner == "1001"


@pytest.mark.parametrize(
    ("wish", "rings"), [("invite_contact", "PJSIP/13900002222@trunk"), ("invite_120", "PJSIP/dispatcher")]
)
async def test_the_family_and_120_are_rung_into_the_room(house: House, wish: str, rings: str) -> None:
    emergency, call = await in_the_room(house)
    call = await told(house, "room_key", pressing(call, emergency, wish))
    assert (call.step, house.telephony.targets) == (variables.DONE_ROOM, [rings])
    assert (await house.attended(emergency)).owner == "1001"


async def test_an_invited_contact_who_says_no_costs_her_nothing(house: House) -> None:
    emergency, call = await in_the_room(house)
    await told(house, "room_key", pressing(call, emergency, "invite_contact"))
    leg = house.leg_to("PJSIP/13900002222@trunk")
    await house.answered(leg)
    await house.decided(leg, LegOutcome.REFUSED)
    assert (await house.attended(emergency)).owner == "1001"
    assert len(house.telephony.rung) == 1


async def test_without_a_family_to_ring_the_agent_is_told_by_the_missing_end(house: House) -> None:
    emergency, call = await in_the_room(house, elder=False)
    call = await told(house, "room_key", pressing(call, emergency, "invite_contact"))
    assert call.step == ""


async def test_who_stays_longest_with_her_after_the_agent_went_is_the_owner(house: House) -> None:
    emergency, call = await in_the_room(house)
    await told(house, "room_key", pressing(call, emergency, "invite_contact"))
    leg = house.leg_to("PJSIP/13900002222@trunk")
    await house.enters(emergency.room, str(leg.id), Role.CONTACT)
    await house.leaves(emergency.room, call.uniqueid, Role.AGENT)
    await house.leaves(emergency.room, str(leg.id), Role.CONTACT)
    assert (await house.waiting(emergency)).position.round == 1


async def test_every_story_of_the_dialplan_has_somebody_who_tells_it(house: House) -> None:
    names: set[Any] = {value for name, value in vars(variables).items() if name.startswith("STORY_")}
    assert set(stories(house.desk)) == names
