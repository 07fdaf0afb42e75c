"""统计: the figures of a month of made-up calls, counted here a second time and in another way."""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator
from datetime import date, datetime, timedelta
from io import BytesIO
from itertools import pairwise
from typing import Any

import pytest
from openpyxl import load_workbook

from callcenter.console.charts import HEIGHT, chart
from callcenter.domain.access import UserRole
from callcenter.domain.answering import Target
from callcenter.domain.calls import Key
from callcenter.domain.periods import PeriodKind, period, span
from callcenter.domain.report import Report, spread
from callcenter.errors import StorageAway
from callcenter.services.reports import Reports
from tests.unit.a_month import RESULTS, STREETS, Happened, happened, utc, write
from tests.unit.browser import Browser, ConsoleHouse, with_console
from tests.unit.fakes import FakeClock
from tests.unit.house import House

FEBRUARY = date(2026, 2, 1)
MONTH = period(PeriodKind.MONTH, FEBRUARY)
LATER = datetime(2026, 3, 20, 12)  #: when the report is made: nothing can be in time any more

# --------------------------------------------------------------------------------------- the second count


def in_month(facts: list[Happened]) -> list[Happened]:
    return [fact for fact in facts if fact.opened.strftime("%Y-%m") == "2026-02"]


def quick(facts: list[Happened], seconds: float) -> int:
    return len([1 for fact in facts if fact.claimed is not None and not fact.claimed > seconds])


def nearest_rank(values: list[float], percent: int) -> float | None:
    """The smallest value that at least so many of a hundred do not exceed."""
    for value in sorted(values):
        if sum(other <= value for other in values) * 100 >= percent * len(values):
            return value
    return None


@pytest.fixture
async def house(house: House) -> House:
    facts = happened(FEBRUARY, 28)
    await house.do(lambda work: write(work, house.clock, facts))
    house.clock.let_pass((utc(LATER) - house.clock.now()).total_seconds())
    return house


@pytest.fixture
async def report(house: House) -> Report:
    return await Reports(house.storage, house.clock, house.desk.config).read(MONTH)


@pytest.fixture
def facts() -> list[Happened]:
    return in_month(happened(FEBRUARY, 28))


async def test_the_month_is_counted_as_it_happened(report: Report, facts: list[Happened]) -> None:
    assert len(facts) > 80 and len(report.cases) == len(facts)
    red = [fact for fact in facts if fact.key == "red"]
    for within in (10, 20, 60):
        found = report.answered(Target(within_seconds=within, percent=90), key=Key.RED)
        assert (found.in_time, found.judged) == (quick(red, within), len(red)), within
    found = report.answered(Target(within_seconds=15, percent=95))
    assert (found.in_time, found.judged) == (quick(facts, 15), len(facts))
    waited = [fact.claimed for fact in facts if fact.claimed is not None]
    lasted = [fact.closed for fact in facts if fact.closed is not None]
    reached = [fact.with_120 for fact in facts if fact.with_120 is not None]
    for values, got in ((waited, report.waited), (lasted, report.lasted), (reached, report.until_120)):
        assert (got.count, got.p50, got.p90, got.p99) == (
            len(values),
            nearest_rank(values, 50),
            nearest_rank(values, 90),
            nearest_rank(values, 99),
        )
    gone = [fact for fact in facts if fact.hung_up is not None]
    assert len(report.hung_up) == len(gone) > 5
    assert len(report.hung_up_at_once) == sum(fact.hung_up in (2.0, 4.9) for fact in gone)
    in_time = [fact for fact in gone if fact.rung_back is not None and fact.rung_back - (fact.hung_up or 0) < 60.5]
    assert report.rung_back_in_time == len(in_time) > 0
    assert report.closed_without_120 == sum(fact.closed is not None and fact.with_120 is None for fact in facts)
    again = Counter(fact.elder for fact in facts if fact.elder is not None)
    assert report.elders_again == sum(count >= 2 for count in again.values())


