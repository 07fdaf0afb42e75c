"""统计: 日报、周报、月报, on the page and as .xlsx. No elder's name stands in them."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import date
from typing import Final
from uuid import UUID

from aiohttp import web

from callcenter.console.charts import HEIGHT, WIDTH, chart
from callcenter.console.house import Visit
from callcenter.console.report_book import book
from callcenter.console.report_tables import Share, Telling, kinds, over_time, tables, titled
from callcenter.domain.dial_hours import day_of
from callcenter.domain.periods import Period, PeriodKind, period
from callcenter.ports.storage import UnitOfWork

_XLSX: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_TYPED_AT_MOST: Final = 20
_NO_DATE: Final = "「日期」不是日期，应为年-月-日。"


@dataclass(frozen=True, kw_only=True)
class _Asked:
    period: Period
    typed: str  #: the day as it was typed
    fault: str


async def show(visit: Visit) -> web.StreamResponse:
    """`?kind=day|week|month&on=YYYY-MM-DD`; without: today."""
    asked = _asked(visit)
    report = await visit.house.reports.read(asked.period, visit.user.district)
    telling = await _telling(visit)
    return visit.page(
        "reports.html",
        status=422 if asked.fault else 200,
        asked=asked,
        period=report.period,
        now=report.now,
        kinds=kinds(visit.language),
        tables=await asyncio.to_thread(tables, report, telling),  # a busy month: a tenth of a second of counting
        shown=telling.shown,
        is_share=lambda cell: isinstance(cell, Share),
        is_emergency=lambda cell: isinstance(cell, UUID),
        chart=chart(over_time(report)),
        size=(WIDTH, HEIGHT),
        title=titled(report, visit.language),
    )


async def workbook(visit: Visit) -> web.StreamResponse:
    """The same as a file. A day that is none is today, as on the page."""
    asked = _asked(visit)
    report = await visit.house.reports.read(asked.period, visit.user.district)
    telling = await _telling(visit)

    def make() -> bytes:
        return book(titled(report, visit.language), tables(report, telling), telling)

    name = f"{report.period.kind}-{report.period.first}.xlsx"
    return web.Response(
        body=await asyncio.to_thread(make),
        content_type=_XLSX,
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


def _asked(visit: Visit) -> _Asked:
    query = visit.request.query
    kind, typed = query.get("kind", ""), query.get("on", "").strip()[:_TYPED_AT_MOST]
    on, fault = day_of(visit.house.desk.clock.now()), ""
    if typed:
        try:
            on = _day(typed)
        except ValueError:
            fault = visit.language.t(_NO_DATE)
    wanted = PeriodKind(kind) if kind in list(PeriodKind) else PeriodKind.DAY
    return _Asked(period=period(wanted, on), typed=typed, fault=fault)


def _day(text: str) -> date:
    day = date.fromisoformat(text)
    if not 2000 <= day.year < 2200:
        raise ValueError(text)
    return day


async def _telling(visit: Visit) -> Telling:
    def names(work: UnitOfWork) -> dict[str, str]:
        return {agent.extension: agent.name for agent in work.agents.all()}

    found = await visit.read("agents", names)
    return Telling(language=visit.language, figures=visit.house.desk.config.figures, names=found)
