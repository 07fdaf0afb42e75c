"""The command line beside a real Asterisk and the real service: doctor's question, simulated callers."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from callcenter.app.cli.telephones import rendered
from callcenter.app.clock import SystemClock
from callcenter.app.reach import write
from callcenter.app.seed import made_up
from callcenter.asterisk.accounts import ensure_secrets
from callcenter.asterisk.instance import PrivateAsterisk
from tests.acceptance import sounds
from tests.integration.cli_house import PREFIX, CliHouse

pytestmark = [
    pytest.mark.asterisk,
    pytest.mark.skipif(not (PREFIX / "bin/asterisk").exists(), reason="`make asterisk` was not run"),
]


@pytest.fixture
async def house() -> AsyncIterator[CliHouse]:
    """With made-up elders, and an Asterisk that runs."""
    folder = Path(tempfile.mkdtemp(prefix="cc-"))  # short: unix sockets lie below it
    house = CliHouse(folder)
    await write(house.config, "seed", made_up(SystemClock()).add_to)
    asterisk = PrivateAsterisk(house.config)
    sounds.prompts(folder / "sounds")
    try:
        await asterisk.start(await rendered(house.config, ensure_secrets(house.config)))
        yield house
    finally:
        await asterisk.stop()
        shutil.rmtree(folder)


def health(findings: list[dict[str, str]], about: str) -> str:
    return "".join(finding["health"] for finding in findings if finding["about"] == about)


async def test_the_doctor_sees_whether_asterisk_reaches_python(house: CliHouse) -> None:
    down = house.run("doctor", "--json")
    assert down.code == 3
    assert (health(down.facts, "manager"), health(down.facts, "fastagi"), health(down.facts, "service")) == (
        "ok", "fault", "warn",
    )  # fmt: skip
    async with house.serving():
        up = house.run("doctor", "--json")
    assert up.code == 0, up.out
    assert (health(up.facts, "manager"), health(up.facts, "fastagi"), health(up.facts, "service")) == (
        "ok", "ok", "ok",
    )  # fmt: skip
    assert health(up.facts, "asterisk") == "ok" * 3


async def test_simulated_callers_become_emergencies(house: CliHouse) -> None:
    async with house.serving():
        cut = house.run("simulate", "power-cut", "3", "--within", "0.5", "--seconds", "5", "--json")
        assert cut.code == 0, cut.err
        assert {placed["account"] for placed in cut.facts} == {"p1001", "p1002", "p1003"}
        assert len({placed["emergency"] for placed in cut.facts}) == 3
        again = house.run("simulate", "silent", "--account", "p1001", "--seconds", "2", "--json")
        assert again.facts[0]["emergency"] == emergency_of(cut.facts, "p1001")
        assert house.run("simulate", "wrong-number", "--seconds", "2").code == 0

        told = house.run("emergencies", "show", emergency_of(cut.facts, "p1003"), "--json").facts
        assert (told["elder"]["name"], told["key"]) == ("李秀英", "red")
        assert told["timeline"][0]["step"] == "raised"
        listed = house.run("emergencies", "list", "--json").facts
        assert sorted(row["key"] for row in listed) == ["landline", "red", "red", "red"]
        for row in listed:
            closed = house.run("emergencies", "close", row["id"], "--disposition", "test_call", "--by", "1003")
            assert closed.code == 0, closed.err
        assert house.run("emergencies", "list", "--state", "waiting", "--json").facts == []


async def test_without_the_service_the_press_is_kept(house: CliHouse) -> None:
    pressed = house.run("simulate", "red-key", "--account", "p1005", "--seconds", "3")
    assert pressed.code == 1
    assert "the fallback has them" in pressed.err
    async with house.serving():
        (row,) = await eventually_listed(house)
    assert (row["elder"], row["key"]) == ("刘玉兰", "red")


async def test_a_new_agents_phone_may_register_at_once(house: CliHouse) -> None:
    asterisk = PrivateAsterisk(house.config)
    assert "1099" not in await asterisk.cli("pjsip show endpoints")
    assert house.run("agents", "add", "钱坐席", "1099").code == 0
    assert "1099" in await asterisk.cli("pjsip show endpoints")


def emergency_of(placed: list[dict[str, Any]], account: str) -> str:
    (found,) = (one["emergency"] for one in placed if one["account"] == account)
    return str(found)


async def eventually_listed(house: CliHouse) -> list[dict[str, Any]]:
    """The service looks for leftovers when it starts, and every ten seconds."""
    for _ in range(20):
        if rows := house.run("emergencies", "list", "--json").facts:
            return list(rows)
    raise AssertionError("the press was forgotten")
