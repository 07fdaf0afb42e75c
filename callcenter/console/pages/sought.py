"""What somebody looks for among emergencies, as the address says it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final
from uuid import UUID

from callcenter.console.house import Visit
from callcenter.domain.dial_hours import day_of, moment_of
from callcenter.domain.emergencies import State
from callcenter.domain.records import Place, Wanted

_FIELDS: Final = ("state", "from", "to", "agent", "disposition", "street", "elder")
_TYPED_AT_MOST: Final = 60
_NO_DATE: Final = "「{field}」不是日期，应为年-月-日。"
_WRONG_ORDER: Final = "「从」不能晚于「到」。"
_TOO_LONG: Final = "「从」到「到」最多 {days} 天。"


class _Faulty(Exception):
    """Says in the page's language what is wrong with which field."""


@dataclass(frozen=True, kw_only=True)
class Sought:
    typed: dict[str, str]  #: every field as it was typed, empty where it was not
    wanted: Wanted | None  #: None if something typed makes no sense
    fault: str = ""


def sought_by(visit: Visit) -> Sought:
    """Days are those of where the elders live; a state or disposition that is none is not asked for."""
    query = visit.request.query
    typed = {field: query.get(field, "").strip()[:_TYPED_AT_MOST] for field in _FIELDS}
    try:
        since, until = _span(visit, typed)
    except _Faulty as fault:
        return Sought(typed=typed, wanted=None, fault=str(fault))
    known = visit.house.desk.config.dispositions.values()
    elder = _id(typed["elder"])
    return Sought(
        typed=typed,
        wanted=Wanted(
            since=since,
            until=until,
            state=State(typed["state"]) if typed["state"] in list(State) else None,
            agent=typed["agent"],
            disposition=typed["disposition"] if typed["disposition"] in known else "",
            street=typed["street"],
            elder=elder,
            elder_named="" if elder else typed["elder"],
            after=_place(query.get("after", "")),
        ),
    )


def _span(visit: Visit, typed: dict[str, str]) -> tuple[datetime, datetime]:
    """From the first day's beginning to the last day's end. Raises `_Faulty`."""
    limits, t = visit.house.desk.config.records, visit.language.t
    last = _day(typed["to"], t(_NO_DATE, field=t("到"))) or day_of(visit.house.desk.clock.now())
    first = _day(typed["from"], t(_NO_DATE, field=t("从"))) or last - timedelta(days=limits.search_days - 1)
    if first > last:
        raise _Faulty(t(_WRONG_ORDER))
    if (last - first).days >= limits.search_days_at_most:
        raise _Faulty(t(_TOO_LONG, days=limits.search_days_at_most))
    return moment_of(first, 0), moment_of(last + timedelta(days=1), 0)


def _day(text: str, fault: str) -> date | None:
    if not text:
        return None
    try:
        day = date.fromisoformat(text)
    except ValueError:
        raise _Faulty(fault) from None
    if not 2000 <= day.year < 2200:
        raise _Faulty(fault)
    return day


def _id(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None


def _place(text: str) -> Place | None:
    """What is no place is none: the first page."""
    moment, _, id_ = text.partition("/")
    try:
        at = datetime.fromisoformat(moment)
        return Place(opened_at=at, id=UUID(id_)) if at.tzinfo else None
    except ValueError:
        return None
