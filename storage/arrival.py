"""What has to happen before the database is worked with, at start and whenever it comes back."""

from __future__ import annotations

import hmac
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from callcenter.config import Config
from callcenter.errors import WrongDataKey
from storage.changes import Change
from storage.engines import is_sqlite, open_engine, sqlite_path
from storage.faults import DatabaseGone, means_away
from storage.journal import Record
from storage.migrations import revision, upgrade_connection
from storage.replay import Replayed, replay
from storage.tables import facts
from storage.vault import Vault
from storage.working_set import read_working_set

_KEY_CHECK = "key check"
_ARRIVED = "arrived"


@dataclass(frozen=True, kw_only=True)
class Arrival:
    replayed: Replayed
    working_set: Sequence[Change]


def arrive(
    config: Config, vault: Vault, records: Callable[[], Sequence[Record]], now: datetime, *, may_be_new: bool
) -> Arrival:
    """Checks the data key, brings the tables up to date, replays, and proves that the database takes writes.

    The replay is one transaction; the records are read only once the database took a write. Blocks; raises
    `DatabaseGone` when the database is away, and `WrongDataKey` before anything was written. A blank database is
    accepted only if it `may_be_new`: one that went away full of elders does not come back empty.
    """
    engine = open_engine(config, patient=True)
    try:
        if is_sqlite(config) and may_be_new:
            make_file(config)
        with engine.connect() as connection:
            check_key(connection, vault)
            if not may_be_new and revision(connection) is None:
                raise DatabaseGone("it came back blank")
            if connection.in_transaction():
                connection.rollback()
            upgrade_connection(connection)
            with begun(connection):
                _note(connection, _KEY_CHECK, vault.key_check)
                _note(connection, _ARRIVED, now.isoformat().encode())
                replayed = replay(connection, records(), now)
                rows = read_working_set(connection)
        return Arrival(replayed=replayed, working_set=rows)
    except sa.exc.DBAPIError as error:
        if means_away(error):
            raise DatabaseGone(type(error.orig).__name__) from error
        raise
    finally:
        engine.dispose()


def is_blank(config: Config) -> bool:
    """True if the database can be reached and nothing was sealed in it yet, so that its data key may be made."""
    if is_sqlite(config) and not sqlite_path(config).exists():
        return True
    engine = open_engine(config)
    try:
        with engine.connect() as connection:
            return _kept_key_check(connection) is None
    except sa.exc.DBAPIError:
        return False
    finally:
        engine.dispose()


def make_file(config: Config) -> None:
    """The SQLite file, for its owner only. Raises `DatabaseGone`."""
    path = sqlite_path(config)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch(mode=0o600)
    except OSError as error:
        raise DatabaseGone(f"{path}: {error.strerror}") from error


@contextmanager
def begun(connection: sa.Connection) -> Iterator[None]:
    """A transaction that writes, on either database."""
    sqlite = connection.dialect.name == "sqlite"
    if sqlite:
        connection.exec_driver_sql("BEGIN IMMEDIATE")
    try:
        yield
    except BaseException:
        if sqlite:
            connection.exec_driver_sql("ROLLBACK")
        connection.rollback()
        raise
    if sqlite:
        connection.exec_driver_sql("COMMIT")
    connection.commit()


def check_key(connection: sa.Connection, vault: Vault) -> None:
    """Raises `WrongDataKey` when the database was filled under another key."""
    kept = _kept_key_check(connection)
    if kept is not None and not hmac.compare_digest(kept, vault.key_check):
        raise WrongDataKey


def _kept_key_check(connection: sa.Connection) -> bytes | None:
    if not sa.inspect(connection).has_table(facts.name):
        return None
    kept: bytes | None = connection.execute(sa.select(facts.c.value).where(facts.c.name == _KEY_CHECK)).scalar()
    return kept


def _note(connection: sa.Connection, name: str, value: bytes) -> None:
    changed = connection.execute(facts.update().where(facts.c.name == name), {"value": value})
    if not changed.rowcount:
        connection.execute(facts.insert(), {"name": name, "value": value})
