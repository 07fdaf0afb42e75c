"""Rows of check-ins, their plans, calls, holds and visits. Numbers, reasons and notes are sealed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields
from functools import lru_cache
from typing import Any, Final

from callcenter.domain.calls import LegOutcome, Role
from callcenter.domain.check_in_calls import Attempt
from callcenter.domain.check_ins import (
    AfterLast,
    CheckIn,
    CheckInOutcome,
    CheckInPlan,
    CheckInState,
    Confirmation,
    Frequency,
    Hold,
    Notice,
    PlanToPlace,
    Risk,
)
from callcenter.domain.dial_hours import Span
from callcenter.domain.visits import Found, VisitTask
from storage.mapping import Row
from storage.vault import Vault

_CHECK_IN: Final = tuple(field.name for field in fields(CheckIn))


def row_of_plan(plan: CheckInPlan) -> dict[str, Any]:
    return {
        "id": plan.id,
        "elder": plan.elder,
        "group": plan.group,
        "risk": plan.risk.value,
        "every": plan.every.value,
        "days": [str(day) for day in sorted(plan.days)],
        "begins": plan.window.begins,
        "ends": plan.window.ends,
        "offsets": [str(seconds) for seconds in plan.offsets_seconds],
        "confirmation": plan.confirmation.value,
        "after_last": plan.after_last.value,
        "starts_on": plan.starts_on,
        "ends_on": plan.ends_on,
        "opted_out_at": plan.opted_out_at,
        "notices": [notice.value for notice in plan.notices],
        "ended_by": plan.ended_by,
    }


def plan_of(row: Row) -> CheckInPlan:
    return CheckInPlan(
        id=row["id"],
        elder=row["elder"],
        group=row["group"],
        risk=Risk(row["risk"]),
        every=Frequency(row["every"]),
        days=frozenset(int(day) for day in row["days"]),
        window=Span(begins=row["begins"], ends=row["ends"]),
        offsets_seconds=tuple(int(seconds) for seconds in row["offsets"]),
        confirmation=Confirmation(row["confirmation"]),
        after_last=AfterLast(row["after_last"]),
        starts_on=row["starts_on"],
        ends_on=row["ends_on"],
        opted_out_at=row["opted_out_at"],
        notices=tuple(Notice(notice) for notice in row["notices"]),
        ended_by=row["ended_by"],
    )


_RISKS: Final[dict[str, Risk]] = {risk.value: risk for risk in Risk}
#: The columns of `plan_to_place`, in its order.
TO_PLACE: Final = ("id", "elder", "begins", "ends", "offsets", "risk", "starts_on")


def plan_to_place(row: Sequence[Any]) -> PlanToPlace:
    plan, elder, begins, ends, offsets, risk, starts_on = row
    return PlanToPlace(plan, elder, _span(begins, ends), int(offsets[-1]), _RISKS[risk], starts_on)


@lru_cache(256)
def _span(begins: int, ends: int) -> Span:
    return Span(begins=begins, ends=ends)


def row_of_check_in(check_in: CheckIn) -> dict[str, Any]:
    outcome = check_in.outcome.value if check_in.outcome else None
    return {**vars(check_in), "state": check_in.state.value, "outcome": outcome}


def check_in_of(row: Row) -> CheckIn:
    outcome = CheckInOutcome(row["outcome"]) if row["outcome"] else None
    words = {name: row[name] for name in _CHECK_IN}
    return CheckIn(**words | {"state": CheckInState(row["state"]), "outcome": outcome})


def row_of_attempt(attempt: Attempt, vault: Vault) -> dict[str, Any]:
    return {
        "id": attempt.id,
        "check_in": attempt.check_in,
        "role": attempt.role.value,
        "target": attempt.target,
        "sealed": vault.seal({"destination": attempt.destination}, "check_in_attempts", attempt.id),
        "node": attempt.node,
        "started_at": attempt.started_at,
        "ended_at": attempt.ended_at,
        "outcome": attempt.outcome.value,
    }


def attempt_of(row: Row, vault: Vault) -> Attempt:
    private = vault.open(row["sealed"], "check_in_attempts", row["id"])
    return Attempt(
        id=row["id"],
        check_in=row["check_in"],
        role=Role(row["role"]),
        target=row["target"],
        destination=private.get("destination", ""),
        node=row["node"],
        started_at=row["started_at"],
        ended_at=row["ended_at"],
        outcome=_outcome_of(row["outcome"]),
    )


def _outcome_of(word: str) -> CheckInOutcome | LegOutcome:
    """While it rings, and of a contact, a leg's; of an elder's call that has ended, the check-in's."""
    try:
        return CheckInOutcome(word)
    except ValueError:
        return LegOutcome(word)


def row_of_hold(hold: Hold, vault: Vault) -> dict[str, Any]:
    return {
        "id": hold.id,
        "elder": hold.elder,
        "begins": hold.begins,
        "returns": hold.returns,
        "sealed": vault.seal({"reason": hold.reason}, "holds", hold.id),
        "set_by": hold.set_by,
        "set_at": hold.set_at,
        "ended_at": hold.ended_at,
        "ended_by": hold.ended_by,
    }


def hold_of(row: Row, vault: Vault) -> Hold:
    return Hold(
        id=row["id"],
        elder=row["elder"],
        begins=row["begins"],
        returns=row["returns"],
        reason=vault.open(row["sealed"], "holds", row["id"]).get("reason", ""),
        set_by=row["set_by"],
        set_at=row["set_at"],
        ended_at=row["ended_at"],
        ended_by=row["ended_by"],
    )


def row_of_visit(visit: VisitTask, vault: Vault) -> dict[str, Any]:
    return {
        "id": visit.id,
        "check_in": visit.check_in,
        "elder": visit.elder,
        "opened_at": visit.opened_at,
        "overdue_at": visit.overdue_at,
        "accepted_at": visit.accepted_at,
        "accepted_by": visit.accepted_by,
        "arrived_at": visit.arrived_at,
        "found": visit.found.value if visit.found else None,
        "sealed": vault.seal({"note": visit.note}, "visit_tasks", visit.id),
        "closed_at": visit.closed_at,
        "closed_by": visit.closed_by,
    }


def visit_of(row: Row, vault: Vault) -> VisitTask:
    return VisitTask(
        id=row["id"],
        check_in=row["check_in"],
        elder=row["elder"],
        opened_at=row["opened_at"],
        overdue_at=row["overdue_at"],
        accepted_at=row["accepted_at"],
        accepted_by=row["accepted_by"],
        arrived_at=row["arrived_at"],
        found=Found(row["found"]) if row["found"] else None,
        note=vault.open(row["sealed"], "visit_tasks", row["id"]).get("note", ""),
        closed_at=row["closed_at"],
        closed_by=row["closed_by"],
    )
