"""What comes in where, what is written down of it, and that nothing a caller sends is ever evaluated."""

from __future__ import annotations

import asyncio
import time

import pytest

from tests.acceptance.conftest import LANDLINE, Lab
from tests.acceptance.sounds import PROMPTS, VOICES

#: Complaints that are true: nobody listens on AGI's port, one phone has a wrong password, the carrier's phone tries to
#: register, a caller's name has 200 digits.
EXPECTED = (
    "Connection refused",
    "FastAGI failed",
    "Failed to authenticate",
    "not found for endpoint 'trunk'",
    "has invalid UTF-8 characters",
)

pytestmark = pytest.mark.asterisk


async def _marks(lab: Lab) -> list[tuple[str, list[str]]]:
    lines = (await lab.cli("database show cc/entry")).splitlines()
    pairs = [line.split(":", 1) for line in lines if line.startswith("/cc/entry/")]
    return [(key.strip().removeprefix("/cc/entry/"), value.strip().split("|")) for key, value in pairs]


@pytest.mark.parametrize(
    ("name", "number", "key"),
    [
        ("p001", "120001", "red"),
        ("p001", "120002", "green"),
        ("p001", "110", "red"),
        ("p001", "h", "red"),
        ("p001", "s", "red"),
        ("p001", "start", "red"),
        ("p001", "%24%7BEXTEN%7D", "red"),
        (LANDLINE, "12349", "landline"),
        (LANDLINE, "120001", "red"),
        (LANDLINE, "01012345678", "landline"),
        ("mobile", "12349", "landline"),
        ("mobile", "120002", "green"),
        ("mobile", "+861012349", "landline"),
    ],
)
async def test_every_number_leads_to_a_human_and_leaves_its_mark(lab: Lab, name: str, number: str, key: str) -> None:
    elder, agent = await lab.phones(name, "1001")
    began = time.time()
    await elder.dial(number)
    await agent.until("CALL_INCOMING", within=3)
    ((uniqueid, mark),) = await _marks(lab)
    account = "" if name == "mobile" else name
    assert mark[:3] == [key, account, "".join(c for c in elder.user if c in "0123456789+*#")]
    assert abs(int(mark[3]) - began) < 3
    assert mark[4].startswith(f"PJSIP/{account or 'trunk'}-")
    assert uniqueid.startswith("node1-")


async def test_who_lets_go_at_once_is_let_go(lab: Lab) -> None:
    """The phone of the tests itself: it refuses to hang up a call that it is about to make."""
    elder = await lab.phone("p001")
    await elder.dial("120001")
    await elder.hang_up()
    await elder.until("CALL_CLOSED", within=3)


async def test_the_mark_stays_when_the_caller_is_gone_at_once(lab: Lab, mute_agi: None) -> None:
    elder = await lab.phone("p001")
    await elder.dial("120001")
    await elder.until("CALL_RINGING", within=3)
    await elder.hang_up()
    async with asyncio.timeout(3):
        while await lab.live_channels():
            await asyncio.sleep(0.05)
    ((_, mark),) = await _marks(lab)
    assert mark[0] == "red"


@pytest.mark.parametrize(
    "hostile",
    [
        "1001",  # an account of ours: must not be asked for its password
        "p001",
        "${SHELL(id)}",
        '13900000001"),Hangup(',
        "13900000001;x=${CC_KEY}|red",
        "1,1)&Local/s@cc-dispatch",
        "9" * 200,
        "求救",
        "a}b{c]d[e",
        "anonymous",
    ],
)
async def test_what_a_caller_calls_himself_changes_nothing(lab: Lab, hostile: str) -> None:
    agent, caller = await lab.phone("1001"), await lab.trunk_call(hostile, "12349")
    await agent.until("CALL_INCOMING", within=3)
    await agent.answer()
    await agent.hears(VOICES["standby"], within=4)  # the voice of every phone behind the trunk
    ((_, mark),) = await _marks(lab)
    assert len(mark) == 5
    assert mark[:2] == ["landline", ""]
    assert set(mark[2]) <= set("0123456789+*#")
    assert len(mark[2]) <= 40
    assert caller.count("CALL_CLOSED") == 0


async def test_an_agents_phone_reaches_nothing_but_its_presence(lab: Lab) -> None:
    agent = await lab.phone("1001")
    for closed, number in enumerate(("120001", "12349", "1002", "13900000001", "9001", "8111"), start=1):
        await agent.dial(number)
        await agent.until("CALL_CLOSED", within=3, times=closed)
    assert agent.count("CALL_ESTABLISHED") == 0
    await agent.dial("81")
    await agent.hears(PROMPTS["cannot_save_now"], within=3)
    assert await _marks(lab) == []


async def test_a_standby_phone_reaches_nothing(lab: Lab) -> None:
    phone = await lab.phone("2001")
    await phone.dial("120001")
    await phone.until("CALL_CLOSED", within=3)
    assert phone.count("CALL_ESTABLISHED") == 0


async def test_a_wrong_password_is_refused(lab: Lab) -> None:
    with pytest.raises(RuntimeError):
        await lab.phone("p003", password="wrong")


async def test_asterisk_complains_of_nothing_else(lab: Lab) -> None:
    complaints = [
        line
        for line in lab.asterisk.layout.messages.read_text().splitlines()
        if ("ERROR[" in line or "WARNING[" in line) and not any(known in line for known in EXPECTED)
    ]
    assert "\n".join(complaints) == ""
