"""`callcenter report day|week|month`: the figures of the page, for people, as JSON, or as .xlsx."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from datetime import date, datetime
from functools import partial
from pathlib import Path
from typing import Any, Final
from uuid import UUID

from callcenter.app.cli.command import DONE, Command, Groups, add_group, add_verb
from callcenter.app.cli.output import aligned
from callcenter.app.clock import SystemClock
from callcenter.app.reach import read
from callcenter.console.language import CHINESE, ENGLISH, Languages
from callcenter.console.report_book import book
from callcenter.console.report_tables import Cell, Share, Table, Telling, tables, titled
from callcenter.domain.dial_hours import day_of
from callcenter.domain.periods import Period, PeriodKind, period
from callcenter.domain.report import DayFacts, Report
from callcenter.errors import FileNotWritten
from callcenter.ports.storage import UnitOfWork

_HELP: Final = {
    PeriodKind.DAY: "值班日报, with each emergency",
    PeriodKind.WEEK: "周报, from Monday to Sunday",
    PeriodKind.MONTH: "月报",
}


def add_to(groups: Groups) -> None:
    group = add_group(groups, "report", "统计")
    for kind, text in _HELP.items():
        verb = add_verb(group, kind.value, partial(_report, kind), text)
        verb.add_argument("--on", type=_day, metavar="YYYY-MM-DD", help="a day of it (today)")
        verb.add_argument("--district", default="", help="of those alone who live there (all)")
        verb.add_argument("--xlsx", type=Path, metavar="FILE", help="write it there instead; nothing is overwritten")


async def _report(kind: PeriodKind, command: Command) -> int:
    clock = SystemClock()
    wanted = period(kind, command.options.on or day_of(clock.now()))
    district = command.options.district
    days, names = await read(command.config, lambda work: _facts(work, wanted, district))
    report = Report(period=wanted, now=clock.now(), days=tuple(days), district=district)
    language = Languages(command.out.words()).named(CHINESE if command.out.chinese else ENGLISH)
    telling = Telling(language=language, figures=command.config.figures, names=names)
    title, told = titled(report, language), tables(report, telling)
    if (path := command.options.xlsx) is not None:
        _write(path, book(title, told, telling))
        command.out.say({"file": str(path)}, f"written: {path}", f"已写入：{path}")
    elif command.out.as_json:
        command.out.say(_as_facts(report, told), "", "")
    else:
        print(title)
        for table in told:
            _print(table, telling)
    return DONE


def _facts(work: UnitOfWork, wanted: Period, district: str) -> tuple[Sequence[DayFacts], dict[str, str]]:
    names = {agent.extension: agent.name for agent in work.agents.all()}
    return [work.figures.of_day(day, district) for day in wanted.days], names


def _print(table: Table, telling: Telling) -> None:
    print(f"\n{table.title}")
    rows = [[telling.shown(cell) for cell in row] for row in table.rows] or [
        [telling.shown(None), *[""] * (len(table.headings) - 1)]
    ]
    for line in aligned([list(table.headings), *rows]):
        print(line)


def _as_facts(report: Report, told: list[Table]) -> dict[str, Any]:
    """No data is null; a share is of a hundred; times are seconds."""
    return {
        "kind": report.period.kind.value,
        "first": report.period.first,
        "last": report.period.last,
        "district": report.district,
        "as_of": report.now,
        "tables": [
            {
                "title": table.title,
                "headings": list(table.headings),
                "rows": [[_plain(cell) for cell in row] for row in table.rows],
            }
            for table in told
        ],
    }


def _plain(cell: Cell) -> str | int | float | datetime | UUID | None:
    return cell.percent if isinstance(cell, Share) else cell


def _write(path: Path, content: bytes) -> None:
    try:
        with path.open("xb") as file:
            file.write(content)
    except OSError as error:
        raise FileNotWritten(f"{path.name}: {error.strerror}") from error


def _day(text: str) -> date:
    try:
        day = date.fromisoformat(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError("must be a day, as in 2026-03-01") from error
    if not 2000 <= day.year < 2200:
        raise argparse.ArgumentTypeError("must be a day of this century or the next")
    return day
