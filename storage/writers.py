"""Which writer a database gets."""

from __future__ import annotations

from collections.abc import Callable

import sqlalchemy as sa

from callcenter.config import Config
from storage.engines import is_sqlite, open_engine
from storage.group_commit import GroupCommit
from storage.job import Committed, Writer
from storage.pool_writer import PoolWriter
from storage.transaction import Transaction


def open_writer(config: Config, begin: Callable[[sa.Connection, bool], Transaction], committed: Committed) -> Writer:
    """`begin` is told whether rows that are read to be changed must be locked: SQLite has one writer, and need not."""
    database = config.database
    if is_sqlite(config):
        return GroupCommit(
            open_engine(config),
            lambda connection: begin(connection, False),
            committed,
            group_seconds=database.group_commit_ms / 1000,
        )
    return PoolWriter(
        open_engine(config, pool_size=database.pool_size),
        lambda connection: begin(connection, True),
        committed,
        size=database.pool_size,
    )
