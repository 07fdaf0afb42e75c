"""A made-up morning of daily calls for the demo's desk: who is well, who was not reached, what was done and is left."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from callcenter.app.seed import MadeUp
from callcenter.domain.calls import LegOutcome, Role
from callcenter.domain.check_in_calls import Attempt
from callcenter.domain.check_ins import CheckIn, CheckInOutcome, CheckInPlan, CheckInState
from callcenter.domain.dial_hours import Span, day_of
from callcenter.domain.people import Elder
from callcenter.domain.visits import Found, VisitTask
from callcenter.ports.storage import UnitOfWork

_WINDOW: Final = Span(begins=8 * 60, ends=11 * 60 + 30)
_NODE: Final = "demo"


@dataclass(frozen=True, kw_only=True)
class _Sketch:
    """Minutes are those before now; what is still to come is below zero."""

    calls: tuple[tuple[int, CheckInOutcome], ...]
    settled: int | None = None
    by: str = ""
    state: CheckInState = CheckInState.SETTLED
    due: int = 0
    contacts: tuple[tuple[int, LegOutcome], ...] = ()
    visit: tuple[int, str] | None = None  #: since when, and who goes
    found: Found | None = None
    opted_out: bool = False
    outcome: CheckInOutcome | None = None  #: where it is not that of the last call


_NO_ANSWER, _BUSY, _FINE = CheckInOutcome.NO_ANSWER, CheckInOutcome.BUSY, CheckInOutcome.CONFIRMED
_MISSED: Final = ((120, _NO_ANSWER), (110, _BUSY), (90, _NO_ANSWER))
_NOT_REACHED: Final = ((85, LegOutcome.NO_ANSWER), (83, LegOutcome.UNREACHABLE), (81, LegOutcome.NO_ANSWER))
#: In the order of the made-up elders; two of them have no plan.
_MORNING: Final = (
    _Sketch(calls=((150, _FINE),), settled=149, by="answer"),
    _Sketch(calls=((148, _FINE),), settled=147, by="answer"),
    _Sketch(calls=((140, _NO_ANSWER),), settled=131, by="ring_back", outcome=_FINE),
    _Sketch(calls=_MISSED, state=CheckInState.VISIT, due=-40, contacts=_NOT_REACHED, visit=(80, "")),
    _Sketch(
        calls=_MISSED, settled=25, by="visit", contacts=_NOT_REACHED[:2], visit=(82, "社区网格员小刘"), found=Found.WELL
    ),
    _Sketch(calls=((30, _NO_ANSWER), (20, _BUSY)), state=CheckInState.DUE, due=-12),
    _Sketch(calls=_MISSED, state=CheckInState.CONTACTS, due=-9, contacts=_NOT_REACHED[:1]),
    _Sketch(calls=((133, _FINE),), settled=132, by="opt_out", opted_out=True),
    _Sketch(calls=((125, _NO_ANSWER), (115, _FINE)), settled=114, by="answer"),
    _Sketch(calls=(), state=CheckInState.DUE, due=-35),
)


def add_morning(work: UnitOfWork, people: MadeUp, now: datetime) -> None:
    """As if it had happened in the hours before `now`; what is left goes on by itself."""
    for elder, sketch in zip(people.elders, _MORNING, strict=False):
        _add(work, elder, sketch, [contact.id for contact in people.contacts if contact.elder == elder.id], now)


def _add(work: UnitOfWork, elder: Elder, sketch: _Sketch, contacts: list[object], now: datetime) -> None:
    def ago(minutes: int) -> datetime:
        return now - timedelta(minutes=minutes)

    plan = CheckInPlan(
        id=work.new_id(), elder=elder.id, group="独居", window=_WINDOW, starts_on=day_of(now) - timedelta(days=30),
        opted_out_at=ago(sketch.settled or 0) if sketch.opted_out else None,
    )  # fmt: skip
    last = sketch.calls[-1][1] if sketch.calls else None
    check_in = CheckIn(
        id=work.new_id(), plan=plan.id, elder=elder.id, day=day_of(now), state=sketch.state,
        outcome=sketch.outcome or last, contact=len(sketch.contacts), tries=len(sketch.calls),
        due_at=None if sketch.settled else ago(sketch.due), first_at=ago(sketch.calls[0][0]) if sketch.calls else None,
        settled_by=sketch.by, settled_at=ago(sketch.settled) if sketch.settled else None,
    )  # fmt: skip
    work.check_ins.add_plan(plan)
    work.check_ins.add(check_in)
    rung: list[tuple[Role, str, int, CheckInOutcome | LegOutcome]] = [(Role.ELDER, "", *call) for call in sketch.calls]
    rung += [(Role.CONTACT, str(contact), *call) for contact, call in zip(contacts, sketch.contacts, strict=False)]
    for role, target, minutes, outcome in rung:
        work.check_ins.add_attempt(
            Attempt(
                id=work.new_id(), check_in=check_in.id, role=role, target=target, destination="", node=_NODE,
                started_at=ago(minutes), ended_at=ago(minutes - 1), outcome=outcome,
            )
        )  # fmt: skip
    if sketch.visit is not None:
        since, who = sketch.visit
        visit = VisitTask(
            id=work.new_id(), check_in=check_in.id, elder=elder.id, opened_at=ago(since), overdue_at=ago(since - 120)
        )
        if who:
            visit = visit.accepted(who, ago(since - 5))
        if sketch.found is not None:
            visit = visit.arrived(ago(since - 50)).closed(
                sketch.found, by=who, note="在楼下散步", now=ago(sketch.settled or 0)
            )
        work.visits.add(visit)
