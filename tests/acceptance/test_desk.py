"""坐席台 in a real browser: who calls is on the screen before the answer; one key for each thing she needs."""

from __future__ import annotations

import asyncio

from tests.acceptance.desk_page import Desk
from tests.acceptance.hotline import CONTACTS, Hotline
from tests.acceptance.sounds import PROMPTS, VOICES

PAINTED_WITHIN_SECONDS = 1.0


async def test_her_profile_then_f2_family_120_and_the_end_by_keys_alone(hotline: Hotline, desk: Desk) -> None:
    elder, daughter, dispatcher = await hotline.phones("p001", CONTACTS[0], "9001")
    await elder.dial("120001")
    await desk.shows("#profile h2", "李桂兰")
    await desk.shows("#profile .address", "东城区和平街和平里3号楼501")
    [emergency] = hotline.open_emergencies()
    await desk.picture("ringing")
    assert emergency.state == "waiting", "the profile is there before anybody answers"
    await desk.page.wait_for_selector("body.rings")
    after = await desk.painted_after(emergency)
    print(f"profile painted {after * 1000:.0f} ms after the emergency began")
    assert after < PAINTED_WITHIN_SECONDS
    await desk.key("F2")
    await elder.hears(VOICES["agent"], within=8)
    await desk.hears(VOICES["elder"])
    await desk.shows("#queue", "坐席一")
    await desk.key("F7")
    await daughter.until("CALL_INCOMING")
    await daughter.answer()
    await daughter.press("1")
    await desk.shows("#company", "家属1 家属：已加入")
    await desk.shows("#profile [data-contact] .leg >> nth=0", "已加入")
    await desk.picture("talking")
    await desk.key("F8")
    await desk.shows("#said", "Enter")
    await desk.key("Enter")
    await dispatcher.until("CALL_INCOMING")
    await desk.shows("#company", "120（模拟）：振铃中")
    await dispatcher.answer()
    await desk.shows("#company", "120（模拟）：已加入", within=90)  # the sheet is spoken twice
    await dispatcher.until_joined(VOICES["elder"], within=10)
    await daughter.hang_up()
    await desk.shows("#company", "家属1 家属：已离开")
    await desk.shows("#said.refusal", "家属1 家属：已离开")
    await desk.key("F10", "4", "Enter")
    await elder.until("CALL_CLOSED", within=15)
    await elder.hears(PROMPTS["goodbye"], within=1)
    closed = await hotline.until(lambda: hotline.in_state(emergency.id, "closed"), why="closed")
    assert (closed.row["disposition"], closed.row["closed_by"]) == ("handed_to_120", "agent:1001")
    await desk.shows("#queue-empty", "没有等待的警情")
    looks = [row["what"] for row in hotline.rows("select what from looks where who = 'li' order by at")]
    assert looks[-2:] == ["list", "profile"]


async def test_a_false_alarm_takes_four_keys(hotline: Hotline, desk: Desk) -> None:
    elder = await hotline.phone("p002")
    await elder.dial("120001")
    await desk.shows("#profile h2", "王秀英")
    await desk.page.wait_for_selector("body.rings")
    [emergency] = hotline.open_emergencies()
    await desk.key("F2")
    await elder.hears(VOICES["agent"], within=8)
    await desk.key("F10", "1", "Enter")
    closed = await hotline.until(lambda: hotline.in_state(emergency.id, "closed"), why="closed")
    assert closed.row["disposition"] == "false_alarm"


async def test_an_enter_held_too_long_closes_nothing_that_was_not_meant(hotline: Hotline, desk: Desk) -> None:
    elder = await hotline.phone("p001")
    await desk.answers(elder)
    [emergency] = hotline.open_emergencies()
    await desk.key("F6")
    await desk.shows("#said.refusal", "没有别人在等")
    await desk.key("F10", "4")
    for _ in range(6):  # as a key that is held down
        await desk.page.keyboard.down("Enter")
    await desk.page.keyboard.up("Enter")
    await desk.shows("#said.refusal", "没有进入过这次通话")
    await desk.key("Enter", "Enter")
    assert hotline.open_emergencies(), "another key is needed"
    await desk.page.click("#note")
    await desk.page.keyboard.type("家属自己打了120")
    await desk.key("F10")
    closed = await hotline.until(lambda: hotline.in_state(emergency.id, "closed"), why="closed")
    assert closed.row["disposition"] == "handed_to_120"
    await desk.page.goto(f"/emergencies/{emergency.id}")
    await desk.shows(".decisions", "家属自己打了120")


async def test_what_breaks_on_the_page_keeps_nobody_from_being_heard_and_answered(hotline: Hotline, desk: Desk) -> None:
    await desk.page.evaluate("document.getElementById('company').remove()")
    elder, other = await hotline.phones("p001", "p002")
    await desk.answers(elder)
    await other.dial("120001")
    await desk.titled("(1) ")
    assert desk.faults, "it was broken"
    desk.faults.clear()


