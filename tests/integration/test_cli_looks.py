"""Whoever looks at elders by the command line is written down first; who cannot be written down sees nothing."""

from __future__ import annotations

import getpass
import sqlite3
from pathlib import Path
from uuid import UUID

import pytest

from callcenter.app.clock import SystemClock
from callcenter.app.reach import write
from callcenter.app.seed import made_up
from callcenter.ports.storage import UnitOfWork
from tests.integration.cli_house import CliHouse
from tests.integration.test_cli_emergencies import raised

CLOCK = SystemClock()
ELDER = "张大明"


@pytest.fixture
def house(tmp_path: Path) -> CliHouse:
    return CliHouse(tmp_path)


@pytest.fixture
async def emergency(house: CliHouse) -> UUID:
    people = made_up(CLOCK)

    def seed(work: UnitOfWork) -> UUID:
        people.add_to(work)
        return raised(work, people, 0)

    return await write(house.config, "seed", seed)


def looks(house: CliHouse) -> list[tuple[str, str, str]]:
    """The newest first: what, who, why."""
    listed = house.run("looks", "list", "--json")
    assert listed.code == 0, listed.err
    return [(look["what"], look["who"], look["why"]) for look in listed.facts]


def check_all_four(house: CliHouse, emergency: UUID) -> None:
    assert ELDER in house.run("elders", "list").out
    assert ELDER in house.run("emergencies", "list", "--as", "班长", "--why", "交班").out
    assert ELDER in house.run("emergencies", "show", str(emergency)[:13], "--why", "complaint").out
    assert house.run("elders", "export", str(house.folder / "all.csv"), "--why", "backup").code == 0
    assert ELDER in (house.folder / "all.csv").read_text(encoding="utf-8")
    me = getpass.getuser()
    assert looks(house) == [
        ("export", me, "backup"),
        ("timeline", me, "complaint"),
        ("list", "班长", "交班"),
        ("list", me, "command line"),
    ]
    (timeline,) = [look for look in house.run("looks", "list", "--json").facts if look["what"] == "timeline"]
    assert timeline["emergency"] == str(emergency)
    table = house.run("looks", "list", "--limit", "1", "--language", "zh").out.splitlines()
    assert table[0].split() == ["时间", "查看人", "内容", "老人", "警情", "原因"]
    assert [line.split()[3] for line in table[1:]] == ["导出"]


def test_every_look_is_written_down(house: CliHouse, emergency: UUID) -> None:
    check_all_four(house, emergency)


async def test_the_running_service_writes_it_down(house: CliHouse, emergency: UUID) -> None:
    assert house.run("dialplan", "install").code == 0  # makes the secrets
    async with house.serving():
        check_all_four(house, emergency)
        refused = house.run("emergencies", "show", str(CLOCK.new_id()))
        assert (refused.code, refused.out) == (1, "")
        assert "No emergency is known" in refused.sentence()


def test_who_cannot_be_written_down_sees_nothing(house: CliHouse, emergency: UUID) -> None:
    out = house.folder / "all.csv"
    holder = sqlite3.connect(house.folder / "callcenter.db", isolation_level=None)
    holder.execute("BEGIN IMMEDIATE")
    try:
        for verb in (("elders", "list"), ("emergencies", "list"), ("elders", "export", str(out))):
            ran = house.run(*verb)
            assert (ran.code, ran.out) == (1, ""), verb
            assert "Nothing is shown" in ran.sentence()
    finally:
        holder.close()
    assert not out.exists()
    assert looks(house) == []


@pytest.mark.parametrize("words", [("--why", ""), ("--why", "  "), ("--as", "x" * 201), ("--as", "a\nb")])
def test_a_look_without_a_name_or_a_reason_is_wrong_usage(house: CliHouse, words: tuple[str, str]) -> None:
    ran = house.run("elders", "list", *words)
    assert (ran.code, ran.out) == (2, "")
    assert "1 to 200" in ran.err


def test_an_id_that_is_unknown_is_no_look(house: CliHouse, emergency: UUID) -> None:
    assert house.run("emergencies", "show", str(CLOCK.new_id())).code == 1
    assert looks(house) == []
