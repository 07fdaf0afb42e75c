"""质检: each month, each agent: how many were judged and which could be; the form for one; the month as a file."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from http import HTTPStatus
from io import StringIO
from typing import Final
from uuid import UUID

from aiohttp import web

from callcenter.console.house import Visit
from callcenter.console.looking import note
from callcenter.console.pages.emergencies import id_of
from callcenter.domain.audits import NOTE_AT_MOST, POINTS_AT_MOST, CallAudit, Criterion
from callcenter.domain.emergencies import Closed
from callcenter.domain.looks import Seen
from callcenter.errors import (
    AuditFaulty,
    EmergencyStillOpen,
    EmergencyUnknown,
    HotlineError,
    NotWhileStorageAway,
    OwnTalk,
    StorageAway,
)
from callcenter.ports.storage import UnitOfWork
from callcenter.services.audit_calls import AgentsMonth, NewAudit, audit_call, months_audits
from callcenter.services.timeline import Told, tell
from callcenter.words import LOCAL_ZONE

_CANDIDATES: Final = 5
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")
_REFUSALS: Final = {
    AuditFaulty: "请选择参加过这通电话的坐席，每项评0至5分，备注不超过500字。",
    EmergencyStillOpen: "这起警情还没有结案，结案后才能质检。",
    OwnTalk: "您参加过这通电话，请由别人质检。",
    StorageAway: "数据库暂时不可用。",
    NotWhileStorageAway: "数据库暂时不可用。",
}


async def month(visit: Visit) -> web.StreamResponse:
    """`?month=2026-11`; what is no month counts as this one."""
    begin, end = _month(visit)
    wanted = visit.house.desk.config.supervision.audits_per_month

    def read(work: UnitOfWork) -> list[AgentsMonth]:
        return months_audits(work, begin, end, wanted=wanted, shown=_CANDIDATES)

    return visit.page(
        "audits.html",
        rows=await visit.read("audits", read),
        wanted=wanted,
        month=f"{begin:%Y-%m}",
        before=f"{begin - timedelta(days=1):%Y-%m}",
        after=f"{end:%Y-%m}",
    )


async def form(visit: Visit) -> web.StreamResponse:
    """Shows who was in it and when, so it is a look. Raises `EmergencyUnknown`."""
    await note(visit, Seen.TIMELINE, why="call audit", emergency=id_of(visit))
    return await _shown(visit, {})


async def judge(visit: Visit) -> web.StreamResponse:
    """A refusal is on the page, and what was typed stays."""
    typed, desk, user = await visit.form(), visit.house.desk, visit.user
    new = _new(visit, typed)
    try:
        await desk.storage.transact(
            "audit call",
            lambda work: audit_call(work, desk.clock, new, by=user.name, extension=user.extension),
            urgent=False,
        )
    except tuple(_REFUSALS) as refusal:
        return await _shown(visit, typed, refusal)
    return web.Response(status=HTTPStatus.SEE_OTHER, headers={"Location": "/audits"})


async def export(visit: Visit) -> web.StreamResponse:
    """The month as CSV, as spreadsheets read it."""
    begin, end = _month(visit)
    await note(visit, Seen.EXPORT, why=f"call audits {begin:%Y-%m}")
    audits = await visit.read("audits", lambda work: work.call_audits.between(begin, end))
    file = StringIO()
    rows = csv.writer(file)
    rows.writerow(["at", "by", "agent", "emergency", "percent", *Criterion, "note"])
    for each in audits:
        rows.writerow(_cells(visit, each))
    return web.Response(
        body=b"\xef\xbb\xbf" + file.getvalue().encode(),
        headers={
            "Content-Type": "text/csv; charset=utf-8",
            "Content-Disposition": f'attachment; filename="audits-{begin:%Y-%m}.csv"',
        },
    )


def _cells(visit: Visit, audit: CallAudit) -> list[str]:
    points = [str(audit.points[criterion]) for criterion in Criterion]
    moment = visit.language.moment(audit.at)
    return [moment, audit.by, audit.agent, str(audit.emergency), str(audit.percent), *points, _plain(audit.note)]


def _plain(text: str) -> str:
    """What a spreadsheet would take for a formula is text in ours."""
    return f"'{text}" if text.startswith(_FORMULA) else text


async def _shown(visit: Visit, typed: Mapping[str, str], refusal: HotlineError | None = None) -> web.Response:
    id_ = id_of(visit)

    def read(work: UnitOfWork) -> tuple[Told | None, list[str]]:
        return tell(work, id_), work.call_audits.who_talked(id_)

    told, talked = await visit.read("audit", read)
    if told is None:
        raise EmergencyUnknown(str(id_))
    said = next((text for kind, text in _REFUSALS.items() if isinstance(refusal, kind)), "")
    return visit.page(
        "audit.html",
        status=HTTPStatus.UNPROCESSABLE_ENTITY if refusal else HTTPStatus.OK,
        refusal=visit.language.t(said) if said else "",
        told=told,
        talked=talked,
        closed=isinstance(told.emergency, Closed),
        criteria=list(Criterion),
        points=range(POINTS_AT_MOST + 1),
        note_at_most=NOTE_AT_MOST,
        typed=typed,
    )


def _new(visit: Visit, typed: Mapping[str, str]) -> NewAudit:
    """Points that are none are left out, and refused for that."""
    points = {criterion: typed.get(criterion.value, "") for criterion in Criterion}
    given = {criterion: int(text) for criterion, text in points.items() if len(text) == 1 and text in "012345"}
    emergency: UUID = id_of(visit)
    return NewAudit(emergency=emergency, agent=typed.get("agent", ""), points=given, note=typed.get("note", "").strip())


def _month(visit: Visit) -> tuple[datetime, datetime]:
    """From its first day to the next month's."""
    try:
        first = date.fromisoformat(f"{visit.request.query.get('month', '')}-01")
    except ValueError:
        first = date.min
    if not 2000 <= first.year < 2100:
        first = visit.house.desk.clock.now().astimezone(LOCAL_ZONE).date().replace(day=1)
    following = (first + timedelta(days=31)).replace(day=1)
    return tuple(datetime.combine(day, time(), LOCAL_ZONE) for day in (first, following))  # type: ignore[return-value]
