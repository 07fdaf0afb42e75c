"""平安问候 of one elder: her plan, her leave, her last days; and the forms that change the first two."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import partial
from http import HTTPStatus
from typing import Final
from uuid import UUID

from aiohttp import web

from callcenter.console.house import Visit
from callcenter.console.known_names import known_names
from callcenter.console.looking import note
from callcenter.console.pages.elders import elder_of
from callcenter.domain.check_ins import EVERY_DAY, AfterLast, CheckIn, CheckInPlan, Confirmation, Frequency, Hold, Risk
from callcenter.domain.dial_hours import Span, day_of
from callcenter.domain.looks import Seen
from callcenter.domain.people import Profile
from callcenter.domain.plan_terms import PlanTerms, clock_of, terms_of, usual_plan
from callcenter.errors import ChangedMeanwhile, ElderUnknown
from callcenter.ports.storage import UnitOfWork
from callcenter.services.check_in_changes import hold, resume
from callcenter.services.elder_cells import Fault
from callcenter.services.plan_by_hand import end_plan_by_hand, plan_by_hand

_DAYS_SHOWN: Final = 31
_EARLIER_SHOWN: Final = 10
_REASON_AT_MOST: Final = 200  #: characters
_GROUPS: Final = ("独居", "空巢", "留守", "失能", "高龄")  #: domain.md §2; any other may be typed
_CELLS: Final = ("group", "risk", "every", "begins", "ends", "minutes", "confirmation", "after_last")
#: What an empty form offers: the usual three attempts, in the morning.
_USUAL: Final = PlanTerms(
    group="",
    risk=Risk.GENERAL,
    every=Frequency.WEEK,
    days=EVERY_DAY,
    window=Span(begins=9 * 60, ends=11 * 60),
    offsets_seconds=(0, 600, 1800),
    confirmation=Confirmation.EITHER,
    after_last=AfterLast.CONTACTS_THEN_VISIT,
)


@dataclass(frozen=True, kw_only=True)
class Sheet:
    """All about her daily calls."""

    profile: Profile
    plan: CheckInPlan | None  #: in force until further notice
    earlier: tuple[CheckInPlan, ...]  #: the newest first, rounds among them
    holds: tuple[Hold, ...]  #: the newest first
    rows: tuple[CheckIn, ...]  #: the newest first
    person: Callable[[str], str]  #: how somebody who signs in is called

    def away(self, today: date) -> bool:
        """Whether this is a day of her leave."""
        return any(
            each.ended_at is None and each.begins <= today and (each.returns is None or today < each.returns)
            for each in self.holds
        )

    @property
    def on_leave(self) -> bool:
        return any(each.ended_at is None for each in self.holds)


async def days(visit: Visit) -> web.StreamResponse:
    """Raises `ElderUnknown`."""
    return await _page(visit, elder_of(visit))


async def plan(visit: Visit) -> web.StreamResponse:
    """Sets her plan, or ends it. A refusal is on the page, and what was typed stays. Raises `ElderUnknown`."""
    elder, fields, desk = elder_of(visit), await visit.form(), visit.house.desk
    seen, by = _id(fields.get("seen", "")), visit.user.name
    cells = {key: fields.get(key, "") for key in _CELLS}
    cells["days"] = "".join(str(day) for day in sorted(EVERY_DAY) if fields.get(f"day{day}")) or "0"
    try:
        if fields.get("do") == "end":
            await end_plan_by_hand(desk, elder, seen=seen, by=by)
            return _again(elder)
        faults = await plan_by_hand(desk, elder, cells, seen=seen, by=by)
    except ChangedMeanwhile:
        return await _page(visit, elder, plan_typed=cells, conflict=True)
    return await _page(visit, elder, plan_typed=cells, faults=faults) if faults else _again(elder)


async def leave(visit: Visit) -> web.StreamResponse:
    """请假 from a day on, or its end. Raises `ElderUnknown`."""
    elder, fields, desk = elder_of(visit), await visit.form(), visit.house.desk
    now, by = desk.clock.now(), visit.user.name
    if fields.get("do") == "resume":
        back = partial(resume, elder=elder, by=by, now=now)
        await desk.storage.transact("back from leave", back, urgent=False)
        return _again(elder)
    faults: list[Fault] = []
    begins, returns = (_day(fields, key, faults) for key in ("leave_begins", "returns"))
    reason = " ".join(fields.get("reason", "").split())
    begins = begins or day_of(now)
    if returns is not None and returns <= begins:
        faults.append(Fault(column="returns", template="must be later than the first day"))
    if not reason:
        faults.append(Fault(column="reason", template="is missing"))
    if len(reason) > _REASON_AT_MOST:
        values = {"found": len(reason), "longest": _REASON_AT_MOST}
        faults.append(Fault(column="reason", template="{found} characters, at most {longest}", values=values))
    if faults:
        return await _page(visit, elder, leave_typed=fields, faults=faults)
    absence = Hold(
        id=desk.clock.new_id(), elder=elder, begins=begins, returns=returns, reason=reason, set_by=by, set_at=now
    )
    await desk.storage.transact("leave", partial(hold, absence=absence, now=now), urgent=False)
    return _again(elder)


async def _page(
    visit: Visit,
    elder: UUID,
    *,
    plan_typed: Mapping[str, str] | None = None,
    leave_typed: Mapping[str, str] | None = None,
    faults: Sequence[Fault] = (),
    conflict: bool = False,
) -> web.Response:
    await note(visit, Seen.PROFILE, why="calendar of her check-ins", elder=elder)
    sheet = await visit.read("her check-ins", partial(_read, elder=elder))
    terms = terms_of(sheet.plan) if sheet.plan else _USUAL
    refused = HTTPStatus.CONFLICT if conflict else HTTPStatus.UNPROCESSABLE_ENTITY if faults else HTTPStatus.OK
    return visit.page(
        "elder_check_ins.html",
        status=refused,
        sheet=sheet,
        typed=plan_typed or _cells(terms),
        leave={"leave_begins": "", "returns": "", "reason": "", **(leave_typed or {})},
        today=day_of(visit.house.desk.clock.now()),
        faults=faults,
        conflict=conflict,
        groups=_GROUPS,
        risks=list(Risk),
        frequencies=list(Frequency),
        confirmations=list(Confirmation),
        after_lasts=list(AfterLast),
        hours=visit.house.desk.config.check_ins.hours(),
        terms_of=terms_of,
        clock_of=clock_of,
        reason_at_most=_REASON_AT_MOST,
    )


def _read(work: UnitOfWork, elder: UUID) -> Sheet:
    profile = work.people.profile(elder)
    if profile is None:
        raise ElderUnknown(str(elder))
    plans = work.check_ins.plans_of(elder)
    in_force = usual_plan(plans)
    earlier = sorted((each for each in plans if each is not in_force), key=lambda each: each.starts_on, reverse=True)
    return Sheet(
        profile=profile,
        plan=in_force,
        earlier=tuple(earlier[:_EARLIER_SHOWN]),
        holds=tuple(sorted(work.holds.of(elder), key=lambda each: each.set_at, reverse=True)),
        rows=tuple(work.check_ins.of_elder(elder, _DAYS_SHOWN)),
        person=known_names(work),
    )


def _cells(terms: PlanTerms) -> dict[str, str]:
    return {
        "group": terms.group,
        "risk": terms.risk.value,
        "every": terms.every.value,
        "days": "".join(map(str, sorted(terms.days))),
        "begins": clock_of(terms.window.begins),
        "ends": clock_of(terms.window.ends),
        "minutes": terms.minutes(),
        "confirmation": terms.confirmation.value,
        "after_last": terms.after_last.value,
    }


def _day(fields: Mapping[str, str], key: str, faults: list[Fault]) -> date | None:
    typed = fields.get(key, "").strip()
    if not typed:
        return None
    try:
        return date.fromisoformat(typed)
    except ValueError:
        faults.append(Fault(column=key, template="must be a day, as 1940-05-06"))
        return None


def _id(typed: str) -> UUID | None:
    try:
        return UUID(typed)
    except ValueError:
        return None


def _again(elder: UUID) -> web.Response:
    return web.Response(status=HTTPStatus.SEE_OTHER, headers={"Location": f"/check-ins/elders/{elder}"})
