"""One connection in one transaction, and a note of everything written through it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any, Final
from uuid import UUID

import sqlalchemy as sa

from storage.changes import Change, Kind
from storage.mapping import Row
from storage.prepared import Prepared, Values, tables_of
from storage.tables import metadata
from storage.vault import Vault

ROW: Final = "row_id"

_STATEMENTS: Final = 256  #: whose tables are remembered; those made once are far fewer


class Transaction:
    """What the repositories work with. Lives in one thread.

    Rows to insert are kept back and go out together, a statement for each table, before anything reads or changes that
    table and at the end (`flush`): a red key writes nine rows, and what it waits for is the number of statements.
    """

    def __init__(
        self, connection: sa.Connection, vault: Vault, now: datetime, *, locks: bool = False, journalled: bool = False
    ) -> None:
        self.vault = vault
        self.now = now
        self.locks = locks  #: rows that are read to be changed get locked (PostgreSQL, inside `transact`)
        self.journalled = journalled
        self.changes: list[Change] = []
        self._connection = connection
        self._kept_back: dict[sa.Table, list[dict[str, Any]]] = {}

    @property
    def dialect(self) -> str:
        """sqlite or postgresql."""
        return self._connection.dialect.name

    def execute(
        self, statement: sa.Executable, values: Values | Sequence[Values] | None = None
    ) -> sa.CursorResult[Any]:
        """Sees every row that this transaction has inserted, as all of these do."""
        if self._kept_back:
            self._send(_tables_of(statement))
        return self._connection.execute(statement, values)

    def plain(self, prepared: Prepared, values: Values) -> Sequence[Sequence[Any]]:
        """Rows as bare sequences, in the order of the statement's columns."""
        if self._kept_back:
            self._send(prepared.tables)
        return prepared.rows(self._connection, values)

    def rows(self, statement: sa.Select[Any] | Prepared, values: Values | None = None) -> list[Row]:
        if isinstance(statement, Prepared):
            return [dict(zip(statement.names, row, strict=True)) for row in self.plain(statement, values or {})]
        return list(self.execute(statement, values).mappings())

    def row(self, statement: sa.Select[Any] | Prepared, values: Values | None = None) -> Row | None:
        """The first."""
        return next(iter(self.rows(statement, values)), None)

    def locked(self, statement: Prepared, values: Values) -> Row | None:
        """The first row, locked until the transaction ends where the database can do that."""
        return self.row(statement.locking if self.locks else statement, values)

    def insert(self, table: sa.Table, row: Mapping[str, Any]) -> None:
        """A rule of the database that this breaks is reported by `flush` at the latest."""
        kept = dict(row)
        self._kept_back.setdefault(table, []).append(kept)
        self.changes.append(Change(kind=Kind.INSERT, table=table, row=kept))

    def send(self, prepared: Prepared, rows: Sequence[Mapping[str, Any]]) -> int:
        """Inserts at once, by a statement that may leave rows out: how many it put in. Neither stand-in nor hot cache
        hears of them."""
        if self._kept_back:
            self.flush()
        return prepared.insert(self._connection, rows)

    def kept_back(self, table: sa.Table, row: UUID) -> dict[str, Any] | None:
        """A row that was inserted and has not gone out yet; it may be changed in place."""
        return next((kept for kept in self._kept_back.get(table, ()) if kept["id"] == row), None)

    def update(self, table: sa.Table, row: Mapping[str, Any], *guards: sa.ColumnElement[bool]) -> bool:
        """Writes the columns in `row` to the row with its `id`. False if there is none, or a guard does not hold."""
        statement = _update(table)
        return self.update_by(statement.where(*guards) if guards else statement, table, row)

    def update_by(self, statement: sa.Update, table: sa.Table, row: Mapping[str, Any], **values: Any) -> bool:
        """The same by a statement that was made before, with `bindparam(ROW)` for the id and parameters of its own."""
        columns = {name: value for name, value in row.items() if name != "id"}
        done = self.execute(statement, {ROW: row["id"], **values, **columns})
        if done.rowcount:
            self.changes.append(Change(kind=Kind.UPDATE, table=table, row=row))
        return bool(done.rowcount)

    def flush(self) -> None:
        """Sends what was kept back, tables in the order in which they need each other."""
        kept_back, self._kept_back = self._kept_back, {}
        for table in sorted(kept_back, key=_place) if len(kept_back) > 1 else kept_back:
            rows = kept_back[table]
            _insert(table).insert(self._connection, rows)

    def _send(self, needed: frozenset[Any]) -> None:
        if not self._kept_back.keys().isdisjoint(needed):
            self.flush()


@lru_cache(_STATEMENTS)
def _tables_of(statement: sa.Executable) -> frozenset[Any]:
    return tables_of(statement)


@lru_cache(None)
def _insert(table: sa.Table) -> Prepared:
    return Prepared(table.insert())


@lru_cache(None)
def _update(table: sa.Table) -> sa.Update:
    return table.update().where(table.c.id == sa.bindparam(ROW))


@lru_cache(None)
def _place(table: sa.Table) -> int:
    return metadata.sorted_tables.index(table)
