"""平安问候: today's board, who has not answered, what was done and is left, wishes to be called no more."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, Final
from uuid import UUID

from aiohttp import web

from callcenter.console.house import Visit
from callcenter.console.known_names import known_names
from callcenter.console.looking import note
from callcenter.domain.check_in_calls import Attempt
from callcenter.domain.check_in_figures import Course, DayCount
from callcenter.domain.check_ins import CheckIn, CheckInOutcome, CheckInPlan, CheckInState
from callcenter.domain.dial_hours import day_of
from callcenter.domain.looks import Seen
from callcenter.domain.people import Profile
from callcenter.errors import CheckInPlanUnknown, CheckInUnknown
from callcenter.ports.storage import UnitOfWork
from callcenter.services.check_in_changes import call_now, end_plans, keep_calling

_WITH_A_PERSON: Final = (CheckInOutcome.ASKED_FOR_HELP, CheckInOutcome.ANSWERED_SILENT)


@dataclass(frozen=True, kw_only=True)
class Row:
    course: Course
    profile: Profile | None

    @property
    def check_in(self) -> CheckIn:
        return self.course.check_in

    @property
    def may_be_called(self) -> bool:
        return self.check_in.state is not CheckInState.DIALLING

    @property
    def calls(self) -> list[tuple[Attempt, str]]:
        """With the name of the contact who was rung; "" for herself."""
        names = {str(contact.id): contact.name for contact in self.profile.contacts} if self.profile else {}
        return [(attempt, names.get(attempt.target, "")) for attempt in self.course.calls]


@dataclass(frozen=True, kw_only=True)
class Wish:
    plan: CheckInPlan
    profile: Profile | None


async def board(visit: Visit) -> web.StreamResponse:
    await note(visit, Seen.LIST, why="check-ins of today")
    now, limit = visit.house.desk.clock.now(), visit.house.desk.config.access.rows_at_most
    today = day_of(now)

    def read(work: UnitOfWork) -> dict[str, Any]:
        figures = work.check_in_figures
        counts = figures.of_day(today)
        missed = _rows(work, figures.missed(today, limit))
        handled = _rows(work, figures.handled(today, limit))
        wishes = [Wish(plan=plan, profile=work.people.profile(plan.elder)) for plan in figures.opted_out(today, limit)]
        return {
            "tiles": tiles(counts),
            "not_yet": sum(each.count for each in counts if each.state is CheckInState.DUE and each.outcome is None),
            "missed": missed,
            "missed_whole": len(missed) < limit,
            "handled": handled,
            "handled_whole": len(handled) < limit,
            "wishes": wishes,
            "overdue": figures.visits_overdue(now),
            "person": known_names(work),
        }

    section = visit.house.desk.config.check_ins
    hours = {CheckInState.DUE: section.hours(), CheckInState.CONTACTS: section.contact_hours()}
    return visit.page("check_ins.html", day=today, now=now, hours=hours, **await visit.read("check-ins", read))


def _rows(work: UnitOfWork, some: list[CheckIn]) -> list[Row]:
    courses = work.check_in_figures.courses(some)
    return [Row(course=course, profile=work.people.profile(course.check_in.elder)) for course in courses]


def tiles(counts: list[DayCount]) -> dict[str, int]:
    """The board's figures: everybody is in one of them."""
    found: Counter[str] = Counter()
    for each in counts:
        found[_tile(each)] += each.count
    names = ("due", "dialling", "confirmed", "person", "contacts", "visit", "not_called", "other")
    return {name: found[name] for name in names}


def _tile(each: DayCount) -> str:
    if each.state is not CheckInState.SETTLED:
        return each.state.value
    if each.outcome is CheckInOutcome.CONFIRMED:
        return "confirmed"
    if each.outcome in _WITH_A_PERSON or each.settled_by == "emergency":
        return "person"
    return "not_called" if each.outcome is None else "other"


async def call(visit: Visit) -> web.StreamResponse:
    """One key: she is called now. Raises `CheckInUnknown` if nothing of hers is open today."""
    elder, now, by = _id(visit, CheckInUnknown), visit.house.desk.clock.now(), visit.user.name
    await visit.house.desk.storage.transact("call now", lambda work: call_now(work, elder, now, by=by), urgent=False)
    return _back()


async def wish(visit: Visit) -> web.StreamResponse:
    """Confirms that she is called no more, or that she is called on. Raises `CheckInPlanUnknown`."""
    plan_id, form = _id(visit, CheckInPlanUnknown), await visit.form()
    now, by, ends = visit.house.desk.clock.now(), visit.user.name, form.get("end") == "yes"

    def work(unit: UnitOfWork) -> None:
        plan = unit.check_ins.plan(plan_id)
        if plan is None or plan.opted_out_at is None:
            raise CheckInPlanUnknown(str(plan_id))
        if ends:
            end_plans(unit, plan.elder, now, by=by)
        else:
            keep_calling(unit, plan_id)

    await visit.house.desk.storage.transact("opted out", work, urgent=False)
    return _back()


def _id(visit: Visit, unknown: type[Exception]) -> UUID:
    try:
        return UUID(visit.request.match_info["id"])
    except ValueError as error:
        raise unknown from error


def _back() -> web.Response:
    return web.Response(status=HTTPStatus.SEE_OTHER, headers={"Location": "/check-ins"})
