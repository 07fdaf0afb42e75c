"""上门任务: whose door is knocked on, by whom, and what was found; 探访率 by street."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from http import HTTPStatus
from io import BytesIO
from typing import Any, Final
from uuid import UUID

from aiohttp import web
from openpyxl import Workbook

from callcenter.console.house import Visit
from callcenter.console.known_names import known_names
from callcenter.console.looking import note
from callcenter.domain.check_in_figures import StreetReached
from callcenter.domain.check_ins import CheckInOutcome
from callcenter.domain.dial_hours import day_of
from callcenter.domain.looks import Seen
from callcenter.domain.people import Profile
from callcenter.domain.visits import Found, VisitTask
from callcenter.errors import VisitUnknown
from callcenter.ports.storage import UnitOfWork
from callcenter.services.check_in_changes import NOTE_AT_MOST, accept_visit, arrived_at_visit, close_visit

_XLSX: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@dataclass(frozen=True, kw_only=True)
class Door:
    visit: VisitTask
    profile: Profile | None
    outcome: CheckInOutcome | None
    overdue: bool


async def listing(visit: Visit) -> web.StreamResponse:
    """Those whose time is over first."""
    return await _listing(visit)


async def _listing(visit: Visit, status: int = 200, **typed: Any) -> web.StreamResponse:
    await note(visit, Seen.LIST, why="visits to be made")
    now, limit = visit.house.desk.clock.now(), visit.house.desk.config.access.rows_at_most

    def read(work: UnitOfWork) -> tuple[list[Door], Callable[[str], str]]:
        return [_door(work, task, now) for task in work.visits.open(limit)], known_names(work)

    found, person = await visit.read("visits", read)
    doors = sorted(found, key=lambda door: (not door.overdue, door.visit.opened_at))
    words = {"typed_id": None, "typed_note": "", "fault": "", **typed}
    return visit.page(
        "visits.html", status=status, doors=doors, whole=len(doors) < limit, founds=list(Found), person=person,
        **words,
    )  # fmt: skip


def _door(work: UnitOfWork, task: VisitTask, now: datetime) -> Door:
    check_in = work.check_ins.get(task.check_in)
    return Door(
        visit=task,
        profile=work.people.profile(task.elder),
        outcome=check_in.outcome if check_in else None,
        overdue=task.overdue_at <= now,
    )


async def step(visit: Visit) -> web.StreamResponse:
    """接单, 到达, or 办结 with what was found. Raises `VisitUnknown`, `VisitClosed`."""
    try:
        task = UUID(visit.request.match_info["id"])
    except ValueError as error:
        raise VisitUnknown from error
    form, now, by = await visit.form(), visit.house.desk.clock.now(), visit.user.name
    said, found, words = form.get("step", ""), form.get("found", ""), form.get("note", "").strip()
    if said == "found" and (fault := _fault(visit, found, words)):
        return await _listing(visit, HTTPStatus.UNPROCESSABLE_ENTITY, typed_id=task, typed_note=words, fault=fault)

    def work(unit: UnitOfWork) -> None:
        match said:
            case "found":
                close_visit(unit, task, Found(found), by=by, note=words, now=now)
            case "arrived":
                arrived_at_visit(unit, task, now)
            case _:
                accept_visit(unit, task, by=form.get("who", "").strip()[:80] or by, now=now)

    await visit.house.desk.storage.transact("visit", work, urgent=False)
    return web.Response(status=HTTPStatus.SEE_OTHER, headers={"Location": "/visits"})


def _fault(visit: Visit, found: str, note_: str) -> str:
    t = visit.language.t
    if found not in set(Found):
        return t("上门情况：请选择看到了什么。")
    if len(note_) > NOTE_AT_MOST:
        return t("备注：最多 {limit} 个字，现在是 {count} 个。", limit=NOTE_AT_MOST, count=len(note_))
    return ""


# -------------------------------------------------------------------------------------------- 探访率


async def rate(visit: Visit) -> web.StreamResponse:
    """`?month=2026-03`; this month for anything else."""
    begins, streets = await _rate(visit)
    due, reached = (sum(getattr(each, name) for each in streets) for name in ("due", "reached"))
    whole = StreetReached(district="", street="", due=due, reached=reached)
    return visit.page("visit_rate.html", month=f"{begins:%Y-%m}", streets=streets, whole=whole)


async def rate_as_xlsx(visit: Visit) -> web.StreamResponse:
    begins, streets = await _rate(visit)
    t = visit.language.t
    headings = (t("区"), t("街道"), t("应探访人数"), t("已探访人数"), t("探访率 %"))
    body = await asyncio.to_thread(_workbook, headings, streets)
    name = f"visit-rate-{begins:%Y-%m}.xlsx"
    return web.Response(
        body=body, content_type=_XLSX, headers={"Content-Disposition": f'attachment; filename="{name}"'}
    )


async def _rate(visit: Visit) -> tuple[date, list[StreetReached]]:
    begins = _month(visit.request.query.get("month", ""), day_of(visit.house.desk.clock.now()))
    ends = date(begins.year + begins.month // 12, begins.month % 12 + 1, 1)
    district = visit.user.district
    return begins, await visit.read("visit rate", lambda work: work.check_in_figures.reached(begins, ends, district))


def _month(text: str, today: date) -> date:
    try:
        return date.fromisoformat(f"{text}-01").replace(day=1)
    except ValueError:
        return today.replace(day=1)


def _workbook(headings: tuple[str, ...], streets: list[StreetReached]) -> bytes:
    """A street's name is text, whatever it begins with."""
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append(headings)
    for number, each in enumerate(streets, 2):
        sheet.append((each.district, each.street, each.due, each.reached, round(each.percent, 1)))
        for column in (1, 2):
            sheet.cell(number, column).data_type = "s"
    file = BytesIO()
    book.save(file)
    return file.getvalue()