async def test_each_group_has_its_own(report: Report, facts: list[Happened]) -> None:
    def counts(what: Any) -> dict[str, int]:
        return {group.name: group.count for group in report.by(what)}

    streets = Counter("" if fact.elder is None else STREETS[fact.elder] for fact in facts)
    assert counts(lambda case: case.street) == streets
    assert counts(lambda case: case.key.value) == Counter(fact.key for fact in facts)
    assert counts(lambda case: case.agent) == Counter(fact.agent for fact in facts)
    assert counts(lambda case: case.disposition) == Counter(fact.result for fact in facts)
    ages = Counter({0: "80–89", 1: "70–79"}.get(fact.elder if fact.elder is not None else 9, "") for fact in facts)
    assert counts(lambda case: case.age_class) == ages
    lives = Counter("" if fact.elder is None else "独居" for fact in facts)
    assert counts(lambda case: case.group) == lives
    for group in report.by(lambda case: case.agent):
        waited = [fact.claimed for fact in facts if fact.agent == group.name and fact.claimed is not None]
        assert group.waited.p50 == nearest_rank(waited, 50)
        assert abs(group.percent - 100 * group.count / len(facts)) < 1e-9
    assert report.by(lambda case: case.street)[-1].name == "", "whom nobody knows comes last"


async def test_every_day_has_its_own_and_they_add_up(house: House, report: Report, facts: list[Happened]) -> None:
    reports = Reports(house.storage, house.clock, house.desk.config)
    total = 0
    for day in (date(2026, 2, 1), date(2026, 2, 15), date(2026, 2, 28)):
        of_day = await reports.read(period(PeriodKind.DAY, day))
        expected = [fact for fact in facts if fact.opened.date() == day]
        assert len(of_day.cases) == len(expected) >= 2, "midnight is of the day that begins"
        assert of_day.orders == {"meals": 1}
        assert of_day.check_ins == {"confirmed": 1, "no_answer": 1, "due": 1}, "busy is not the day's outcome yet"
        total += len(of_day.cases)
    assert total < len(report.cases)
    assert report.orders == {"meals": 28}
    assert (report.check_ins.total(), report.check_ins_settled) == (84, 56)
    assert sum(len(facts.cases) for facts in report.days) == len(report.cases)


async def test_a_month_without_anything_has_no_data_and_no_zero(house: House) -> None:
    empty = await Reports(house.storage, house.clock, house.desk.config).read(
        period(PeriodKind.MONTH, date(2020, 2, 2))
    )
    assert len(empty.days) == 29
    assert empty.answered(Target(within_seconds=10, percent=90)).percent is None
    assert empty.waited == spread([]) and empty.waited.p50 is None
    assert empty.by(lambda case: case.street) == ()


async def test_a_report_that_takes_too_long_is_refused(house_with: Any) -> None:
    async with house_with(figures={"report_within_seconds": 0.0001}) as house:
        with pytest.raises(StorageAway):
            await Reports(house.storage, house.clock, house.desk.config).read(MONTH)


# -------------------------------------------------------------------------------------------- periods


@pytest.mark.parametrize(
    ("kind", "on", "first", "last"),
    [
        (PeriodKind.DAY, "2026-02-28", "2026-02-28", "2026-02-28"),
        (PeriodKind.WEEK, "2026-03-01", "2026-02-23", "2026-03-01"),
        (PeriodKind.WEEK, "2026-02-23", "2026-02-23", "2026-03-01"),
        (PeriodKind.MONTH, "2024-02-29", "2024-02-01", "2024-02-29"),
        (PeriodKind.MONTH, "2026-12-31", "2026-12-01", "2026-12-31"),
    ],
)
def test_a_period_holds_its_day_and_touches_its_neighbours(kind: PeriodKind, on: str, first: str, last: str) -> None:
    found = period(kind, date.fromisoformat(on))
    assert (found.first.isoformat(), found.last.isoformat()) == (first, last)
    assert period(kind, found.earlier).later == found.first and period(kind, found.later).earlier == found.last
    for day, following in pairwise((*found.days, found.later)):
        assert span(day)[1] == span(following)[0] and span(day)[1] - span(day)[0] == timedelta(days=1)


def test_a_chart_begins_at_zero_and_has_room_for_the_largest() -> None:
    for values in ([], [0, 0], [1], [7, 0, 3], [1000, 999], list(range(31))):
        drawn = chart([(f"{number}", value) for number, value in enumerate(values)])
        floor = drawn.levels[0].y
        assert drawn.levels[0].value == 0 and drawn.levels[-1].value >= max(values, default=0)
        assert 2 <= len(drawn.levels) <= 7
        assert all(0 <= bar.y <= HEIGHT and abs(bar.y + bar.height - floor) < 0.2 for bar in drawn.bars)
        for bar in drawn.bars:
            assert (bar.height == 0) is (bar.value == 0)


