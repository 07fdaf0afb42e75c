"""A read-only copy of the people, in a file of our own, for the time the database is away.

What is sealed in the database is sealed here. Refreshed by what changed since; a page at a time, so that half a
million elders need little memory and nobody waits.
"""

from __future__ import annotations

import sqlite3
import threading
import time
import zlib
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any, Final

import sqlalchemy as sa

from storage.changes import Change
from storage.columns import Moment
from storage.engines import file_engine
from storage.tables import PEOPLE, WORKING
from storage.working_set import read_working_set, write_working_set

PAGE: Final = 250
#: A transaction may commit this much later than the `updated_at` that it wrote.
_OVERLAP: Final = timedelta(seconds=60)
_BEGINNING: Final = datetime(1970, 1, 1, tzinfo=UTC)

_seen = sa.Table("seen", sa.MetaData(), sa.Column("table", sa.String, primary_key=True), sa.Column("until", Moment))


class HotCache:
    """Thread-safe: one refresh at a time."""

    def __init__(self, path: Path) -> None:
        """Makes the file; anew when it is broken or of another shape. Raises `OSError` or SQLAlchemy's `DBAPIError`."""
        self.path = path
        self._stop = threading.Event()
        self._lock = threading.Lock()
        path.parent.mkdir(parents=True, exist_ok=True)
        fits = _fits(path)
        if not fits:
            for suffix in ("", "-wal", "-shm"):
                path.with_name(path.name + suffix).unlink(missing_ok=True)
            path.touch(mode=0o600)
        self._engine = file_engine(path)
        if not fits:
            with self._engine.connect() as connection:
                connection.exec_driver_sql("BEGIN IMMEDIATE")
                _tables().create_all(connection, checkfirst=False)
                connection.exec_driver_sql(f"PRAGMA user_version = {_shape()}")
                connection.exec_driver_sql("COMMIT")

    @property
    def uri(self) -> str:
        """For ATTACH, read-only."""
        return f"{self.path.resolve().as_uri()}?mode=ro"

    def refresh(self, source: sa.Connection, now: datetime) -> int:
        """Copies what changed since the last time; returns the number of rows. `source` must be in autocommit."""
        with self._lock, self._engine.connect() as target:
            copied = sum(self._refresh_table(source, target, table, now) for table in PEOPLE)
            target.exec_driver_sql("BEGIN IMMEDIATE")
            write_working_set(target, read_working_set(source))
            target.exec_driver_sql("COMMIT")
        return copied

    def working_set(self) -> list[Change]:
        """As it was at the last refresh: what a process that starts without the database begins with."""
        with self._engine.connect() as connection:
            return read_working_set(connection)

    def close(self) -> None:
        """Ends a refresh at its next page."""
        self._stop.set()
        with self._lock:
            self._engine.dispose()

    def _refresh_table(self, source: sa.Connection, target: sa.Connection, table: sa.Table, now: datetime) -> int:
        seen = target.execute(sa.select(_seen.c.until).where(_seen.c.table == table.name)).scalar()
        since = (seen or _BEGINNING) - _OVERLAP
        position: tuple[Any, Any] | None = None
        copied = 0
        while not self._stop.is_set():
            started = time.monotonic()
            page = [dict(row) for row in source.execute(_page(table, since, position)).mappings()]
            if page:
                target.exec_driver_sql("BEGIN IMMEDIATE")
                target.execute(table.insert().prefix_with("OR REPLACE"), page)
                target.exec_driver_sql("COMMIT")
                copied += len(page)
                position = (page[-1]["updated_at"], page[-1]["id"])
            if len(page) < PAGE:
                target.execute(_seen.insert().prefix_with("OR REPLACE"), {"table": table.name, "until": now})
                break
            self._stop.wait(time.monotonic() - started)  # half of the time belongs to the calls
        return copied


def _page(table: sa.Table, since: datetime, position: tuple[Any, Any] | None) -> sa.Select[Any]:
    statement = sa.select(table).order_by(table.c.updated_at, table.c.id).limit(PAGE)
    if position is None:
        return statement.where(table.c.updated_at >= since)
    return statement.where(sa.tuple_(table.c.updated_at, table.c.id) > sa.tuple_(*position))


@cache
def _tables() -> sa.MetaData:
    """The people and the working set without rules: what is copied obeyed them already, and comes page by page."""
    copy = sa.MetaData()
    for table in (*PEOPLE, *WORKING):
        columns = [sa.Column(column.name, column.type, primary_key=column.primary_key) for column in table.c]
        indexes = [
            sa.Index(f"hot_{index.name}", *(column.name for column in index.columns))
            for index in table.indexes
            if "updated_at" not in index.columns
        ]
        sa.Table(table.name, copy, *columns, *indexes)
    _seen.to_metadata(copy)
    return copy


@cache
def _shape() -> int:
    """Changes when a column does."""
    columns = [f"{table.name}.{column.name}:{column.type!r}" for table in (*PEOPLE, *WORKING) for column in table.c]
    return zlib.crc32("\n".join(columns).encode()) & 0x7FFFFFFF


def _fits(path: Path) -> bool:
    if not path.exists():
        return False
    with suppress(sqlite3.Error):
        connection = sqlite3.connect(path)
        try:
            (version,) = connection.execute("PRAGMA user_version").fetchone()
            connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
            return bool(version == _shape())
        finally:
            connection.close()
    return False
