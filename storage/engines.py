"""Engines for SQLite and PostgreSQL, every wait of theirs bounded."""

from __future__ import annotations

import math
import sqlite3
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.pool import NullPool, QueuePool, StaticPool

from callcenter.config import Config, secret

PASSWORD_VARIABLE = "CALLCENTER_DATABASE_PASSWORD"  # noqa: S105 - the variable's name


def is_sqlite(config: Config) -> bool:
    return config.database.url.startswith("sqlite")


def sqlite_path(config: Config) -> Path:
    """The file behind `database.url`, absolute."""
    return config.path(Path(config.database.url.removeprefix("sqlite:///")))


def open_engine(
    config: Config, *, pool_size: int = 0, patient: bool = False, patience: float = 1.0, read_only: bool = False
) -> sa.Engine:
    """Connects to nothing yet.

    `patient` is for migrations and replays: their statements may take long; everything else is bounded by
    `patience` times `database.answer_within_seconds`. `read_only` connections commit nothing and refuse to write.
    """
    answer_seconds = config.database.answer_within_seconds
    seconds = config.database.arrive_within_seconds if patient else answer_seconds * patience
    if is_sqlite(config):
        return _sqlite_engine(sqlite_path(config), seconds=config.database.answer_within_seconds, read_only=read_only)
    url = sa.make_url(config.database.url)
    if config.database.password_file is not None:
        url = url.set(password=secret(config, config.database.password_file, PASSWORD_VARIABLE))
    milliseconds = math.ceil(seconds * 1000)
    options = {
        "statement_timeout": milliseconds,
        "lock_timeout": math.ceil(config.database.answer_within_seconds * 500),
        "idle_in_transaction_session_timeout": milliseconds * 4,
        "timezone": "UTC",
        "default_transaction_read_only": "on" if read_only else "off",
    }
    pool: dict[str, Any] = {"poolclass": NullPool}
    if pool_size:
        pool = {"poolclass": QueuePool, "pool_size": pool_size, "max_overflow": 0, "pool_timeout": seconds}
    return sa.create_engine(
        url,
        connect_args={
            "connect_timeout": max(2, math.ceil(config.database.answer_within_seconds)),  # libpq's smallest is 2
            "tcp_user_timeout": max(2000, milliseconds * 2),
            "keepalives_idle": 5,
            "keepalives_interval": 2,
            "keepalives_count": 2,
            "options": " ".join(f"-c {name}={value}" for name, value in options.items()),
        },
        **pool,
        **({"isolation_level": "AUTOCOMMIT"} if read_only else {}),
    )


def memory_engine() -> sa.Engine:
    """An SQLite database in memory on one connection, for one thread at a time. May attach files by URI."""
    return sa.create_engine(
        "sqlite://",
        creator=lambda: sqlite3.connect(":memory:", uri=True, check_same_thread=False, isolation_level=None),
        poolclass=StaticPool,
        isolation_level="AUTOCOMMIT",
    )


def file_engine(path: Path, *, read_only: bool = False) -> sa.Engine:
    """An SQLite file of our own making; no waiting, not synced at each commit."""
    return _sqlite_engine(path, seconds=1.0, read_only=read_only, synchronous="NORMAL")


def _sqlite_engine(path: Path, *, seconds: float, read_only: bool, synchronous: str = "FULL") -> sa.Engine:
    """Autocommit as far as the driver goes: transactions are begun and ended in words (`BEGIN IMMEDIATE`)."""

    def connect() -> sqlite3.Connection:
        # Half of the time somebody waits for us: a lock is reported before they give up.
        connection = sqlite3.connect(path, timeout=seconds / 2, check_same_thread=False, isolation_level=None)
        for pragma in (
            "journal_mode = WAL",
            f"synchronous = {synchronous}",
            "foreign_keys = ON",
            "recursive_triggers = ON",  # so that REPLACE cannot delete behind the triggers' back
            "cache_size = -16384",
            "temp_store = MEMORY",
            "case_sensitive_like = ON",  # as PostgreSQL's; and only so LIKE 'x%' finds its rows by an index
            f"query_only = {'ON' if read_only else 'OFF'}",
        ):
            try:
                connection.execute(f"PRAGMA {pragma}").close()
            except sqlite3.Error:
                connection.close()
                raise
        return connection

    return sa.create_engine("sqlite://", creator=connect, poolclass=NullPool, isolation_level="AUTOCOMMIT")
