"""Statements that every call needs, made once.

On SQLite they also run on the driver itself. A red key takes nine statements, SQLite has one writer, and the library's
way around each costs three times what the statement does (docs/decisions/0018). PostgreSQL takes the library's way.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cached_property
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.sql.util import find_tables

Values = Mapping[str, Any]


class Prepared:
    """A SELECT or INSERT with `bindparam`s. Raises what SQLAlchemy raises, on either database."""

    def __init__(self, statement: sa.Select[Any] | sa.CompoundSelect[Any] | sa.Insert) -> None:
        self._statement: Final = statement

    @cached_property
    def names(self) -> tuple[str, ...]:
        """Of the columns that come back."""
        assert not isinstance(self._statement, sa.Insert)
        return tuple(str(column.key) for column in self._statement.selected_columns)

    @cached_property
    def tables(self) -> frozenset[Any]:
        """What it reads, subqueries included."""
        return tables_of(self._statement)

    @cached_property
    def locking(self) -> Prepared:
        """The same, with the rows locked until the transaction ends."""
        assert isinstance(self._statement, sa.Select)
        return Prepared(self._statement.with_for_update())

    def rows(self, connection: sa.Connection, values: Values) -> Sequence[Sequence[Any]]:
        """Of a SELECT."""
        if connection.dialect.name != "sqlite":
            return connection.execute(self._statement, values).all()
        return self._on_sqlite.rows(connection, values)

    def insert(self, connection: sa.Connection, rows: Sequence[Values]) -> int:
        """Of an INSERT; all rows have the same columns. How many went in."""
        if connection.dialect.name != "sqlite":
            counts = {"preserve_rowcount": True}
            return connection.execute(
                self._statement, rows if len(rows) > 1 else rows[0], execution_options=counts
            ).rowcount
        return self._on_sqlite.insert(connection, rows)

    @cached_property
    def _on_sqlite(self) -> _OnSqlite:
        return _OnSqlite(self._statement)


def tables_of(statement: sa.Executable) -> frozenset[Any]:
    """What a statement reads and changes, subqueries included."""
    return frozenset(find_tables(statement, include_joins=True, include_selects=True, include_crud=True))  # type: ignore[arg-type]


class _OnSqlite:
    """The statement's text, and how each value goes in and comes out."""

    def __init__(self, statement: Any) -> None:
        self._dialect = sa.create_engine("sqlite://").dialect
        compiled = statement.compile(dialect=self._dialect)
        self._text = str(compiled)
        self._given = dict(compiled.params)
        self._ins = [(name, self._way_in(compiled.binds[name].type)) for name in compiled.positiontup]
        columns: Iterable[Any] = () if isinstance(statement, sa.Insert) else statement.selected_columns
        self._outs = [self._way_out(column.type) for column in columns]

    def rows(self, connection: sa.Connection, values: Values) -> list[tuple[Any, ...]]:
        outs = self._outs
        found = self._say(_driver(connection).execute, self._row_in(values))
        return [
            tuple([value if out is None else out(value) for out, value in zip(outs, row, strict=True)])
            for row in found.fetchall()
        ]

    def insert(self, connection: sa.Connection, rows: Sequence[Values]) -> int:
        driver = _driver(connection)
        if len(rows) == 1:
            return self._say(driver.execute, self._row_in(rows[0])).rowcount
        return self._say(driver.executemany, [self._row_in(row) for row in rows]).rowcount

    def _row_in(self, values: Values) -> list[Any]:
        row = []
        for name, way_in in self._ins:
            value = values[name] if name in values else self._given[name]
            row.append(value if way_in is None else way_in(value))
        return row

    def _say(self, how: Callable[[str, Any], sqlite3.Cursor], values: Any) -> sqlite3.Cursor:
        try:
            return how(self._text, values)
        except sqlite3.Error as error:
            raise sa.exc.DBAPIError.instance(
                self._text, None, error, sqlite3.Error, hide_parameters=True, dialect=self._dialect
            ) from error

    def _way_in(self, kind: Any) -> Callable[[Any], Any] | None:
        way: Callable[[Any], Any] | None = kind.dialect_impl(self._dialect).bind_processor(self._dialect)
        return way

    def _way_out(self, kind: Any) -> Callable[[Any], Any] | None:
        way: Callable[[Any], Any] | None = kind.dialect_impl(self._dialect).result_processor(self._dialect, None)
        return way


def _driver(connection: sa.Connection) -> sqlite3.Connection:
    driver: Any = connection.connection.driver_connection
    return driver  # type: ignore[no-any-return]
