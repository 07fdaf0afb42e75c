"""Holds and visits: absences of elders, doors to knock on. Of the database alone."""

from __future__ import annotations

from datetime import date
from typing import Final
from uuid import UUID

import sqlalchemy as sa

from callcenter.domain.check_ins import Hold
from callcenter.domain.visits import VisitTask
from callcenter.errors import ElderUnknown, NotWhileStorageAway, VisitClosed
from storage.mapping.check_ins import hold_of, row_of_hold, row_of_visit, visit_of
from storage.prepared import Prepared
from storage.tables import elders, holds, visit_tasks
from storage.transaction import Transaction

_VISIT: Final = Prepared(sa.select(visit_tasks).where(visit_tasks.c.id == sa.bindparam("id")))


def covers(day: date | sa.BindParameter[date]) -> tuple[sa.ColumnElement[bool], ...]:
    """`Hold.covers`, in the database's words."""
    hold = holds.c
    return hold.ended_at.is_(None), hold.begins <= day, hold.returns.is_(None) | (hold.returns > day)


_COVERING: Final = Prepared(
    sa.select(holds)
    .where(holds.c.elder == sa.bindparam("elder"), *covers(sa.bindparam("day", type_=sa.Date)))
    .order_by(holds.c.begins, holds.c.id)
    .limit(1)
)


class SqlHolds:
    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    def add(self, hold: Hold) -> None:
        """Raises `ElderUnknown` too."""
        if self._in.row(sa.select(elders.c.id).where(elders.c.id == hold.elder)) is None:
            raise ElderUnknown(str(hold.elder))
        self._in.insert(holds, row_of_hold(hold, self._in.vault))

    def save(self, hold: Hold) -> None:
        self._in.update(holds, row_of_hold(hold, self._in.vault))

    def of(self, elder: UUID) -> list[Hold]:
        statement = sa.select(holds).where(holds.c.elder == elder).order_by(holds.c.begins, holds.c.id)
        return [hold_of(row, self._in.vault) for row in self._in.rows(statement)]

    def covering(self, elder: UUID, day: date) -> Hold | None:
        row = self._in.row(_COVERING, {"elder": elder, "day": day})
        return hold_of(row, self._in.vault) if row else None

    @property
    def _in(self) -> Transaction:
        return _of_the_database(self._transaction)


class SqlVisits:
    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    def add(self, visit: VisitTask) -> None:
        self._in.insert(visit_tasks, row_of_visit(visit, self._in.vault))

    def get(self, visit: UUID) -> VisitTask | None:
        row = self._in.locked(_VISIT, {"id": visit})
        return visit_of(row, self._in.vault) if row else None

    def of_check_in(self, check_in: UUID) -> VisitTask | None:
        row = self._in.row(sa.select(visit_tasks).where(visit_tasks.c.check_in == check_in))
        return visit_of(row, self._in.vault) if row else None

    def save(self, visit: VisitTask) -> None:
        """Raises `VisitClosed` when it says already what was found."""
        row = row_of_visit(visit, self._in.vault)
        if not self._in.update(visit_tasks, row, visit_tasks.c.closed_at.is_(None)):
            raise VisitClosed(str(visit.id))

    def open(self, limit: int) -> list[VisitTask]:
        statement = sa.select(visit_tasks).where(visit_tasks.c.closed_at.is_(None))
        statement = statement.order_by(visit_tasks.c.opened_at, visit_tasks.c.id).limit(limit)
        return [visit_of(row, self._in.vault) for row in self._in.rows(statement)]

    @property
    def _in(self) -> Transaction:
        return _of_the_database(self._transaction)


def _of_the_database(transaction: Transaction) -> Transaction:
    """The stand-in has no such tables."""
    if transaction.journalled:
        raise NotWhileStorageAway("holds and visits")
    return transaction
