"""Nobody is left alone in a room, and only one responder has the emergency. No Python runs."""

from __future__ import annotations

import asyncio
import socket
from typing import Any

import pytest

from tests.acceptance.conftest import Lab
from tests.acceptance.phone import Phone
from tests.acceptance.sounds import PROMPTS, VOICES

pytestmark = pytest.mark.asterisk


async def _talking(lab: Lab, *names: str, **options: Any) -> list[Phone]:
    """An elder and the first agent who talk; the other phones ring or have rung."""
    elder, agent, *others = await lab.phones("p001", *names, **options)
    await elder.dial("120001")
    await agent.until("CALL_INCOMING", within=3)
    await agent.answer()
    await elder.hears(VOICES["agent"], within=5)
    await agent.hears(VOICES["elder"], within=5)
    return [elder, agent, *others]


@pytest.mark.parametrize("dies", [False, True], ids=["hangs up", "killed without BYE"])
async def test_she_is_out_at_once_and_rung_on_when_her_agent_is_gone(lab: Lab, dies: bool) -> None:
    elder, agent = await _talking(lab, "1001")
    second = await lab.phone("1002")
    elder.forget()
    await (agent.kill() if dies else agent.hang_up())
    await elder.hears(PROMPTS["please_hold"], within=5)
    await second.until("CALL_INCOMING", within=1)
    await second.answer()
    await elder.hears(VOICES["second_agent"], within=3)
    assert elder.count("CALL_CLOSED") == 0


async def test_only_one_of_two_who_answer_together_enters(lab: Lab) -> None:
    elder, first, second = await lab.phones("p001", "1001", "1002")
    for time in range(1, 21):
        await elder.dial("120001")
        await first.until("CALL_INCOMING", within=3, times=time)
        await second.until("CALL_INCOMING", within=3, times=time)
        await asyncio.gather(first.answer(), second.answer())
        async with asyncio.timeout(5):
            while len(await lab.in_rooms()) < 2:
                await asyncio.sleep(0.05)
        inside = await lab.in_rooms()
        assert sorted(channel.split("/")[1][:4] for channel in inside) in (["1001", "p001"], ["1002", "p001"])
        loser = second if any("/1001-" in channel for channel in inside) else first
        await loser.hears(PROMPTS["already_taken"], within=3)
        await loser.until("CALL_CLOSED", within=4, times=loser.count("CALL_ESTABLISHED"))
        winner = first if loser is second else second
        await elder.hang_up()
        await winner.hang_up()
        await winner.until("CALL_CLOSED", within=4, times=time)
        await elder.until("CALL_CLOSED", within=4, times=time)
        await lab.idle("1001", "1002")


@pytest.mark.parametrize("milliseconds", range(0, 301, 30))
async def test_agent_who_leaves_while_she_comes_does_not_leave_her_alone(lab: Lab, milliseconds: int) -> None:
    elder, agent = await lab.phones("p001", "1001")
    await elder.dial("120001")
    await agent.until("CALL_INCOMING", within=3)
    await agent.answer()
    await agent.until("CALL_ESTABLISHED", within=3)
    await asyncio.sleep(milliseconds / 1000)
    elder.forget()
    await agent.hang_up()
    await elder.hears(PROMPTS["please_hold"], within=5)
    assert [c for c in await lab.in_rooms() if "/p001-" in c] == []
    await agent.until("CALL_INCOMING", within=8, times=2)


async def test_a_menu_key_without_python_says_so_and_keeps_everybody_in_the_room(lab: Lab) -> None:
    elder, agent = await _talking(lab, "1001")
    agent.forget()
    await agent.press("*2")
    await agent.hears(PROMPTS["cannot_save_now"], within=4)
    agent.forget()
    elder.forget()
    await agent.hears(VOICES["elder"], within=4)
    await elder.hears(VOICES["agent"], within=4)
    agent.forget()
    await agent.press("#1")
    await agent.hears(PROMPTS["cannot_save_now"], within=4)
    assert len(await lab.in_rooms()) == 2
    assert (elder.count("CALL_CLOSED"), agent.count("CALL_CLOSED")) == (0, 0)


async def test_a_menu_key_with_python_hung_gives_up_in_time(lab: Lab) -> None:
    elder, agent = await _talking(lab, "1001")
    with socket.create_server(("127.0.0.1", lab.config.fastagi.port)):
        await agent.press("*2")
        await agent.hears(PROMPTS["cannot_save_now"], within=13)
    elder.forget()
    await elder.hears(VOICES["agent"], within=4)
    assert len(await lab.in_rooms()) == 2


async def test_a_silent_caller_is_announced_in_the_agents_ear_only(lab: Lab) -> None:
    elder, agent = await lab.phones("p001", "1001")
    await elder.dial("120001")
    await agent.until("CALL_INCOMING", within=3)
    room = await lab.variable("p001", "CC_ROOM")
    await lab.cli(f"database put cc/silent {room} 1")
    await agent.answer()
    await agent.hears(PROMPTS["caller_silent"], within=3)
    await agent.hears(VOICES["elder"], within=4)
    await elder.hears(VOICES["agent"], within=4)
    assert not any(PROMPTS["caller_silent"] in stretch.tones for stretch in elder.ear())
    await elder.hang_up()
    await elder.until("CALL_CLOSED", within=3)
    assert room not in await lab.cli("database show cc/silent")
