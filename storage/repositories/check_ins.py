"""Check-ins, their plans and calls. They are of the database alone: neither journal nor hot cache holds one."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Final
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from callcenter.domain.check_in_calls import Attempt
from callcenter.domain.check_in_rounds import Round
from callcenter.domain.check_ins import CheckIn, CheckInPlan, CheckInState, Frequency, PlanToPlace
from callcenter.domain.dial_hours import moment_of
from callcenter.domain.elder_status import ElderStatus, Purpose
from callcenter.errors import CheckInPlanUnknown, ElderUnknown, NotWhileStorageAway
from storage.mapping.check_ins import (
    TO_PLACE,
    attempt_of,
    check_in_of,
    plan_of,
    plan_to_place,
    row_of_attempt,
    row_of_check_in,
    row_of_plan,
)
from storage.prepared import Prepared
from storage.repositories.visits import covers
from storage.tables import check_in_attempts, check_in_plans, check_ins, elders, holds, households
from storage.transaction import Transaction

_BY_ID: Final = Prepared(sa.select(check_ins).where(check_ins.c.id == sa.bindparam("id")))
_PLAN: Final = Prepared(sa.select(check_in_plans).where(check_in_plans.c.id == sa.bindparam("id")))
_ATTEMPT: Final = Prepared(sa.select(check_in_attempts).where(check_in_attempts.c.id == sa.bindparam("id")))
_UNSETTLED: Final = check_ins.c.state != sa.literal_column("'settled'")
_DUE: Final = (
    sa.select(check_ins)
    .where(_UNSETTLED, check_ins.c.state == sa.bindparam("state"), check_ins.c.due_at <= sa.bindparam("now"))
    .order_by(check_ins.c.due_at, check_ins.c.id)
    .limit(sa.bindparam("limit"))
)
_DUE_HERE: Final = Prepared(_DUE)
_DUE_ANYWHERE: Final = Prepared(_DUE.with_for_update(skip_locked=True))
_TAKE: Final = check_ins.update().where(check_ins.c.id.in_(sa.bindparam("taken", expanding=True)))
_DUE_ON: Final = Prepared(
    sa.select(check_ins.c.due_at).where(check_ins.c.day == sa.bindparam("day"), check_ins.c.due_at.is_not(None))
)
_FIRST: Final = UUID(int=0)
_LAST: Final = UUID(int=2**128 - 1)
_DAY: Final = sa.bindparam("day", type_=sa.Date)
# By elder, not by plan: what is looked up and written for each then lies side by side in the indexes of all tables.
_END_OF_PAGE: Final = Prepared(
    sa.select(check_in_plans.c.elder)
    .where(check_in_plans.c.elder > sa.bindparam("after"))
    .order_by(check_in_plans.c.elder)
    .offset(sa.bindparam("rest"))
    .limit(1)
)
#: In force and called on that day, without a row of it, not on leave, and not whom `People.not_to_be_called` names.
_MISSING: Final = (
    check_in_plans.c.elder > sa.bindparam("after"),
    check_in_plans.c.elder <= sa.bindparam("last"),
    check_in_plans.c.starts_on <= _DAY,
    check_in_plans.c.ends_on.is_(None) | (check_in_plans.c.ends_on >= _DAY),
    sa.cast(check_in_plans.c.days, sa.String).contains(sa.bindparam("weekday")),
    sa.bindparam("frequencies", type_=sa.String).contains(check_in_plans.c.every),
    ~sa.select(check_ins.c.id)
    .where(
        check_ins.c.elder == check_in_plans.c.elder,
        check_ins.c.plan == check_in_plans.c.id,
        check_ins.c.day == _DAY,
    )
    .exists(),
    ~sa.select(holds.c.id).where(holds.c.elder == check_in_plans.c.elder, *covers(_DAY)).exists(),
    sa.select(elders.c.id)
    .where(
        elders.c.id == check_in_plans.c.elder,
        elders.c.status == ElderStatus.AT_HOME.value,
        ~sa.cast(elders.c.refused, sa.String).contains(f'"{Purpose.DAILY_CALLS.value}"'),
    )
    .exists(),
)
_UNPLANNED: Final = Prepared(
    sa.select(*(check_in_plans.c[name] for name in TO_PLACE))
    .where(*_MISSING)
    .order_by(check_in_plans.c.elder, check_in_plans.c.id)
)
_ADD_MISSING: Final = {
    "sqlite": Prepared(sqlite.insert(check_ins).on_conflict_do_nothing()),
    "postgresql": Prepared(postgresql.insert(check_ins).on_conflict_do_nothing()),
}
_ATTEMPTS_OPEN: Final = (check_in_attempts.c.node == sa.bindparam("node"), check_in_attempts.c.ended_at.is_(None))
_HOW_MANY_OPEN: Final = Prepared(sa.select(sa.func.count().label("count")).where(*_ATTEMPTS_OPEN))
_ELDER_OF_LEG: Final = Prepared(
    sa.select(check_ins.c.elder)
    .join(check_in_attempts, check_in_attempts.c.check_in == check_ins.c.id, isouter=True)
    .where(sa.or_(check_in_attempts.c.id == sa.bindparam("leg"), check_ins.c.id == sa.bindparam("leg")))
    .limit(1)
)


class SqlCheckIns:
    """See `callcenter.ports.check_in_storage.CheckIns`."""

    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    def add_plan(self, plan: CheckInPlan) -> None:
        if self._in.row(sa.select(elders.c.id).where(elders.c.id == plan.elder)) is None:
            raise ElderUnknown(str(plan.elder))
        self._in.insert(check_in_plans, row_of_plan(plan))

    def save_plan(self, plan: CheckInPlan) -> None:
        if not self._in.update(check_in_plans, row_of_plan(plan)):
            raise CheckInPlanUnknown(str(plan.id))

    def plan(self, plan: UUID) -> CheckInPlan | None:
        row = self._in.row(_PLAN, {"id": plan})
        return plan_of(row) if row else None

    def plans_of(self, elder: UUID) -> list[CheckInPlan]:
        statement = sa.select(check_in_plans).where(check_in_plans.c.elder == elder).order_by(check_in_plans.c.id)
        return [plan_of(row) for row in self._in.rows(statement)]

    def unplanned(self, after: UUID | None, day: date, page: int) -> tuple[list[PlanToPlace], UUID | None]:
        ended = self._in.row(_END_OF_PAGE, {"after": after or _FIRST, "rest": page - 1})
        last = ended["elder"] if ended else None
        asked = {
            "after": after or _FIRST,
            "last": last or _LAST,
            "day": day,
            "weekday": f'"{day.isoweekday()}"',
            "frequencies": " ".join(Frequency.calling_on(day)),
        }
        return [plan_to_place(row) for row in self._in.plain(_UNPLANNED, asked)], last

    def plans_for_round(self, wanted: Round, after: UUID | None, page: int) -> list[CheckInPlan]:
        plans = check_in_plans.c
        theirs = check_in_plans.alias("theirs")
        there = sa.select(theirs.c.id).where(
            theirs.c.elder == plans.elder, theirs.c.group == wanted.name, theirs.c.starts_on == wanted.day
        )
        statement = (
            sa.select(check_in_plans)
            .join(elders, elders.c.id == plans.elder)
            .join(households, households.c.id == elders.c.household)
            .where(plans.starts_on <= wanted.day, plans.ends_on.is_(None), ~there.exists())
            .order_by(plans.id)
            .limit(page)
        )
        if wanted.district:
            statement = statement.where(households.c.district == wanted.district)
        if wanted.group:
            statement = statement.where(plans.group == wanted.group)
        if after is not None:
            statement = statement.where(plans.id > after)
        return [plan_of(row) for row in self._in.rows(statement)]

    def end_round(self, name: str, day: date, *, by: str) -> int:
        plans = check_in_plans.c
        statement = check_in_plans.update().where(plans.group == name, plans.starts_on == day, plans.ended_by == "")
        return self._in.execute(statement.values(ends_on=day - timedelta(days=1), ended_by=by)).rowcount

    def minutes_taken(self, day: date) -> Counter[int]:
        begins = moment_of(day, 0)
        rows = self._in.rows(_DUE_ON, {"day": day})
        return Counter(int((row["due_at"] - begins).total_seconds() // 60) for row in rows)

    def add(self, check_in: CheckIn) -> None:
        self._in.insert(check_ins, row_of_check_in(check_in))

    def add_missing(self, some: Sequence[CheckIn]) -> int:
        rows = [row_of_check_in(check_in) for check_in in some]
        return self._in.send(_ADD_MISSING[self._in.dialect], rows) if rows else 0

    def get(self, check_in: UUID) -> CheckIn | None:
        row = self._in.locked(_BY_ID, {"id": check_in})
        return check_in_of(row) if row else None

    def save(self, check_in: CheckIn) -> None:
        self._in.update(check_ins, row_of_check_in(check_in))

    def claim_due(self, now: datetime, until: datetime, limit: int, states: Sequence[CheckInState]) -> list[CheckIn]:
        statement, found = _DUE_ANYWHERE if self._in.locks else _DUE_HERE, list[CheckIn]()
        for state in states:
            values = {"state": state.value, "now": now, "limit": limit}
            found += [check_in_of(row) for row in self._in.rows(statement, values)]
        found = sorted(found, key=lambda check_in: (check_in.due_at, check_in.id))[:limit]
        if found:
            self._in.execute(_TAKE, {"taken": [check_in.id for check_in in found], "due_at": until})
        return found

    def open_of_elder(self, elder: UUID, day: date) -> list[CheckIn]:
        statement = sa.select(check_ins).where(check_ins.c.elder == elder, check_ins.c.day == day, _UNSETTLED)
        return [check_in_of(row) for row in self._in.rows(statement)]

    def how_many_open(self, day: date) -> int:
        statement = sa.select(sa.func.count().label("count")).where(check_ins.c.day == day, _UNSETTLED)
        [row] = self._in.rows(statement)
        return int(row["count"])

    def of_day(self, day: date, limit: int) -> list[CheckIn]:
        statement = sa.select(check_ins).where(check_ins.c.day == day)
        return [
            check_in_of(row)
            for row in self._in.rows(statement.order_by(check_ins.c.due_at, check_ins.c.id).limit(limit))
        ]

    def of_elder(self, elder: UUID, limit: int) -> list[CheckIn]:
        statement = sa.select(check_ins).where(check_ins.c.elder == elder).order_by(check_ins.c.day.desc())
        return [check_in_of(row) for row in self._in.rows(statement.limit(limit))]

    def add_attempt(self, attempt: Attempt) -> None:
        self._in.insert(check_in_attempts, row_of_attempt(attempt, self._in.vault))

    def save_attempt(self, attempt: Attempt) -> None:
        self._in.update(check_in_attempts, row_of_attempt(attempt, self._in.vault))

    def attempt(self, attempt: UUID) -> Attempt | None:
        row = self._in.locked(_ATTEMPT, {"id": attempt})
        return attempt_of(row, self._in.vault) if row else None

    def attempts_of(self, check_in: UUID) -> list[Attempt]:
        statement = sa.select(check_in_attempts).where(check_in_attempts.c.check_in == check_in)
        return self._attempts(statement.order_by(check_in_attempts.c.started_at, check_in_attempts.c.id))

    def open_attempts(self, node: str) -> list[Attempt]:
        return self._attempts(
            sa.select(check_in_attempts).where(*_ATTEMPTS_OPEN).order_by(check_in_attempts.c.id), {"node": node}
        )

    def calls_now(self, node: str) -> int:
        [row] = self._in.rows(_HOW_MANY_OPEN, {"node": node})
        return int(row["count"])

    def elder_of_leg(self, leg: UUID) -> UUID | None:
        if self._transaction.journalled:
            return None
        row = self._in.row(_ELDER_OF_LEG, {"leg": leg})
        return row["elder"] if row else None

    def _attempts(
        self, statement: sa.Select[tuple[object, ...]], values: Mapping[str, object] | None = None
    ) -> list[Attempt]:
        return [attempt_of(row, self._in.vault) for row in self._in.rows(statement, values)]

    @property
    def _in(self) -> Transaction:
        """The database's. The stand-in has no such table."""
        if self._transaction.journalled:
            raise NotWhileStorageAway("check-ins")
        return self._transaction
