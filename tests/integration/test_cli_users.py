"""`callcenter users`: as an administrator types it, beside the running service and without one."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.integration.cli_house import ROOT, CliHouse


@pytest.fixture
def house(tmp_path: Path) -> CliHouse:
    return CliHouse(tmp_path)


def test_users_are_added_listed_and_disabled_and_the_password_is_said_once(house: CliHouse) -> None:
    assert house.run("agents", "add", "李坐席", "1001").code == 0
    added = house.run("users", "add", "li", "李坐席", "--role", "agent", "--extension", "1001", "--json")
    assert added.code == 0, added.err
    password = added.facts["password"]
    assert len(password) >= 16
    assert house.run("users", "add", "ju", "民政局", "--role", "bureau").code == 0
    listed = house.run("users", "list", "--json")
    assert [(user["name"], user["role"], user["extension"]) for user in listed.facts] == [
        ("ju", "bureau", ""),
        ("li", "agent", "1001"),
    ]
    assert "argon2" not in listed.out and password not in listed.out
    assert house.run("users", "disable", "ju").code == 0
    assert "是" in house.run("users", "list", "--language", "zh").out
    assert house.run("users", "enable", "ju").code == 0
    assert [user["disabled"] for user in house.run("users", "list", "--json").facts] == [False, False]


def test_what_does_not_fit_is_refused_in_one_sentence(house: CliHouse) -> None:
    assert house.run("users", "add", "li", "李", "--role", "bureau").code == 0
    for arguments, said in (
        (("add", "li", "李", "--role", "bureau"), "this name already"),
        (("add", "wang", "王", "--role", "agent"), "extension"),
        (("add", "wang", "王", "--role", "agent", "--extension", "1009"), "1009"),
        (("add", "wang", "王", "--role", "bureau", "--extension", "1001"), "desk"),
        (("add", "wang", " ", "--role", "bureau"), "1 to 40"),
        (("password", "nobody"), "nobody"),
        (("disable", "nobody"), "nobody"),
    ):
        ran = house.run("users", *arguments)
        assert ran.code == 1 and said in ran.sentence(), arguments
    assert house.run("users", "add", "L i", "李", "--role", "bureau").code == 2


def test_a_password_may_be_typed_and_must_be_long_enough(house: CliHouse) -> None:
    def typed(password: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "callcenter", "--config", str(house.file), "users", "password", "li", "--ask"]
        return subprocess.run(
            command, cwd=ROOT, input=f"{password}\n", capture_output=True, text=True, timeout=60, check=False
        )

    assert house.run("users", "add", "li", "李", "--role", "bureau").code == 0
    assert "too short" in typed("short").stderr
    done = typed("a long password")
    assert done.returncode == 0 and "a long password" not in done.stdout


async def test_beside_the_running_service_they_go_through_it(house: CliHouse) -> None:
    assert house.run("agents", "add", "李坐席", "1001").code == 0  # the secrets are made, too
    async with house.serving():
        added = house.run("users", "add", "li", "李", "--role", "auditor", "--json")
        assert added.code == 0, added.err
        changed = house.run("users", "password", "li", "--json")
        assert changed.code == 0 and changed.facts["password"] != added.facts["password"]
        assert house.run("users", "disable", "li").code == 0
    [user] = house.run("users", "list", "--json").facts
    assert (user["name"], user["disabled"]) == ("li", True)
