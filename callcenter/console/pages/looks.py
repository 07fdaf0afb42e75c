"""查看记录: who looked at what and why, and who signed in from where."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import Final

from aiohttp import web

from callcenter.console.house import Visit
from callcenter.domain.access import SignIn
from callcenter.domain.looks import Look, Seen, SoughtLooks
from callcenter.ports.storage import UnitOfWork
from callcenter.words import LOCAL_ZONE

_WHO_AT_MOST: Final = 80


async def looks(visit: Visit) -> web.StreamResponse:
    """`?who=&what=&from=&to=`, days of the place where the elders live. What is no such word or day does not matter."""
    limit = visit.house.desk.config.access.rows_at_most
    query = visit.request.query
    who, what = query.get("who", "").strip()[:_WHO_AT_MOST], query.get("what", "")
    begins, ends = _day(query.get("from", "")), _day(query.get("to", ""))
    sought = SoughtLooks(
        who=who,
        what=Seen(what) if what in set(Seen) else None,
        since=_moment(begins) if begins else None,
        before=_moment(ends + timedelta(days=1)) if ends else None,
    )

    def read(work: UnitOfWork) -> tuple[list[Look], list[SignIn]]:
        return work.looks.recent(limit, sought), work.access.sign_ins(limit)

    looked, signed_in = await visit.read("looks", read)
    return visit.page(
        "looks.html",
        looks=looked,
        sign_ins=signed_in,
        sought=sought,
        begins=begins,
        ends=ends,
        kinds=list(Seen),
        limit=limit,
    )


def _day(text: str) -> date | None:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return None
    return day if 2000 <= day.year < 2100 else None


def _moment(day: date) -> datetime:
    return datetime.combine(day, time(), LOCAL_ZONE)
