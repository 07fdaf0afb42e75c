"""The main job, on real calls: she presses, somebody who knows her speaks with her, and only a disposition ends it."""

from __future__ import annotations

import asyncio

from tests.acceptance.hotline import CONTACTS, Hotline
from tests.acceptance.sounds import PROMPTS, VOICES


async def test_an_agent_answers_and_both_hear_each_other(hotline: Hotline) -> None:
    await hotline.on_duty("1001")
    elder, agent = await hotline.phones("p001", "1001")
    await elder.dial("120001")
    await agent.until("CALL_INCOMING")
    [emergency] = hotline.open_emergencies()
    assert hotline.steps(emergency.id)[:2] == ["raised", "identified"], "the profile is known before the phone rings"
    await elder.until("CALL_ESTABLISHED")
    await elder.hears(PROMPTS["received"], within=3)
    await agent.answer()
    await agent.hears(VOICES["elder"], within=5)
    await elder.hears(VOICES["agent"], within=5)
    await agent.press("*2")
    await elder.until("CALL_CLOSED", within=15)
    await elder.hears(PROMPTS["goodbye"], within=1)
    closed = await hotline.until(lambda: hotline.in_state(emergency.id, "closed"), why="closed")
    assert closed.row["disposition"] == "helped_by_phone"
    wanted = ["raised", "identified", "rung_tried", "offered", "claimed", "entered_room", "closed"]
    assert [step for step in hotline.steps(emergency.id) if step in wanted][: len(wanted) - 1] == wanted[:-1]


async def test_the_agents_phone_shows_who_she_is(hotline: Hotline) -> None:
    await hotline.on_duty("1001")
    elder, agent = await hotline.phones("p001", "1001")
    await elder.dial("120001")
    incoming = await agent.until("CALL_INCOMING")
    assert "李桂兰" in incoming["peerdisplayname"]
    assert "红键" in incoming["peerdisplayname"]


async def test_the_ladder_climbs_to_the_third_contact(hotline: Hotline) -> None:
    """All agents, standby, contacts: the first presses 2, the second is a voicemail, the third presses 1."""
    await hotline.on_duty("1001", "1002")
    elder, first, second, standby = await hotline.phones("p001", "1001", "1002", "2001")
    refuses, voicemail, takes = [await hotline.phone(number) for number in CONTACTS]
    await elder.dial("120001")
    began = (await elder.until("CALL_ESTABLISHED"))["at"]
    rang = [(await phone.until("CALL_INCOMING", within=8))["at"] - began for phone in (first, second, standby)]
    for seconds, expected in zip(rang, (0, 4, 8), strict=True):
        assert abs(seconds - expected) <= 1, rang
    asked = (await refuses.until("CALL_INCOMING", within=8))["at"] - began
    assert abs(asked - 12) <= 1
    await refuses.answer()
    await refuses.hears(0, within=6, seconds=2)
    await refuses.press("2")
    pressed = refuses.clock()
    asked = (await voicemail.until("CALL_INCOMING", within=5))["at"] - pressed
    assert asked <= 1
    await voicemail.answer()
    await takes.until("CALL_INCOMING", within=25)
    assert voicemail.count("CALL_ESTABLISHED") == 1
    await takes.answer()
    await takes.hears(0, within=6, seconds=2)
    await takes.press("1")
    await takes.until_joined(VOICES["elder"], within=8)
    [emergency] = hotline.open_emergencies()
    claims = [who for step, who, _ in hotline.timeline(emergency.id) if step == "claimed"]
    assert len(claims) == 1
    assert claims[0].startswith("contact:")
    assert (await hotline.until(lambda: hotline.in_state(emergency.id, "attended"))).row["owner_role"] == "contact"


async def test_nobody_at_all_is_handed_to_120_and_the_ladder_starts_again(hotline: Hotline) -> None:
    elder, dispatcher = await hotline.phones("p001", "9001")
    await elder.dial("120001")
    await dispatcher.until("CALL_INCOMING", within=40)
    [emergency] = hotline.open_emergencies()
    assert "no_agent_logged_in" in hotline.steps(emergency.id)
    await dispatcher.answer()
    await hotline.until(lambda: hotline.steps(emergency.id).count("sheet_spoken") == 2, within=90, why="sheet twice")
    await dispatcher.until_joined(VOICES["elder"], within=10)
    await elder.hears(VOICES["dispatcher"], within=10)
    await hotline.until(lambda: "ladder_restarted" in hotline.steps(emergency.id), within=30, why="ladder again")


async def test_an_agents_phone_that_dies_brings_her_back_and_she_is_offered_again(hotline: Hotline) -> None:
    await hotline.on_duty("1001", "1002")
    elder, first = await hotline.phones("p001", "1001")
    await elder.dial("120001")
    await first.until("CALL_INCOMING")
    await first.answer()
    await first.hears(VOICES["elder"], within=5)
    second = await hotline.phone("1002")
    elder.forget()
    await first.kill()
    died = elder.clock()
    again = await second.until("CALL_INCOMING", within=12)
    assert again["at"] - died <= 5 + 3.5, "rtp_timeout notices after 3 s, then within 5 s"
    await elder.hears(PROMPTS["please_hold"], within=6)
    await second.answer()
    await second.hears(VOICES["elder"], within=5)