# ------------------------------------------------------------------------------------------- the pages


@pytest.fixture
async def console(house: House) -> AsyncIterator[ConsoleHouse]:
    async with with_console(house) as console:
        await house.agent("1001")
        await console.user("bureau", UserRole.BUREAU)
        await console.user("chief", UserRole.SUPERVISOR)
        yield console


@pytest.fixture
async def bureau(console: ConsoleHouse) -> AsyncIterator[Browser]:
    async with console.browser("bureau") as browser:
        yield browser


async def test_page_and_workbook_show_the_same_and_nobodys_name(bureau: Browser, facts: list[Happened]) -> None:
    page = await (await bureau.get("/reports?kind=month&on=2026-02-11")).text()
    red = [fact for fact in facts if fact.key == "red"]
    percent = f"{100 * quick(red, 10) / len(red):.1f}%"
    assert percent in page and f"{quick(red, 10)} / {len(red)}" in page and "月报 2026-02-01 – 2026-02-28" in page
    assert "张示例" not in page and "坐席1001" in page and page.count("<caption>") == 10
    answer = await bureau.get("/reports/xlsx?kind=month&on=2026-02-11")
    assert answer.headers["Content-Disposition"] == 'attachment; filename="month-2026-02-01.xlsx"'
    [sheet] = load_workbook(BytesIO(await answer.read())).worksheets
    rows = {row[0].value: row for row in sheet.iter_rows() if row and row[0].value}
    assert rows["警情"][1].value == len(facts)
    targets = {row[1].value: row[2].value for row in sheet.iter_rows() if len(row) > 2 and row[0].value == "红键"}
    assert abs(targets["60 秒内 99%"] - quick(red, 60) / len(red)) < 1e-9
    assert rows["=1+1"][0].data_type == "s", "a street is never a formula"
    for result in RESULTS:
        assert any(fact.result == result for fact in facts)
    assert rows["误触"][1].value == sum(fact.result == "false_alarm" for fact in facts)


async def test_a_day_is_told_one_by_one_and_only_who_may_look_has_the_way_there(
    console: ConsoleHouse, bureau: Browser, facts: list[Happened]
) -> None:
    expected = sum(fact.opened.date() == date(2026, 2, 15) for fact in facts)
    page = await (await bureau.get("/reports?kind=day&on=2026-02-15")).text()
    assert "逐起警情" in page and "/emergencies/" not in page
    async with console.browser("chief") as chief:
        page = await (await chief.get("/reports?kind=day&on=2026-02-15")).text()
    assert page.count('<a href="/emergencies/') == expected


async def test_both_languages_and_days_that_make_no_sense(bureau: Browser) -> None:
    for query, status in (("", 200), ("kind=year", 200), ("on=2026-02-30", 422), ("on=0001-01-01", 422)):
        answer = await bureau.get(f"/reports?{query}")
        assert answer.status == status, query
        assert "style=" not in await answer.text(), "our policy forbids it"
    assert (await bureau.get("/reports/xlsx?on=rubbish")).status == 200
    evil = await (await bureau.get('/reports?on="><script>alert(1)</script>&kind=<b>')).text()
    assert "<script>alert" not in evil
    await bureau.get("/language/en")
    page = await (await bureau.get("/reports?kind=week&on=2026-02-11")).text()
    for word in ("Rung back in time", "median", "By street", "no data"):
        assert word in page
    [_, main] = page.split("<main", 1)
    assert "接警" not in main and "警情" not in main


def test_the_made_up_month_holds_what_is_worth_counting() -> None:
    facts, clock = in_month(happened(FEBRUARY, 28)), FakeClock()
    assert {fact.claimed for fact in facts} >= {None, 10.0, 10.5, 15.0, 20.0, 60.0, 61.0}
    assert {fact.hung_up for fact in facts} >= {None, 2.0, 4.9, 5.0, 40.0}
    assert utc(LATER) > clock.now() and len(happened(FEBRUARY, 28)) > len(facts)
