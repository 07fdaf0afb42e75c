"""座机、绿键: what callers say or press when it is not the red key, and what becomes of it."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Iterable
from dataclasses import replace
from typing import Any

import pytest

from callcenter.app.stories import stories
from callcenter.domain.calls import Key
from callcenter.domain.emergencies import Open, Step
from callcenter.domain.orders import ServiceItem, ServiceOrder
from callcenter.domain.people import Profile
from callcenter.errors import CallerHungUp
from callcenter.ports.story_call import Ending, Heard
from callcenter.services.adopt import commit_leftover_entries
from tests.integration.people_made_up import LANDLINE, a_profile, add
from tests.unit.fakes import HANGS_UP, FakeCall, a_press
from tests.unit.house import House

ACCOUNT = "pager0001"
UNCLEAR = Heard(ending=Ending.UNCLEAR)
AWAY = Heard(ending=Ending.AWAY)
GREETING = ["landline_greeting", "landline_keys"]


def said(words: str) -> Heard:
    return Heard(ending=Ending.WORDS, words=words, confidence=1.0)


def a_call(*answers: Heard | str, uniqueid: str = "1.1", key: Key = Key.LANDLINE, **entry: Any) -> FakeCall:
    return FakeCall(a_press(uniqueid, key=key, **entry), answers=answers, waits_at_most=1)


async def told(house: House, call: FakeCall, story: str = "landline") -> FakeCall:
    try:
        await stories(house.desk)[story](call)
    except CallerHungUp:
        call.step = "hung up"
    await house.background.settle()
    return call


async def takes_long(*_of: object, **_why: object) -> bool:
    await asyncio.sleep(60)
    return True


async def orders(house: House) -> list[ServiceOrder]:
    return await house.do(lambda work: work.orders.recent(10))


async def the_emergency(house: House) -> Open:
    [emergency] = await house.all_open()
    return emergency


async def asked(house: House) -> list[str]:
    """What the timeline says of questions and answers."""
    timeline = await house.timeline(await the_emergency(house))
    return [entry.detail for entry in timeline if entry.step is Step.ASKED]


@pytest.fixture
async def elder(house: House) -> AsyncIterator[Profile]:
    yield await house.elder(ACCOUNT)


# ----------------------------------------------------------------------------------- an order


@pytest.mark.parametrize(
    ("answers", "words"),
    [
        ([said("我想送餐"), said("对")], "我想送餐"),
        ([said("我想送餐"), "1"], "我想送餐"),
        (["2", said("请人来做饭"), said("是的")], "请人来做饭"),
        (["2", "1", "1"], ""),
    ],
)
async def test_a_service_is_chosen_read_back_confirmed_and_written_down(
    house: House, elder: Profile, answers: list[Heard | str], words: str
) -> None:
    await house.agent()
    call = await told(house, a_call(*answers))
    [order] = await orders(house)
    assert (order.elder, order.item, order.said, order.uniqueid) == (elder.elder.id, "meals", words, "1.1")
    assert (order.placed_at, order.closing) == (house.clock.now(), None)
    assert house.voice.texts[-1].startswith("您需要送餐，对吗？")
    assert call.did[-3:] == ["forget entry", "say order_taken", "go on goodbye"]
    assert (house.telephony.rung, await house.all_open()) == ([], [])


@pytest.mark.parametrize(("key", "item"), [(str(number), item) for number, item in enumerate(ServiceItem, start=1)])
async def test_every_service_has_a_key_that_is_read_out(house: House, elder: Profile, key: str, item: str) -> None:
    call = await told(house, a_call(key, "1", key=Key.GREEN), story="service")
    assert [order.item for order in await orders(house)] == [item]
    assert "送餐请按1。" in house.voice.texts
    assert call.heard[0] == "ask_service"


async def test_a_no_asks_again_and_only_a_yes_orders(house: House, elder: Profile) -> None:
    call = await told(house, a_call("2", said("保洁"), said("不是"), said("送餐"), said("是")))
    assert [order.item for order in await orders(house)] == ["meals"]
    assert call.did.count("say order_cancelled") == 1


async def test_who_never_confirms_comes_to_a_person_without_an_order(house: House, elder: Profile) -> None:
    call = await told(house, a_call(said("保洁"), "2", said("保洁"), "2", said("保洁"), said("取消")))
    assert await orders(house) == []
    assert "to_a_person" in call.heard
    assert (await asked(house))[-1] == "service: silence"


async def test_what_cannot_be_read_back_is_not_ordered(house: House, elder: Profile) -> None:
    house.voice.away = True
    call = await told(house, a_call(said("送餐"), "1"))
    assert await orders(house) == []
    assert call.heard[-3:-1] == ["landline_keys", "to_a_person"]


async def test_that_an_order_is_a_sign_of_life_keeps_nobody_waiting(
    house: House, elder: Profile, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ivr.stories.service.sign_of_life", takes_long)
    call = a_call("2", said("送餐"), "1")
    async with asyncio.timeout(5):
        await stories(house.desk)["landline"](call)
    assert call.did[-2:] == ["say order_taken", "go on goodbye"]
    await house.background.finish(0)


async def test_without_its_keys_read_out_a_service_can_still_be_said(house: House, elder: Profile) -> None:
    house.voice.away = True
    call = await told(house, a_call("2", "0"))
    assert call.heard[:4] == [*GREETING, "ask_service", "to_a_person"]


# -------------------------------------------------------------------------- the database is away


async def test_while_the_database_is_away_a_person_takes_the_order(house: House, elder: Profile) -> None:
    holder = sqlite3.connect(house.desk.config.path(house.desk.config.folder / "callcenter.db"), isolation_level=None)
    holder.execute("BEGIN IMMEDIATE")
    try:
        call = await told(house, a_call(said("送餐"), "1"))
        assert house.storage.away
        assert "cannot_order_now" in call.heard
        assert call.heard[call.heard.index("cannot_order_now") + 1] == "to_a_person"
        again = await told(house, a_call(said("送餐"), "1", uniqueid="1.2", account="", line="+8613900009999"))
        assert again.heard[:4] == [*GREETING, "cannot_order_now", "to_a_person"]
    finally:
        holder.close()


# ---------------------------------------------------------------------------------- a person


async def test_zero_and_the_word_lead_to_a_person_from_every_question(house: House) -> None:
    scripts: list[list[Heard | str]] = [["0"], [said("人工")], ["2", "0"], [said("送餐"), said("转人工")]]
    for number, script in enumerate(scripts):
        account = f"pager1{number}"
        await house.elder(account, identity_number=f"made up {number}")
        call = await told(house, a_call(*script, uniqueid=f"2.{number}", account=account))
        assert call.heard[-2] == "to_a_person"
    assert [emergency.key for emergency in await house.all_open()] == [Key.LANDLINE] * len(scripts)
    assert await orders(house) == []


@pytest.mark.parametrize(
    ("answers", "missed"),
    [
        ([], "not_heard"),
        ([UNCLEAR] * 3, "not_understood_speech"),
        ([said("天气不错")] * 3, "not_understood_speech"),
        ([AWAY] * 3, "speech_keys_only"),
    ],
)
@pytest.mark.parametrize("story", ["landline", "service"])
async def test_silence_or_rubbish_three_times_leads_to_a_person(
    house: House, elder: Profile, answers: Iterable[Heard | str], missed: str, story: str
) -> None:
    await house.agent()
    call = await told(house, a_call(*answers), story)
    assert len(call.questions) == 3
    assert call.heard.count(missed) == 2
    assert house.telephony.targets[0] == "PJSIP/1001"
    assert (await the_emergency(house)).key is Key.LANDLINE
    assert len(await asked(house)) == 3


async def test_who_is_unwell_is_not_asked_what_to_order(house: House, elder: Profile) -> None:
    call = await told(house, a_call(said("我不舒服")))
    assert call.heard[:3] == [*GREETING, "to_a_person"]
    assert await asked(house) == ["greeting: unwell"]


async def test_it_is_durable_before_she_hears_that_a_person_comes(house: House, elder: Profile) -> None:
    call = await told(house, a_call("0"))
    begun = call.did[call.did.index("set CC_EMERGENCY") :]
    assert begun[:3] == ["set CC_EMERGENCY", "set CC_ROOM", "forget entry"]
    assert begun.index("say to_a_person") > begun.index("forget entry")


# ---------------------------------------------------------------------------------- distress


@pytest.mark.parametrize(
    "answers",
    [
        ["1"],
        [said("救命")],
        [said("我摔倒了")],
        ["2", said("救命")],
        [said("送餐"), said("快打120")],
        [said("送餐"), "2", said("救命")],
    ],
)
async def test_a_call_for_help_is_an_emergency_whatever_was_asked(
    house: House, elder: Profile, answers: list[Heard | str]
) -> None:
    await house.agent()
    call = await told(house, a_call(*answers))
    emergency = await the_emergency(house)
    assert (emergency.key, emergency.ladder, emergency.elder) == (Key.RED, elder.elder.ladder, elder.elder.id)
    assert house.telephony.targets[0] == "PJSIP/1001"
    assert "received" in call.heard
    assert (await asked(house))[-1].endswith(": help")
    assert await orders(house) == []


async def test_fine_closes_nothing_and_orders_nothing(house: House, elder: Profile) -> None:
    await told(house, a_call(said("没事"), said("没事"), said("没事")))
    assert (await the_emergency(house)).key is Key.LANDLINE


# ------------------------------------------------------------------- nothing is lost in the menu


@pytest.mark.parametrize("answers", [[], [said("送餐")], [said("送餐"), "2"], ["2"]])
async def test_who_hangs_up_before_anything_was_done_is_rung_back(
    house: House, elder: Profile, answers: list[Heard | str]
) -> None:
    await house.agent()
    call = a_call(*answers, HANGS_UP)
    house.telephony.marks = [call.entry]  # written by the dialplan, before Python
    assert (await told(house, call)).step == "hung up"
    assert "forget entry" not in call.did
    assert await house.all_open() == []
    house.clock.let_pass(5)
    await commit_leftover_entries(house.desk)
    await house.background.settle()
    assert (await the_emergency(house)).key is Key.LANDLINE
    await house.tick()
    assert {"PJSIP/1001", f"PJSIP/{ACCOUNT}"} <= set(house.telephony.targets)
    assert house.telephony.marks == []


async def test_while_she_is_asked_her_mark_makes_no_emergency(house: House, elder: Profile) -> None:
    call = a_call("2", said("送餐"), "1")
    house.telephony.marks = [call.entry]
    house.clock.let_pass(60)
    seen: list[int] = []
    question = call.question

    async def looked_at(asked: Any) -> Heard:
        await commit_leftover_entries(house.desk)
        seen.append(len(await house.all_open()))
        return await question(asked)

    call.question = looked_at  # type: ignore[method-assign]
    await told(house, call)
    assert seen == [0, 0, 0]
    assert len(await orders(house)) == 1


async def test_who_hangs_up_after_the_order_was_served(house: House, elder: Profile) -> None:
    call = FakeCall(a_press("1.1", key=Key.LANDLINE), answers=[said("送餐"), "1"], script=[HANGS_UP])
    await told(house, call)
    assert (call.step, call.did[-2:]) == ("hung up", ["forget entry", "say order_taken"])
    assert len(await orders(house)) == 1


async def test_who_is_waited_for_already_is_asked_nothing(house: House, elder: Profile) -> None:
    emergency = await house.pressed("1.0")
    call = await told(house, a_call("2", "1", "1"))
    assert (call.questions, call.heard[0]) == ([], "to_a_person")
    assert (await house.waiting(emergency)).presses == 2


async def test_who_comes_back_is_not_asked_again(house: House, elder: Profile) -> None:
    emergency = await house.pressed("1.1", key=Key.LANDLINE)
    call = FakeCall(a_press("1.1", key=Key.LANDLINE), arguments=[str(emergency.id)], waits_at_most=1)
    await told(house, call)
    assert (call.questions, call.heard[0]) == ([], "to_a_person")


# ------------------------------------------------------------------------ louder, slower, again


async def test_once_more_louder_and_slower_are_no_attempts(house: House, elder: Profile) -> None:
    wishes = [said("再说一遍"), said("大声点"), said("慢一点")]
    call = await told(house, a_call("", *wishes, "", said("送餐"), "1"))
    assert [order.item for order in await orders(house)] == ["meals"]
    assert call.variables["VOLUME(TX)"] == "2"
    assert call.heard.count("landline_greeting") == 3
    assert call.heard.count("slow/landline_greeting") == 3
    assert [question.seconds for question in call.questions] == [6, 6, 6, 9, 9, 9, 9]


async def test_keys_say_the_same(house: House, elder: Profile) -> None:
    call = a_call("*", "#", said("送餐"), "1")
    await told(house, call)
    assert call.heard[:2] == GREETING
    assert call.heard[4:7] == ["say_louder", "slow/landline_greeting", "slow/landline_keys"]
    assert len(await orders(house)) == 1


async def test_whoever_asks_for_it_again_and_again_comes_to_a_person(house: House, elder: Profile) -> None:
    call = await told(house, a_call(*["*"] * 50))
    assert len(call.questions) == 3 + 3
    assert "to_a_person" in call.heard


# --------------------------------------------------------------------------- keys alone


@pytest.mark.parametrize("need", ["hearing_impaired", "speech_impaired", "听障"])
async def test_whom_recognition_does_not_serve_is_asked_for_keys(house: House, need: str) -> None:
    await house.elder(ACCOUNT, needs=frozenset({need, "medical"}))
    call = await told(house, a_call("2", "3", "1"))
    assert [question.speech for question in call.questions] == [False] * 3
    assert [order.item for order in await orders(house)] == ["repair"]


async def test_everybody_else_may_speak(house: House, elder: Profile) -> None:
    call = await told(house, a_call("2", "3", "1"))
    assert all(question.speech and "送餐" in question.phrases for question in call.questions[:2])


# ------------------------------------------------------------------------------ who is it


async def couple(house: House) -> tuple[Profile, Profile]:
    """Two elders on one line."""
    her, him = (
        a_profile(house.clock, name=name, sex=sex, identity_number="")
        for name, sex in (("张示例", "女"), ("李样板", "男"))
    )
    him = replace(him, household=her.household, elder=replace(him.elder, household=her.household.id), lines=())

    def work(unit: Any) -> None:
        add(unit, her)
        unit.people.add_elder(him.elder)

    await house.do(work)
    return her, him


@pytest.mark.parametrize("answer", ["1", "2", "said"])
async def test_on_a_shared_line_she_says_who_she_is(house: House, answer: str) -> None:
    both = await couple(house)
    candidates = sorted(both, key=lambda each: each.elder.id)
    chosen = candidates[1] if answer == "2" else candidates[0]
    who = said(chosen.elder.name) if answer == "said" else answer
    await told(house, a_call(said("送餐"), who, "1", account="", line=LANDLINE))
    assert [order.elder for order in await orders(house)] == [chosen.elder.id]


@pytest.mark.parametrize("who", ["0", UNCLEAR, said("王五"), ""])
async def test_nobody_on_a_shared_line_is_guessed(house: House, who: Heard | str) -> None:
    await couple(house)
    call = await told(house, a_call(said("送餐"), who, who, who, account="", line=LANDLINE))
    assert await orders(house) == []
    assert "to_a_person" in call.heard
    assert (await the_emergency(house)).elder is None


@pytest.mark.parametrize("digits", [["0", "1", "0", "1"], [said("零幺零幺")], [said("零一零一")]])
async def test_from_an_unknown_line_four_digits_and_a_yes_to_the_surname(
    house: House, elder: Profile, digits: list[Heard | str]
) -> None:
    await told(house, a_call(said("送餐"), *digits, "1", "1", account="", line="+8613900009999"))
    assert [order.elder for order in await orders(house)] == [elder.elder.id]
    assert "张女士请按1。" in house.voice.texts
    assert not any(elder.elder.name in text for text in house.voice.texts)


@pytest.mark.parametrize(
    "digits",
    [["9", "8", "7", "6"], ["0", "1"], ["0", "1", "0", "1", "0"], [said("零幺零"), said("救")], ["", "", ""]],
)
async def test_digits_that_are_nobodys_or_half_lead_to_a_person(
    house: House, elder: Profile, digits: list[Heard | str]
) -> None:
    call = await told(house, a_call(said("送餐"), *digits, account="", line="+8613900009999"))
    assert await orders(house) == []
    assert "to_a_person" in call.heard
    assert not any("0101" in detail for detail in await asked(house))


async def test_who_calls_for_help_and_is_taken_at_once_is_red_all_the_same(house: House, elder: Profile) -> None:
    """A quick agent has her before the story has said another word to Asterisk."""

    class TakenAtOnce(FakeCall):
        async def set_variable(self, name: str, value: str) -> None:
            raise CallerHungUp

    await house.agent()
    call = TakenAtOnce(a_press("1.1", key=Key.GREEN), answers=[said("我摔倒了")], waits_at_most=1)
    assert (await told(house, call, "service")).step == "hung up"
    emergency = await the_emergency(house)
    assert (emergency.key, emergency.ladder, await asked(house)) == (Key.RED, "default", ["service: help"])
