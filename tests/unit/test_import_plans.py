"""Lists of check-in plans: every fault is named, good rows go in, and the same list again changes nothing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from openpyxl import Workbook

from callcenter.config.storage import Imports
from callcenter.domain.check_ins import EVERY_DAY, AfterLast, CheckInPlan, Confirmation, Frequency, Risk
from callcenter.domain.dial_hours import DialHours, Span
from callcenter.errors import SheetUnusable
from callcenter.services.elder_sheet import read_sheet
from callcenter.services.import_elders import ImportReport
from callcenter.services.import_plans import import_plans
from callcenter.services.plan_row import PLANS, GivenPlan, PlanReader
from tests.unit.house import House

GOOD = {"account": "pager0001", "begins": "08:30", "ends": "11:00"}
HOURS = DialHours(open=Span(begins=480, ends=1200), quiet=(Span(begins=720, ends=870),))
HEADINGS = "姓名,呼叫器账号,类别,星期,开始,结束,间隔分钟,确认方式,无人应答后\n"


def read(**cells: str) -> Any:
    return PlanReader(hours=HOURS).read(GOOD | cells)


def faults(**cells: str) -> list[str]:
    found = read(**cells)
    assert not isinstance(found, GivenPlan)
    return [fault.column for fault in found]


@pytest.mark.parametrize(
    ("cells", "expected"),
    [
        ({}, {"days": EVERY_DAY, "window": Span(begins=510, ends=660), "offsets_seconds": (0, 600, 1800)}),
        ({"days": "周一、周三、五"}, {"days": frozenset({1, 3, 5})}),
        ({"days": "每天"}, {"days": EVERY_DAY}),
        ({"risk": "高风险", "every": "每月", "days": "3"}, {"risk": Risk.HIGH, "every": Frequency.MONTH}),
        ({"days": "67"}, {"days": frozenset({6, 7})}),
        ({"begins": "8:30:00", "ends": "24:00"}, {"window": Span(begins=510, ends=1440)}),
        ({"minutes": "0，15"}, {"offsets_seconds": (0, 900)}),
        ({"confirmation": "按键"}, {"confirmation": Confirmation.KEY}),
        ({"after_last": "contacts_then_emergency"}, {"after_last": AfterLast.CONTACTS_THEN_EMERGENCY}),
    ],
)
def test_what_a_row_says(cells: Mapping[str, str], expected: Mapping[str, object]) -> None:
    given = read(**cells).terms
    assert {name: getattr(given, name) for name in expected} == expected


@pytest.mark.parametrize(
    ("cells", "columns"),
    [
        ({"account": ""}, ["identity_number"]),
        ({"begins": "25:00"}, ["begins"]),
        ({"begins": "rubbish", "ends": ""}, ["begins", "ends"]),
        ({"begins": "11:00", "ends": "08:30"}, ["ends"]),
        ({"begins": "20:00", "ends": "22:00"}, ["begins"]),
        ({"begins": "12:00", "ends": "14:30"}, ["begins"]),
        ({"every": "每季"}, ["days"]),
        ({"risk": "很高"}, ["risk"]),
        ({"days": "8"}, ["days"]),
        ({"days": "周"}, ["days"]),
        ({"minutes": "5,10"}, ["minutes"]),
        ({"minutes": "0,10,10"}, ["minutes"]),
        ({"minutes": ",".join(map(str, range(11)))}, ["minutes"]),
        ({"confirmation": "也许"}, ["confirmation"]),
        ({"after_last": "120"}, ["after_last"]),
        ({"group": "独" * 41}, ["group"]),
    ],
)
def test_every_fault_is_named(cells: Mapping[str, str], columns: list[str]) -> None:
    assert faults(**cells) == columns


async def taken(house: House, path: Path) -> ImportReport:
    rows = read_sheet(path, Imports(), PLANS)
    return await import_plans(house.storage, house.clock, house.desk.config, rows, by="chief")


async def plans(house: House, elder: Any) -> list[CheckInPlan]:
    return await house.do(lambda unit: unit.check_ins.plans_of(elder))


async def test_good_rows_go_in_bad_ones_are_named_and_again_changes_nothing(house: House, tmp_path: Path) -> None:
    profile = await house.elder()
    path = tmp_path / "plans.csv"
    path.write_text(
        HEADINGS
        + f'{profile.elder.name},pager0001,独居,一三五,08:30,11:00,"0,10,30",,\n'
        + "李四,pager0001,独居,,08:30,11:00,,,\n"
        + "王五,nobodys,,,08:30,11:00,,,\n"
        + "赵六,pager0001,,,8点,11:00,,,\n",
        encoding="utf-8",
    )
    report = await taken(house, path)
    assert (report.added, report.unchanged) == (1, 0)
    assert [(one.row, one.fault.column) for one in report.bad] == [(3, "name"), (4, "account"), (5, "begins")]
    [plan] = await plans(house, profile.elder.id)
    assert (plan.group, plan.days, plan.window) == ("独居", frozenset({1, 3, 5}), Span(begins=510, ends=660))
    wish = replace(plan, opted_out_at=house.clock.now())
    await house.do(lambda unit: unit.check_ins.save_plan(wish))
    again = await taken(house, path)
    assert (again.added, again.unchanged) == (0, 1)
    assert await plans(house, profile.elder.id) == [wish], "the same list does not undo her wish"


async def test_another_plan_takes_its_place_and_says_whose_list_it_was(house: House, tmp_path: Path) -> None:
    profile = await house.elder()
    path = tmp_path / "plans.xlsx"
    for begins in ("08:30", "09:00"):
        book = Workbook()
        sheet = book.active
        assert sheet is not None
        sheet.append(["pager account", "from", "to"])
        sheet.append(["pager0001", begins, "11:00"])
        book.save(path)
        assert (await taken(house, path)).added == 1
    first, second = await plans(house, profile.elder.id)
    assert (first.ended_by, first.ends_on is None) == ("chief", False)
    assert (second.window.begins, second.ends_on) == (540, None)


@pytest.mark.parametrize("headings", ["姓名,呼叫器账号,开始\n", "姓名,星座,开始,结束\n", "\n"])
async def test_a_list_without_its_columns_is_refused(house: House, tmp_path: Path, headings: str) -> None:
    path = tmp_path / "plans.csv"
    path.write_text(headings, encoding="utf-8")
    with pytest.raises(SheetUnusable):
        await taken(house, path)
