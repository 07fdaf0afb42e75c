"""Rules that tables alone cannot hold: timeline and looks only grow, emergencies and alarms are never deleted."""

from __future__ import annotations

from collections.abc import Iterator

NEVER_DELETED = ("emergencies", "timeline", "alarms", "looks")
NEVER_CHANGED = ("timeline", "alarms", "looks")


def triggers(dialect: str) -> Iterator[str]:
    """The statements that put the rules into a database of this dialect."""
    if dialect == "sqlite":
        yield from _sqlite_triggers()
    else:
        yield from _postgresql_triggers()


def never_deleted(dialect: str, table: str) -> Iterator[str]:
    """The same for a table that came after the first ones: its rows may change and are never deleted."""
    if dialect == "sqlite":
        yield _sqlite_trigger(table, "delete")
    else:
        yield from _postgresql_never_deleted(table)


def only_grows(dialect: str, table: str) -> Iterator[str]:
    """The same for a table whose rows are never changed either."""
    yield from never_deleted(dialect, table)
    if dialect == "sqlite":
        yield _sqlite_trigger(table, "update")
    else:
        yield _postgresql_trigger(table, "update", "ROW")


def _sqlite_triggers() -> Iterator[str]:
    for verb, names in (("delete", NEVER_DELETED), ("update", NEVER_CHANGED)):
        for table in names:
            yield _sqlite_trigger(table, verb)


def _sqlite_trigger(table: str, verb: str) -> str:
    return (
        f"CREATE TRIGGER {table}_never_{verb} BEFORE {verb.upper()} ON {table} "
        f"BEGIN SELECT RAISE(ABORT, 'no {verb} on {table}'); END"
    )


def _postgresql_triggers() -> Iterator[str]:
    yield (
        "CREATE FUNCTION hotline_refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
        "RAISE EXCEPTION 'no % on %', lower(TG_OP), TG_TABLE_NAME USING ERRCODE = 'restrict_violation'; END $$"
    )
    for table in NEVER_DELETED:
        yield from _postgresql_never_deleted(table)
    for table in NEVER_CHANGED:
        yield _postgresql_trigger(table, "update", "ROW")


def _postgresql_never_deleted(table: str) -> Iterator[str]:
    for verb, each in (("delete", "ROW"), ("truncate", "STATEMENT")):
        yield _postgresql_trigger(table, verb, each)


def _postgresql_trigger(table: str, verb: str, each: str) -> str:
    return (
        f"CREATE TRIGGER {table}_never_{verb} BEFORE {verb.upper()} ON {table} "
        f"FOR EACH {each} EXECUTE FUNCTION hotline_refuse()"
    )
