"""Bringing the journal into the database: every record once, whatever crashed in between."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert

from storage.changes import Change, Kind
from storage.journal import Record
from storage.tables import IS_OPEN, calls, emergencies, offers, replayed


@dataclass(frozen=True, kw_only=True)
class Replayed:
    records: int
    skipped: int  #: changes that were there already, or had been overtaken


def replay(connection: sa.Connection, records: Sequence[Record], now: datetime) -> Replayed:
    """Inside the caller's transaction. Inserts skip known ids; updates hold only where the row was not overtaken."""
    known = set(connection.execute(sa.select(replayed.c.id)).scalars()) if records else set()
    written = _Replay(connection)
    new = [record for record in records if record.id not in known]
    total = 0
    for record in new:
        skipped = sum(not written.apply(change) for change in record.changes)
        total += skipped
        row = {"id": record.id, "at": now, "changes": len(record.changes), "skipped": skipped}
        connection.execute(replayed.insert(), row)
    return Replayed(records=len(new), skipped=total)


class _Replay:
    def __init__(self, connection: sa.Connection) -> None:
        self._connection = connection
        self._insert: Any = sqlite_insert if connection.dialect.name == "sqlite" else postgresql_insert
        self._merged: dict[UUID, UUID] = {}

    def apply(self, change: Change) -> bool:
        """False if the database had it already, or knows better."""
        row = dict(change.row)
        for column in ("id", "emergency"):
            if row.get(column) in self._merged:
                row[column] = self._merged[row[column]]
        if change.kind is Kind.UPDATE:
            return self._guarded(lambda: self._update(change.table, row))
        if change.table is emergencies:
            return self._raise_emergency(row)
        return self._guarded(lambda: self._add(change.table, row))

    def _raise_emergency(self, row: dict[str, Any]) -> bool:
        """An emergency is never lost: its elder may be unknown here, or have one open already, which it then joins."""
        if self._guarded(lambda: self._add(emergencies, row)):
            return True
        same = self._connection.execute(sa.select(emergencies.c.id).where(emergencies.c.id == row["id"])).first()
        if same is not None:
            return False
        open_one = sa.and_(emergencies.c.elder == row["elder"], IS_OPEN)
        other = self._connection.execute(sa.select(emergencies.c.id).where(open_one)).scalar()
        if other is None:
            return self._guarded(lambda: self._add(emergencies, row | {"elder": None}))
        self._merged[row["id"]] = other
        return self._guarded(lambda: self._update(emergencies, row | {"id": other}))

    def _add(self, table: sa.Table, row: dict[str, Any]) -> bool:
        statement = self._insert(table).on_conflict_do_nothing().execution_options(preserve_rowcount=True)
        return bool(self._connection.execute(statement, row).rowcount == 1)

    def _update(self, table: sa.Table, row: dict[str, Any]) -> bool:
        statement = table.update().where(table.c.id == row["id"])
        if table is emergencies:
            # The version before ours; or ours, written by a slow transaction that had been given up.
            mine = table.c.version.in_((row["version"] - 1, row["version"]))
            statement = statement.where(mine, IS_OPEN)
        elif table in (offers, calls):
            statement = statement.where(sa.or_(table.c.ended_at.is_(None), sa.literal(row["ended_at"] is not None)))
        values = {name: value for name, value in row.items() if name != "id"}
        return bool(self._connection.execute(statement, values).rowcount)

    def _guarded(self, write: Any) -> bool:
        """One change that breaks a rule must not hold up all others."""
        self._connection.exec_driver_sql("SAVEPOINT change")
        try:
            done = bool(write())
        except sa.exc.IntegrityError:
            self._connection.exec_driver_sql("ROLLBACK TO SAVEPOINT change")
            done = False
        self._connection.exec_driver_sql("RELEASE SAVEPOINT change")
        return done
