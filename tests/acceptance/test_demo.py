"""`callcenter demo`, as the README has it run: a whole story on real calls, told in words and as JSON."""

from __future__ import annotations

import asyncio
import json
import re
import subprocess
import sys
from pathlib import Path

import pytest
from aiohttp import ClientSession, CookieJar

from tests.acceptance.conftest import PREFIX

ROOT = Path(__file__).parents[2]


def demo(*arguments: str) -> subprocess.CompletedProcess[str]:
    if not (PREFIX / "bin/asterisk").exists():
        pytest.skip("no private Asterisk in var/asterisk: run `make setup`")
    command = [sys.executable, "-m", "callcenter", *arguments]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=120, check=False)


def test_the_story_comes_to_its_end_and_everybody_heard_everybody() -> None:
    played = demo("demo", "--json")
    assert played.returncode == 0, played.stderr
    told = json.loads(played.stdout)
    assert (told["state"], told["disposition"]) == ("closed", "handed_to_contact")
    assert {name: sorted(whom) for name, whom in told["heard"].items()} == {
        "张大明": ["女儿", "王坐席"],
        "王坐席": ["女儿", "张大明"],
        "女儿": ["张大明", "王坐席"],
    }
    steps = [(entry["step"], entry["who"].partition(":")[0]) for entry in told["timeline"]]
    in_order = [("raised", "account"), ("offered", "agent"), ("claimed", "agent"), ("entered_room", "elder")]
    assert [step for step in steps if step in in_order] == in_order
    assert all(entry["seconds"] >= 0 for entry in told["timeline"])
    assert all(Path(path).stat().st_size > 10_000 for path in told["recordings"])


async def test_the_desk_is_served_with_users_and_a_red_key_to_press() -> None:
    """As a newcomer does it: the address and password are what the command says."""
    if not (PREFIX / "bin/asterisk").exists():
        pytest.skip("no private Asterisk in var/asterisk: run `make setup`")
    served = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "callcenter", "demo", "--desk", "--json",
        cwd=ROOT, stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    assert served.stdout is not None
    try:
        async with asyncio.timeout(60):
            told = json.loads(await served.stdout.readuntil(b"\n}\n"))
        jar = CookieJar(unsafe=True)
        async with ClientSession(told["address"], cookie_jar=jar, headers={"Origin": told["address"]}) as browser:
            signed_in = await browser.post("/login", data={"name": "admin", "password": told["password"]})
            assert signed_in.status == 200
            page = await (await browser.get("/demo")).text()
            [token] = re.findall(r'action="/demo".*?name="form_token" value="(\w+)"', page, re.S)
            pressed = await browser.post("/demo", data={"account": "p1003", "form_token": token})
            assert pressed.status == 200 and re.search(r"p1003 \w+ \S+ 已按下红键", await pressed.text())
    finally:
        served.terminate()
        async with asyncio.timeout(30):
            await served.wait()
    assert served.returncode == 0