async def test_an_agent_who_hangs_up_without_a_disposition_has_ended_nothing(hotline: Hotline) -> None:
    await hotline.on_duty("1001")
    elder, agent = await hotline.phones("p001", "1001")
    await elder.dial("120001")
    await agent.until("CALL_INCOMING")
    await agent.answer()
    await agent.hears(VOICES["elder"], within=5)
    left = agent.clock()
    await agent.hang_up()
    again = await agent.until("CALL_INCOMING", within=6, times=2)
    assert again["at"] - left <= 5
    await elder.hears(PROMPTS["please_hold"], within=5)
    assert elder.count("CALL_CLOSED") == 0


async def test_several_presses_join_one_emergency(hotline: Hotline) -> None:
    await hotline.on_duty("1001")
    elder, agent = await hotline.phones("p001", "1001")
    for press in (1, 2, 3):
        await elder.dial("120001")
        await elder.until("CALL_ESTABLISHED", times=press)
        await elder.hang_up()
    await elder.dial("120001")
    [emergency] = hotline.open_emergencies()
    await hotline.until(lambda: hotline.in_state(emergency.id, "waiting").row["presses"] == 4, why="presses")
    await agent.answer()
    await agent.hears(VOICES["elder"], within=5)


async def test_a_cut_call_is_rung_back_and_she_is_with_the_agent_again(hotline: Hotline) -> None:
    await hotline.on_duty("1001")
    elder, agent = await hotline.phones("p001", "1001")
    await elder.dial("120001")
    await agent.until("CALL_INCOMING")
    await agent.answer()
    await agent.hears(VOICES["elder"], within=5)
    agent.forget()
    await elder.hang_up()
    await elder.until("CALL_INCOMING", within=5)
    await agent.hears(PROMPTS["calling_her_back"], within=5)
    agent.forget()
    await elder.answer()
    await agent.hears(VOICES["elder"], within=5)
    await elder.hears(VOICES["agent"], within=5)


async def test_two_elders_at_once_reach_two_agents(hotline: Hotline) -> None:
    await hotline.on_duty("1001", "1002")
    one, other, first, second = await hotline.phones("p001", "p002", "1001", "1002")
    await asyncio.gather(one.dial("120001"), other.dial("120001"))
    await asyncio.gather(first.until("CALL_INCOMING"), second.until("CALL_INCOMING"))
    await asyncio.gather(first.answer(), second.answer())
    await asyncio.gather(*(phone.hears(VOICES["elder"], within=5) for phone in (first, second)))
    assert sorted(e.state for e in hotline.open_emergencies()) == ["attended", "attended"]


async def test_two_elders_and_one_agent_the_second_is_offered_when_the_first_is_closed(hotline: Hotline) -> None:
    await hotline.on_duty("1001")
    one, other, agent = await hotline.phones("p001", "p002", "1001")
    await one.dial("120001")
    await agent.until("CALL_INCOMING")
    await other.dial("120001")
    await agent.answer()
    await agent.hears(VOICES["elder"], within=5)
    await agent.press("*")
    await asyncio.sleep(2.0)  # a hand that writes is slow
    await agent.press("1")
    await agent.until("CALL_INCOMING", within=12, times=2)
    await agent.answer()
    await other.hears(VOICES["agent"], within=6)


async def test_a_busy_120_is_followed_by_the_second_route_and_both_are_written_down(hotline: Hotline) -> None:
    elder, busy, second = await hotline.phones("p001", "9001", "9002")
    await elder.dial("120001")
    await busy.until("CALL_INCOMING", within=40)
    await busy.hang_up()
    await second.until("CALL_INCOMING", within=4)
    [emergency] = hotline.open_emergencies()
    offers = [(who, detail) for step, who, detail in hotline.timeline(emergency.id) if step == "offer_ended"]
    assert any(who == "dispatcher:city" for who, _ in offers)


async def test_an_unknown_number_goes_on_and_is_kept(hotline: Hotline) -> None:
    await hotline.on_duty("1001")
    stranger, agent = await hotline.phones("p003", "1001")
    await stranger.dial("120001")
    incoming = await agent.until("CALL_INCOMING")
    assert "未知" in incoming["peerdisplayname"]
    [emergency] = hotline.open_emergencies()
    assert "identity_unknown" in hotline.steps(emergency.id)
    assert emergency.row["account"] == "p003"


async def test_she_is_silent_and_the_agent_is_told(hotline: Hotline) -> None:
    await hotline.on_duty("1001")
    elder = await hotline.phone("p001", play=hotline.silence)
    agent = await hotline.phone("1001")
    await elder.dial("120001")
    await agent.until("CALL_INCOMING")
    [emergency] = hotline.open_emergencies()
    await hotline.until(lambda: "elder_silent" in hotline.steps(emergency.id), within=12, why="silent")
    await agent.answer()
    await agent.hears(PROMPTS["caller_silent"], within=5)
