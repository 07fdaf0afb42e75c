"""Which errors of a database mean that it is away, and which that the transaction should run once more."""

from __future__ import annotations

import sqlite3

import sqlalchemy as sa

from callcenter.errors import StorageAway


class DatabaseGone(StorageAway):
    """The database does not answer."""


#: SQLITE_PERM, BUSY, LOCKED, NOMEM, READONLY, IOERR, CORRUPT, FULL, CANTOPEN, PROTOCOL, NOTADB.
_SQLITE_AWAY = frozenset({3, 5, 6, 7, 8, 10, 11, 13, 14, 15, 26})
#: Connection, resources (disk full, too many connections), operator and system trouble, corruption.
_POSTGRES_AWAY = ("08", "53", "57", "58", "XX", "25006")
#: Serialization failure, deadlock, lock not available; and a unique rule that another transaction was faster to meet.
_POSTGRES_AGAIN = frozenset({"40001", "40P01", "55P03", "23505"})


def means_away(error: sa.exc.DBAPIError) -> bool:
    """The database cannot take this transaction now, whatever is in it."""
    if error.connection_invalidated:
        return True
    cause = error.orig
    if isinstance(cause, sqlite3.Error):
        return sqlite_code(cause) in _SQLITE_AWAY
    state = getattr(cause, "sqlstate", None)
    if state is None:  # psycopg never reached a server that could give one
        return isinstance(error, sa.exc.OperationalError | sa.exc.InterfaceError)
    return str(state).startswith(_POSTGRES_AWAY)


def means_again(error: sa.exc.DBAPIError) -> bool:
    """Another transaction was in the way: the same work may succeed at once."""
    return getattr(error.orig, "sqlstate", None) in _POSTGRES_AGAIN


def sqlite_code(error: sqlite3.Error) -> int:
    """The primary result code, or 0."""
    return getattr(error, "sqlite_errorcode", 0) & 0xFF


def took_too_long(error: sa.exc.DBAPIError) -> bool:
    """PostgreSQL ended this statement at its `statement_timeout`."""
    return getattr(error.orig, "sqlstate", None) == "57014"


def is_read_only(error: sa.exc.DBAPIError) -> bool:
    """A write through a connection that was opened for reading: a mistake of ours, or the hot cache's refusal."""
    if isinstance(error.orig, sqlite3.Error):
        return getattr(error.orig, "sqlite_errorcode", 0) == sqlite3.SQLITE_READONLY  # and none of its kin
    return getattr(error.orig, "sqlstate", None) == "25006"
