"""Figures of check-ins: today's board, what needs somebody, the month by street. Reading only."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import date, datetime
from typing import Final
from uuid import UUID

import sqlalchemy as sa

from callcenter.domain.check_in_calls import Attempt
from callcenter.domain.check_in_figures import Course, DayCount, StreetReached
from callcenter.domain.check_ins import CheckIn, CheckInOutcome, CheckInPlan, CheckInState
from callcenter.domain.visits import Found, VisitTask
from callcenter.errors import NotWhileStorageAway
from storage.mapping.check_ins import attempt_of, check_in_of, plan_of, visit_of
from storage.tables import check_in_attempts, check_in_plans, check_ins, elders, households, visit_tasks
from storage.transaction import Transaction

_REACHED: Final = tuple(
    outcome.value
    for outcome in (CheckInOutcome.CONFIRMED, CheckInOutcome.ASKED_FOR_HELP, CheckInOutcome.ANSWERED_SILENT)
)
_FOUND_HER: Final = tuple(found.value for found in (Found.WELL, Found.HELPED, Found.HANDED_OVER))
#: The door first, then the family, then those who will be rung again.
_URGENCY: Final = sa.case({"visit": 0, "contacts": 1}, value=check_ins.c.state, else_=2)


class SqlCheckInFigures:
    """See `callcenter.ports.check_in_storage.CheckInFigures`."""

    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    def of_day(self, day: date) -> list[DayCount]:
        alike = (check_ins.c.state, check_ins.c.outcome, check_ins.c.settled_by)
        statement = sa.select(*alike, sa.func.count().label("count")).where(check_ins.c.day == day).group_by(*alike)
        return [
            DayCount(
                state=CheckInState(row["state"]),
                outcome=CheckInOutcome(row["outcome"]) if row["outcome"] else None,
                settled_by=row["settled_by"],
                count=row["count"],
            )
            for row in self._in.rows(statement)
        ]

    def missed(self, day: date, limit: int) -> list[CheckIn]:
        waits = check_ins.c.state.in_(("visit", "contacts")) | check_ins.c.outcome.is_not(None)
        statement = (
            sa.select(check_ins)
            .where(check_ins.c.day == day, check_ins.c.state != sa.literal_column("'settled'"), waits)
            .order_by(_URGENCY, check_ins.c.due_at, check_ins.c.id)
            .limit(limit)
        )
        return [check_in_of(row) for row in self._in.rows(statement)]

    def handled(self, day: date, limit: int) -> list[CheckIn]:
        statement = (
            sa.select(check_ins)
            .where(
                check_ins.c.day == day,
                check_ins.c.state == CheckInState.SETTLED.value,
                check_ins.c.outcome != CheckInOutcome.CONFIRMED.value,
            )
            .order_by(check_ins.c.settled_at.desc(), check_ins.c.id)
            .limit(limit)
        )
        return [check_in_of(row) for row in self._in.rows(statement)]

    def courses(self, some: Sequence[CheckIn]) -> list[Course]:
        ids, vault = [check_in.id for check_in in some], self._in.vault
        of_these = sa.select(check_in_attempts).where(check_in_attempts.c.check_in.in_(ids))
        calls = defaultdict[UUID, list[Attempt]](list)
        for row in self._in.rows(of_these.order_by(check_in_attempts.c.started_at, check_in_attempts.c.id)):
            calls[row["check_in"]].append(attempt_of(row, vault))
        visits = dict[UUID, VisitTask]()
        for row in self._in.rows(sa.select(visit_tasks).where(visit_tasks.c.check_in.in_(ids))):
            visits[row["check_in"]] = visit_of(row, vault)
        return [Course(check_in=each, calls=tuple(calls[each.id]), visit=visits.get(each.id)) for each in some]

    def opted_out(self, day: date, limit: int) -> list[CheckInPlan]:
        plans = check_in_plans.c
        statement = (
            sa.select(check_in_plans)
            .where(plans.opted_out_at.is_not(None), plans.ends_on.is_(None) | (plans.ends_on >= day))
            .order_by(plans.opted_out_at, plans.id)
            .limit(limit)
        )
        return [plan_of(row) for row in self._in.rows(statement)]

    def reached(self, begins: date, ends: date, district: str = "") -> list[StreetReached]:
        visited = (
            sa.select(visit_tasks.c.id)
            .where(visit_tasks.c.check_in == check_ins.c.id, visit_tasks.c.found.in_(_FOUND_HER))
            .exists()
        )
        hers = sa.case((check_ins.c.outcome.in_(_REACHED) | visited, check_ins.c.elder))
        statement = (
            sa.select(
                households.c.district,
                households.c.street,
                sa.func.count(check_ins.c.elder.distinct()).label("due"),
                sa.func.count(hers.distinct()).label("reached"),
            )
            .join(elders, elders.c.id == check_ins.c.elder)
            .join(households, households.c.id == elders.c.household)
            .where(check_ins.c.day >= begins, check_ins.c.day < ends)
            .group_by(households.c.district, households.c.street)
            .order_by(households.c.district, households.c.street)
        )
        if district:
            statement = statement.where(households.c.district == district)
        return [StreetReached(**row) for row in self._in.rows(statement)]

    def visits_overdue(self, now: datetime) -> int:
        statement = sa.select(sa.func.count().label("count")).where(
            visit_tasks.c.closed_at.is_(None), visit_tasks.c.overdue_at <= now
        )
        [row] = self._in.rows(statement)
        return int(row["count"])

    @property
    def _in(self) -> Transaction:
        if self._transaction.journalled:
            raise NotWhileStorageAway("check-ins")
        return self._transaction
