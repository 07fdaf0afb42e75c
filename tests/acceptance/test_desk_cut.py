"""Links cut, sockets cut, pages closed, in ringing and in talking: her call stays up, and she is spoken to."""

from __future__ import annotations

import asyncio
import time

import pytest

from tests.acceptance.browser import Door
from tests.acceptance.desk_page import Desk
from tests.acceptance.hotline import Hotline
from tests.acceptance.phone import Phone
from tests.acceptance.sounds import PROMPTS, VOICES

SPOKEN_TO_WITHIN_SECONDS = 5.0
TALKING_AGAIN_WITHIN_SECONDS = 3.0  #: of the agent's return
CUT_SECONDS = 20.0


async def ringing(hotline: Hotline, desk: Desk) -> Phone:
    elder = await hotline.phone("p001")
    await elder.dial("120001")
    await desk.page.wait_for_selector("body.rings")
    return elder


async def talking(hotline: Hotline, desk: Desk) -> Phone:
    elder = await ringing(hotline, desk)
    await desk.key("F2")
    await elder.hears(VOICES["agent"], within=8)
    await desk.hears(VOICES["elder"])
    return elder


async def test_a_tab_that_is_closed_while_it_rings_rings_at_the_next_agents(
    hotline: Hotline, desks: tuple[Desk, Desk]
) -> None:
    li, wang = desks
    elder = await ringing(hotline, li)
    elder.forget()
    await li.page.close()
    closed = time.monotonic()
    await wang.page.wait_for_selector("body.rings", timeout=10_000)
    print(f"the next agent's page rings {time.monotonic() - closed:.1f} s after the first was closed")
    await elder.hears(PROMPTS["please_hold"], within=SPOKEN_TO_WITHIN_SECONDS)
    await wang.shows("#profile h2", "李桂兰")
    await wang.key("F2")
    await elder.hears(VOICES["agent"], within=8)
    assert elder.count("CALL_CLOSED") == 0


@pytest.mark.faults
async def test_a_link_that_is_cut_while_it_rings_costs_her_no_word_and_her_agent_has_her_when_it_is_back(
    hotline: Hotline, door: Door, desk: Desk
) -> None:
    elder = await ringing(hotline, desk)
    door.stop()
    elder.forget()
    for _ in range(3):
        await elder.hears(PROMPTS["please_hold"], within=2 * SPOKEN_TO_WITHIN_SECONDS)
        elder.forget()
    await desk.shows("#notice", "链路中断", within=10)
    await asyncio.sleep(CUT_SECONDS / 2)  # how long the cut lasts is what is tried here
    door.go_on()
    back = time.monotonic()
    await desk.shows("#health-phone", "正常", within=20)
    await desk.page.wait_for_selector("body.rings", timeout=20_000)
    await desk.key("F2")
    elder.forget()
    await elder.hears(VOICES["agent"], within=8)
    print(f"talks again {time.monotonic() - back:.1f} s after the link was there again")
    assert elder.count("CALL_CLOSED") == 0
    desk.faults.clear()  # the browser tells of each connection that failed


@pytest.mark.faults
async def test_a_link_that_is_cut_in_a_talk_costs_no_word(hotline: Hotline, door: Door, desk: Desk) -> None:
    elder = await talking(hotline, desk)
    door.stop()
    elder.forget()
    await desk.shows("#notice", "链路中断", within=10)
    await asyncio.sleep(CUT_SECONDS - 10)
    heard = await elder.hears(VOICES["agent"], within=1, seconds=CUT_SECONDS / 2)
    assert heard < 1
    door.go_on()
    await desk.shows("#health-link", "正常", within=20)
    await desk.shows("#presence", "通话中")
    await desk.hears(VOICES["elder"])
    await desk.key("F10", "1", "Enter")
    await elder.until("CALL_CLOSED", within=15)
    [emergency] = hotline.emergencies()[-1:]
    assert emergency.state == "closed"
    assert "responder_lost" not in hotline.steps(emergency.id)
    desk.faults.clear()


@pytest.mark.faults
async def test_sockets_that_are_cut_in_a_talk_and_in_ringing(hotline: Hotline, door: Door, desk: Desk) -> None:
    """The door dies: both of the page's sockets with it, at once."""
    elder = await talking(hotline, desk)
    await door.kill()
    elder.forget()
    await elder.hears(VOICES["agent"], within=5, seconds=2.0)
    await door.open()
    await desk.shows("#health-phone", "正常", within=20)
    await desk.key("F10", "1", "Enter")
    await elder.until("CALL_CLOSED", within=15)
    await elder.stop()
    second = await hotline.phone("p002")
    await second.dial("120001")
    await desk.page.wait_for_selector("body.rings", timeout=10_000)
    second.forget()
    await door.kill()
    await second.hears(PROMPTS["please_hold"], within=SPOKEN_TO_WITHIN_SECONDS)
    await door.open()
    await desk.shows("#health-phone", "正常", within=20)
    back = time.monotonic()
    await desk.page.wait_for_selector("body.rings", timeout=20_000)
    await desk.key("F2")
    second.forget()
    await second.hears(VOICES["agent"], within=8)
    again = time.monotonic() - back
    print(f"talks again {again:.1f} s after the telephone was registered again")
    assert again <= TALKING_AGAIN_WITHIN_SECONDS
    desk.faults.clear()


@pytest.mark.faults
async def test_who_closes_the_page_for_good_is_off_duty_and_who_only_loads_it_anew_is_not(
    hotline: Hotline, desk: Desk
) -> None:
    def presence() -> str:
        [row] = hotline.rows("select presence from agents where extension = '1001'")
        return str(row["presence"])

    await desk.page.reload()
    await desk.shows("#health-phone", "正常", within=10)
    await desk.page.close()
    await asyncio.sleep(5)  # a reload may take as long
    assert presence() == "free"
    gone_after = hotline.config.desk.page_gone_seconds
    await hotline.until(lambda: presence() == "offline", within=gone_after + 10, why="the page is gone")
