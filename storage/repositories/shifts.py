"""排班. Of the database alone."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime
from typing import Final
from uuid import UUID

import sqlalchemy as sa

from callcenter.domain.shifts import Shift
from callcenter.errors import NotWhileStorageAway
from storage.prepared import Prepared
from storage.tables import shifts
from storage.transaction import Transaction

_BY_ID: Final = Prepared(sa.select(shifts).where(shifts.c.id == sa.bindparam("id")))


class SqlShifts:
    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    def add(self, shift: Shift) -> None:
        """See `callcenter.ports.supervision_storage.Shifts`, as for all of these."""
        self._in.insert(shifts, asdict(shift))

    def get(self, shift: UUID) -> Shift | None:
        row = self._in.locked(_BY_ID, {"id": shift})
        return Shift(**row) if row else None

    def save(self, shift: Shift) -> None:
        self._in.update(shifts, asdict(shift))

    def between(self, begin: datetime, end: datetime) -> list[Shift]:
        touching = sa.select(shifts).where(
            shifts.c.ends_at > begin, shifts.c.begins_at < end, shifts.c.cancelled_at.is_(None)
        )
        return [Shift(**row) for row in self._in.rows(touching.order_by(shifts.c.begins_at, shifts.c.id))]

    def any(self) -> bool:
        return self._in.row(sa.select(shifts.c.id).limit(1)) is not None

    @property
    def _in(self) -> Transaction:
        """The database's. The stand-in has no such table."""
        if self._transaction.journalled:
            raise NotWhileStorageAway("shifts")
        return self._transaction
