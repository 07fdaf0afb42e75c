"""保持、挂起、转接 on real calls: what the elder hears meanwhile, and that she has her agent again by one key."""

from __future__ import annotations

from tests.acceptance.desk_page import Desk
from tests.acceptance.hotline import Hotline
from tests.acceptance.sounds import PROMPTS, VOICES


async def test_on_hold_she_hears_our_voice_and_her_agent_is_back_by_one_key(hotline: Hotline, desk: Desk) -> None:
    """Even if the service is killed meanwhile: the hold is a row."""
    elder = await hotline.phone("p001")
    await desk.answers(elder)
    [emergency] = hotline.open_emergencies()
    await desk.key("F4")
    elder.forget()
    await elder.hears(PROMPTS["please_hold"], within=5)
    await desk.shows("#queue .held", "保持中: 坐席一 1001")
    await desk.shows("#presence", "保持")
    await desk.picture("on-hold")
    elder.forget()
    await desk.key("Escape")
    await elder.hears(VOICES["agent"], within=5)
    await desk.hears(VOICES["elder"])
    assert hotline.steps(emergency.id)[-4:].count("resumed") == 1
    await desk.key("F4")
    await desk.page.wait_for_selector("#queue .held")
    await hotline.kill()
    await hotline.serve()
    desk.faults.clear()  # the browser tells of each connection that was refused
    await desk.shows("#health-link", "正常", within=15)
    await desk.page.wait_for_selector("#queue .held")
    elder.forget()
    await desk.key("F4")
    await elder.hears(VOICES["agent"], within=8)


async def test_who_parks_takes_the_next_and_then_the_first_again(hotline: Hotline, desk: Desk) -> None:
    first, second = await hotline.phones("p001", "p002")
    await desk.answers(first)
    await second.dial("120001")
    await desk.shows("#queue", "王秀英")
    await desk.key("F6")
    await second.hears(VOICES["agent"], within=10)
    await desk.shows("#profile h2", "王秀英")
    await desk.shows("#queue .held", "李桂兰")
    await desk.picture("parked")
    first.forget()
    await desk.key("F6")
    await first.hears(VOICES["agent"], within=10)
    await desk.shows("#profile h2", "李桂兰")
    await desk.shows("#queue .held", "王秀英")


async def test_to_a_colleague_and_back_and_she_is_never_alone(hotline: Hotline, desks: tuple[Desk, Desk]) -> None:
    li, wang = desks
    elder = await hotline.phone("p001")
    await li.answers(elder)
    [emergency] = hotline.open_emergencies()
    elder.forget()
    for one, other, name in ((li, wang, "1002"), (wang, li, "1001")):
        await one.key("F9")
        await one.picture(f"transfer-{name}")
        await one.key("1")
        await other.page.wait_for_selector("body.rings")
        await other.shows("#profile h2", "李桂兰")
        await other.shows("#queue", "转给您")
        await one.shows("#queue", f"正在转给{name}")
        await other.key("F2")
        await hotline.until(lambda name=name: hotline.open_emergencies()[0].row["owner"] == name, why="taken over")
        await other.hears(VOICES["elder"])
        await one.shows("#presence", "空闲")
        await other.page.wait_for_selector("#agents li.free")
    await elder.hears(VOICES["agent"], within=5)
    heard = {tone for each in elder.ear() for tone in each.tones}
    assert PROMPTS["please_hold"] not in heard, "somebody was with her all the time"
    assert "responder_lost" not in hotline.steps(emergency.id)