async def test_the_same_with_the_mouse_and_in_english(hotline: Hotline, desk: Desk) -> None:
    await desk.page.click("text=English")
    await desk.shows("#online", "Go online")
    await desk.shows("#presence", "free")
    await desk.page.wait_for_selector("#health-phone.well")
    elder, daughter, dispatcher = await hotline.phones("p001", CONTACTS[0], "9001")
    await elder.dial("120001")
    await desk.shows("#profile .read", "To be read to 120")
    [emergency] = hotline.open_emergencies()
    await desk.page.wait_for_selector("body.rings")
    await desk.page.click("[data-do=answer]")
    await elder.hears(VOICES["agent"], within=8)
    await desk.page.click("[data-do=family]")
    await daughter.until("CALL_INCOMING")
    await desk.page.click("[data-do=dispatch]")
    await desk.shows("#said", "Enter calls 120")
    await desk.page.click("[data-do=cancel]")
    await desk.page.click("[data-do=dispatch]")
    await desk.page.click("[data-do=confirm]")
    await dispatcher.until("CALL_INCOMING")
    await desk.page.click("text=visit arranged")
    await desk.page.fill("#note", "Neighbour has the key")
    await desk.picture("english")
    await desk.page.click("text=Save and close")
    closed = await hotline.until(lambda: hotline.in_state(emergency.id, "closed"), why="closed")
    assert closed.row["disposition"] == "visit_arranged"
    for place, text in (
        ("emergencies", "Elders"),
        (f"emergencies/{emergency.id}", "Neighbour has the key"),
        ("elders?q=李", "李桂兰"),
        ("wallboard", "Longest wait"),
        ("password", "New password"),
    ):
        await desk.page.goto(f"/{place}")
        await desk.shows("body", text)
        await desk.picture(place.split("?")[0].replace("/", "-")[:30])


async def test_a_key_that_does_nothing_now_says_why(desk: Desk) -> None:
    for key, why in (("F2", "没有振铃"), ("F3", "没有通话"), ("F7", "您手上没有警情"), ("F10", "您手上没有警情")):
        await desk.key(key)
        await desk.shows("#said.refusal", why)
    await desk.page.click("#offline")
    await desk.shows("#profile", "离线中")
    await desk.key("F2")
    await desk.shows("#said.refusal", "请先按「上线」")
    await desk.key("F1")
    await desk.shows("#help", "一个班次")
    await desk.key("Escape")
    assert not await desk.page.evaluate("document.getElementById('help').open")


async def test_a_second_window_takes_the_desk_over_and_the_first_rings_no_more(hotline: Hotline, desk: Desk) -> None:
    second = Desk(await desk.page.context.new_page(), [])
    await second.page.goto("/desk")
    await desk.shows("#notice", "另一个窗口")
    await second.page.wait_for_selector("#health-phone.well")
    elder = await hotline.phone("p001")
    await elder.dial("120001")
    await second.page.wait_for_selector("body.rings")
    await second.shows("#profile h2", "李桂兰")
    assert await desk.page.locator("body.rings").count() == 0
    await second.key("F2")
    await elder.hears(VOICES["agent"], within=8)


async def test_nobody_goes_online_without_a_microphone(hotline: Hotline, desk: Desk) -> None:
    await desk.page.click("#offline")
    await desk.shows("#presence", "离线")
    await desk.page.add_init_script(
        "navigator.mediaDevices.getUserMedia = async () => { throw new DOMException('no', 'NotAllowedError'); }"
    )
    await desk.page.reload()
    await desk.page.click("#online")
    await desk.shows("#health-microphone", "被拒绝")
    await desk.shows("#said", "还不能上线：")
    await desk.shows("#said", "麦克风")
    await desk.shows("#presence", "离线")


async def test_a_page_that_is_reloaded_in_a_call_has_her_back(hotline: Hotline, desk: Desk) -> None:
    elder = await hotline.phone("p001")
    await desk.answers(elder)
    desk.page.on("dialog", lambda dialog: asyncio.ensure_future(dialog.accept()))
    await desk.page.reload()
    await desk.shows("#profile h2", "李桂兰", within=10)
    await desk.page.wait_for_selector("body.rings", timeout=15_000)
    elder.forget()
    await desk.key("F2")
    await elder.hears(VOICES["agent"], within=8)


async def test_the_service_dies_and_the_page_says_so_and_recovers(hotline: Hotline, desk: Desk) -> None:
    await hotline.kill()
    await desk.shows("#notice", "链路中断", within=10)
    await hotline.serve()
    await desk.shows("#health-link", "正常", within=15)
    desk.faults.clear()  # the browser tells of each connection that was refused
    elder = await hotline.phone("p001")
    await elder.dial("120001")
    await desk.shows("#profile h2", "李桂兰", within=10)
