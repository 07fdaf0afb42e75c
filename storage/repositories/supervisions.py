"""Supervisors' interventions. They are of the database alone."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

import sqlalchemy as sa

from callcenter.domain.supervision import Intervention, Supervision
from callcenter.errors import NotWhileStorageAway
from storage.mapping.supervisions import row_of_supervision, supervision_of
from storage.tables import supervisions
from storage.transaction import Transaction


class SqlSupervisions:
    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    def add(self, supervision: Supervision) -> None:
        """See `callcenter.ports.supervision_storage.Supervisions`, as for all of these."""
        self._in.insert(supervisions, row_of_supervision(supervision))

    def of_leg(self, leg: UUID) -> Supervision | None:
        newest = sa.select(supervisions).where(supervisions.c.leg == leg)
        row = self._in.row(newest.order_by(supervisions.c.at.desc(), supervisions.c.id.desc()).limit(1))
        return supervision_of(row) if row else None

    def unended(self, since: datetime) -> list[Supervision]:
        rows = sa.select(supervisions).where(supervisions.c.at >= since, supervisions.c.leg.is_not(None))
        latest: dict[UUID, Supervision] = {}
        for row in self._in.rows(rows.order_by(supervisions.c.at, supervisions.c.id)):
            latest[row["leg"]] = supervision_of(row)
        return [each for each in latest.values() if each.kind is not Intervention.ENDED]

    def recent(self, limit: int) -> list[Supervision]:
        newest = sa.select(supervisions).order_by(supervisions.c.at.desc(), supervisions.c.id.desc()).limit(limit)
        return [supervision_of(row) for row in self._in.rows(newest)]

    @property
    def _in(self) -> Transaction:
        """The database's. The stand-in has no such table."""
        if self._transaction.journalled:
            raise NotWhileStorageAway("supervisions")
        return self._transaction
