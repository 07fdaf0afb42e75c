"""排班: a week of shifts, and the form that adds some. Hours are those of the place where the elders live."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from http import HTTPStatus
from typing import Final
from uuid import UUID

from aiohttp import web

from callcenter.console.house import Visit
from callcenter.domain.people import Agent
from callcenter.domain.shifts import RosterNow, Shift
from callcenter.errors import (
    AgentUnknown,
    HotlineError,
    NotWhileStorageAway,
    ShiftFaulty,
    ShiftTaken,
    ShiftUnknown,
    StorageAway,
)
from callcenter.ports.storage import UnitOfWork
from callcenter.services.roster import NewShift, add_shifts, cancel_shift, read_roster
from callcenter.words import LOCAL_ZONE

_DAYS_SHOWN: Final = 7
_TYPED: Final = ("agent", "day", "from", "to", "days")
_REFUSALS: Final = {
    AgentUnknown: "没有这个分机的坐席。",
    ShiftFaulty: "班次不对：请检查日期、开始和结束时间（最长{hours}小时）和天数（1至{days}，一年以内）。",
    ShiftTaken: "这位坐席在这段时间已有班次。",
    ShiftUnknown: "没有这个班次。",
    StorageAway: "数据库暂时不可用。",
    NotWhileStorageAway: "数据库暂时不可用。",
}


@dataclass(frozen=True, kw_only=True)
class Day:
    """One day, and the shifts that begin on it."""

    day: date
    shifts: tuple[Shift, ...]


async def roster(visit: Visit) -> web.StreamResponse:
    """`?day=` begins the week; one that is no date counts as today."""
    return await _shown(visit, {})


async def change(visit: Visit) -> web.StreamResponse:
    """Adds, or cancels the shift that is named. A refusal is on the page, and what was typed stays."""
    form, desk = await visit.form(), visit.house.desk
    limits, by = desk.config.supervision, visit.user.name

    def work(unit: UnitOfWork) -> None:
        if cancelled := form.get("cancel"):
            cancel_shift(unit, desk.clock, _id(cancelled), by=by)
        else:
            add_shifts(unit, desk.clock, limits, _new(form), by=by)

    try:
        await desk.storage.transact("change roster", work, urgent=False)
    except tuple(_REFUSALS) as refusal:
        return await _shown(visit, form, refusal)
    day = form.get("day", "") if _date(form.get("day", "")) else ""
    place = f"/roster?day={day}" if day else "/roster"
    return web.Response(status=HTTPStatus.SEE_OTHER, headers={"Location": place})


async def _shown(visit: Visit, form: Mapping[str, str], refusal: HotlineError | None = None) -> web.Response:
    desk = visit.house.desk
    now, limits = desk.clock.now(), desk.config.supervision
    today = now.astimezone(LOCAL_ZONE).date()
    first = _date(form.get("day") or visit.request.query.get("day", "")) or today
    begin = datetime.combine(first, time(), LOCAL_ZONE)

    def read(work: UnitOfWork) -> tuple[list[Shift], list[Agent], RosterNow]:
        shifts = work.shifts.between(begin, begin + timedelta(days=_DAYS_SHOWN))
        return shifts, work.agents.all(), read_roster(work, now, limits)

    shifts, agents, roster = await visit.read("roster", read)
    said = next((text for kind, text in _REFUSALS.items() if isinstance(refusal, kind)), "")
    return visit.page(
        "roster.html",
        status=HTTPStatus.UNPROCESSABLE_ENTITY if refusal else HTTPStatus.OK,
        refusal=visit.language.t(said, hours=limits.shift_hours_at_most, days=limits.roster_days_at_most)
        if said
        else "",
        days=[_day(first + timedelta(days=n), shifts, first) for n in range(_DAYS_SHOWN)],
        agents=agents,
        names={agent.id: f"{agent.name} {agent.extension}" for agent in agents},
        roster=roster,
        typed={"day": first.isoformat(), "from": "08:00", "to": "20:00", "days": "1", "agent": "", **_typed(form)},
        now=now,
        days_at_most=limits.roster_days_at_most,
        before=(first - timedelta(days=_DAYS_SHOWN)).isoformat(),
        after=(first + timedelta(days=_DAYS_SHOWN)).isoformat(),
        clock=lambda at: at.astimezone(LOCAL_ZONE).strftime("%H:%M"),
    )


def _typed(form: Mapping[str, str]) -> dict[str, str]:
    return {name: form[name] for name in _TYPED if name in form}


def _day(day: date, shifts: list[Shift], first: date) -> Day:
    """The first day shows those, too, that began before it."""

    def begins(shift: Shift) -> date:
        return max(shift.begins_at.astimezone(LOCAL_ZONE).date(), first)

    return Day(day=day, shifts=tuple(shift for shift in shifts if begins(shift) == day))


def _new(form: Mapping[str, str]) -> NewShift:
    """One that ends no later in the day than it begins ends the next day. Raises `ShiftFaulty`."""
    try:
        day = date.fromisoformat(form["day"])
        begins = datetime.combine(day, time.fromisoformat(form["from"]), LOCAL_ZONE)
        ends = datetime.combine(day, time.fromisoformat(form["to"]), LOCAL_ZONE)
        days = int(form["days"])
        ends += timedelta(days=ends <= begins)
    except (KeyError, ValueError, OverflowError) as error:
        raise ShiftFaulty(str(error)) from error
    return NewShift(extension=form.get("agent", ""), begins_at=begins, ends_at=ends, days=days)


def _id(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError as error:
        raise ShiftUnknown from error


def _date(text: str) -> date | None:
    """None for what is no date, or one beyond any roster."""
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return None
    return day if 2000 <= day.year < 2100 else None
