"""What changes while calls run: agents, open emergencies and what hangs on them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import sqlalchemy as sa

from callcenter.domain.emergencies import State
from storage.changes import Change, Kind
from storage.tables import IS_OPEN, WORKING, agents, alarms, calls, emergencies, offers, timeline

_CHILDREN = (timeline, alarms, calls, offers)


def read_working_set(connection: sa.Connection) -> list[Change]:
    """All of it, as inserts that may be written elsewhere."""
    return [
        Change(kind=Kind.INSERT, table=table, row=dict(row))
        for table, statement in _statements()
        for row in connection.execute(statement).mappings()
    ]


def write_working_set(connection: sa.Connection, rows: Sequence[Change]) -> None:
    """Replaces what was there. SQLite only."""
    for table in reversed(WORKING):
        connection.execute(table.delete())
    follow(connection, rows)


def follow(connection: sa.Connection, changes: Sequence[Change]) -> None:
    """Repeats what the database has committed; an emergency that was closed is forgotten. SQLite only."""
    for change in changes:
        table, row = change.table, change.row
        if table not in WORKING:
            continue
        if change.kind is Kind.INSERT:
            connection.execute(table.insert().prefix_with("OR REPLACE"), row)
        elif table is emergencies and row["state"] == State.CLOSED.value:
            for child in _CHILDREN:
                connection.execute(child.delete().where(child.c.emergency == row["id"]))
            connection.execute(table.delete().where(table.c.id == row["id"]))
        else:
            statement = table.update().where(table.c.id == row["id"])
            if table is emergencies:  # two writers' news may overtake each other
                statement = statement.where(table.c.version <= row["version"])
            connection.execute(statement, {name: value for name, value in row.items() if name != "id"})


def _statements() -> Iterator[tuple[sa.Table, sa.Select[tuple[object]]]]:
    yield agents, sa.select(agents)
    yield emergencies, sa.select(emergencies).where(IS_OPEN)
    for child in _CHILDREN:
        open_ids = sa.select(emergencies.c.id).where(IS_OPEN)
        yield child, sa.select(child).where(child.c.emergency.in_(open_ids))
