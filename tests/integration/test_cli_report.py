"""Reports by the command line: the same figures for people, as JSON and as .xlsx."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from openpyxl import load_workbook

from callcenter.app.reach import write as transact
from tests.integration.cli_house import CliHouse
from tests.unit.a_month import Happened, happened, write
from tests.unit.fakes import FakeClock

FIRST = date(2026, 2, 1)


@pytest.fixture
async def house(tmp_path: Path) -> CliHouse:
    house = CliHouse(tmp_path)
    await transact(house.config, "seed", lambda work: write(work, FakeClock(), facts()))
    return house


def facts() -> list[Happened]:
    return happened(FIRST, 28)


def of_month() -> int:
    return sum(fact.opened.month == 2 for fact in facts())


def test_people_and_programs_read_the_same_figures(house: CliHouse) -> None:
    told = house.run("report", "month", "--on", "2026-02-14", "--json").facts
    assert (told["kind"], told["first"], told["last"]) == ("month", "2026-02-01", "2026-02-28")
    whole = next(table for table in told["tables"] if table["title"] == "Overview")
    assert whole["rows"][0][:2] == ["Emergencies", of_month()]
    people = house.run("report", "month", "--on", "2026-02-14", "--language", "zh").out
    assert people.startswith("月报 2026-02-01 – 2026-02-28") and "挂断后及时回拨" in people
    assert str(of_month()) in people


def test_a_workbook_is_written_once(house: CliHouse) -> None:
    path = house.folder / "month.xlsx"
    ran = house.run("report", "month", "--on", "2026-02-14", "--xlsx", str(path), "--language", "zh")
    assert (ran.code, ran.out) == (0, f"已写入：{path}\n")
    [sheet] = load_workbook(path).worksheets
    assert sheet["A1"].value == "月报 2026-02-01 – 2026-02-28"
    assert of_month() in [row[1].value for row in sheet.iter_rows() if row[0].value == "警情"]
    again = house.run("report", "month", "--xlsx", str(path))
    assert again.code == 1 and again.sentence().startswith("The file cannot be written. (month.xlsx:")


def test_what_is_no_day_is_said_and_an_empty_day_is_no_data(house: CliHouse) -> None:
    assert house.run("report", "day", "--on", "yesterday").code == 2
    assert house.run("report", "day", "--on", "0001-01-01").code == 2
    assert house.run("report", "year").code == 2
    empty = house.run("report", "day", "--on", "2020-02-02", "--json").facts
    rates = next(table for table in empty["tables"] if table["title"] == "Answered in time")
    assert {row[2] for row in rates["rows"]} == {None}
