"""One connection in one transaction, and a note of everything written through it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

import sqlalchemy as sa

from storage.changes import Change, Kind
from storage.vault import Vault

ROW: Final = "row_id"


class Transaction:
    """What the repositories work with. Lives in one thread."""

    def __init__(
        self, connection: sa.Connection, vault: Vault, now: datetime, *, locks: bool = False, journalled: bool = False
    ) -> None:
        self.connection = connection
        self.vault = vault
        self.now = now
        self.locks = locks  #: rows that are read to be changed get locked (PostgreSQL, inside `transact`)
        self.journalled = journalled
        self.changes: list[Change] = []

    def rows(self, statement: sa.Select[Any], values: Mapping[str, Any] | None = None) -> list[sa.RowMapping]:
        return list(self.connection.execute(statement, values).mappings())

    def row(self, statement: sa.Select[Any], values: Mapping[str, Any] | None = None) -> sa.RowMapping | None:
        return self.connection.execute(statement, values).mappings().first()

    def locked(self, statement: sa.Select[Any], values: Mapping[str, Any] | None = None) -> sa.RowMapping | None:
        """The first row, locked until the transaction ends where the database can do that."""
        return self.row(statement.with_for_update() if self.locks else statement, values)

    def insert(self, table: sa.Table, row: Mapping[str, Any]) -> None:
        self.connection.execute(table.insert(), row)
        self.changes.append(Change(kind=Kind.INSERT, table=table, row=row))

    def update(self, table: sa.Table, row: Mapping[str, Any], *guards: sa.ColumnElement[bool]) -> bool:
        """Writes the columns in `row` to the row with its `id`. False if there is none, or a guard does not hold."""
        return self.update_by(table.update().where(table.c.id == sa.bindparam(ROW), *guards), table, row)

    def update_by(self, statement: sa.Update, table: sa.Table, row: Mapping[str, Any], **values: Any) -> bool:
        """The same by a statement that was made before, with `bindparam(ROW)` for the id and parameters of its own."""
        columns = {name: value for name, value in row.items() if name != "id"}
        done = self.connection.execute(statement, {ROW: row["id"], **values, **columns})
        if done.rowcount:
            self.changes.append(Change(kind=Kind.UPDATE, table=table, row=row))
        return bool(done.rowcount)
