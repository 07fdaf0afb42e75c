"""The way of a database from any earlier revision to the one this code needs."""

from __future__ import annotations

import threading
from functools import cache
from pathlib import Path

import sqlalchemy as sa
from alembic import command
from alembic.config import Config as AlembicConfig
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory

from callcenter.config import Config
from callcenter.errors import DatabaseTooNew
from storage.engines import open_engine

_ADVISORY_LOCK = 4_711_120  # any number, as long as every node takes the same
_upgrading = threading.Lock()  #: alembic has one context in a process: two databases at once would mix their tables


def upgrade(config: Config) -> bool:
    """Brings the configured database to this code's revision. True if anything had to be done."""
    engine = open_engine(config, patient=True)
    try:
        with engine.connect() as connection:
            return upgrade_connection(connection)
    finally:
        engine.dispose()


def revision(connection: sa.Connection) -> str | None:
    """Of this database; None when it is blank."""
    return MigrationContext.configure(connection).get_current_revision()


def head() -> str | None:
    """The revision this code needs."""
    return _revisions().get_current_head()


def upgrade_connection(connection: sa.Connection, to: str = "head") -> bool:
    """The same on a connection without an open transaction, or up to an earlier revision. All or nothing.

    Raises `DatabaseTooNew`.
    """
    script = _revisions()
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql("BEGIN IMMEDIATE")
    else:
        connection.execute(sa.text("SELECT pg_advisory_xact_lock(:number)"), {"number": _ADVISORY_LOCK})
    try:
        now = revision(connection)
        if now == script.get_current_head():
            done = False
        elif now is not None and now not in {known.revision for known in script.walk_revisions()}:
            raise DatabaseTooNew(f"revision {now}")
        else:
            settings = _alembic()
            settings.attributes["connection"] = connection
            with _upgrading:
                command.upgrade(settings, to)
            done = True
    except BaseException:
        _end(connection, "ROLLBACK")
        raise
    _end(connection, "COMMIT")
    return done


@cache
def _revisions() -> ScriptDirectory:
    """Read once: alembic compiles each revision's file anew, and nobody changes them under a running service."""
    return ScriptDirectory.from_config(_alembic())


def _end(connection: sa.Connection, how: str) -> None:
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql(how)
    (connection.commit if how == "COMMIT" else connection.rollback)()


def _alembic() -> AlembicConfig:
    settings = AlembicConfig()
    settings.set_main_option("script_location", str(Path(__file__).parent).replace("%", "%%"))
    return settings
