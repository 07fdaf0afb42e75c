"""Emergencies and their timeline."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final
from uuid import UUID

import sqlalchemy as sa

from callcenter.domain.emergencies import Closed, Emergency, Open, State, TimelineEntry
from callcenter.errors import ChangedMeanwhile, NotWhileStorageAway
from storage.mapping.emergencies import (
    emergency_of,
    open_emergency_of,
    row_of_emergency,
    row_of_timeline_entry,
    timeline_entry_of,
)
from storage.prepared import Prepared
from storage.tables import IS_OPEN, emergencies, timeline
from storage.transaction import ROW, Transaction

_URGENCY = (emergencies.c.priority, emergencies.c.opened_at, emergencies.c.id)

# Statements that every call needs are made once: making one costs more than running it.
_BY_ID: Final = Prepared(sa.select(emergencies).where(emergencies.c.id == sa.bindparam("id")))
_SAVE: Final = emergencies.update().where(
    emergencies.c.id == sa.bindparam(ROW), emergencies.c.version == sa.bindparam("stored"), IS_OPEN
)
_OPEN_OF_ELDER: Final = Prepared(
    sa.select(emergencies).where(IS_OPEN, emergencies.c.elder == sa.bindparam("elder")).order_by(*_URGENCY).limit(1)
)
_OPEN_IN_ROOM: Final = Prepared(
    sa.select(emergencies).where(IS_OPEN, emergencies.c.room == sa.bindparam("room")).order_by(*_URGENCY).limit(1)
)
_OF_ACCOUNT: Final = emergencies.c.account == sa.bindparam("account")
_OF_LINE: Final = emergencies.c.line_index == sa.bindparam("line_index")
_OPEN_OF_CALLER: Final = {
    (with_account, with_line): Prepared(
        sa.select(emergencies).where(IS_OPEN, emergencies.c.elder.is_(None), same).order_by(*_URGENCY).limit(1)
    )
    for with_account, with_line, same in (
        (True, False, _OF_ACCOUNT),
        (False, True, _OF_LINE),
        (True, True, sa.or_(_OF_ACCOUNT, _OF_LINE)),
    )
}
_ALL_OPEN: Final = Prepared(
    sa.select(emergencies).where(IS_OPEN, emergencies.c.node == sa.bindparam("node")).order_by(*_URGENCY)
)
_DUE: Final = Prepared(
    sa.select(emergencies.c.id)
    .where(
        IS_OPEN,
        emergencies.c.node == sa.bindparam("node"),
        sa.or_(emergencies.c.due_at <= sa.bindparam("now"), emergencies.c.call_back_at <= sa.bindparam("now")),
    )
    .order_by(emergencies.c.priority, emergencies.c.due_at, emergencies.c.id)
    .limit(sa.bindparam("limit"))
)


class SqlEmergencies:
    def __init__(self, transaction: Transaction) -> None:
        self._in = transaction
        self._saved: dict[UUID, int] = {}  #: version that was read, of what this transaction saved already

    def add(self, emergency: Emergency) -> None:
        self._in.insert(emergencies, row_of_emergency(emergency, self._in.vault))

    def get(self, emergency: UUID) -> Emergency | None:
        row = self._in.locked(_BY_ID, {"id": emergency})
        return emergency_of(row, self._in.vault) if row else None

    def save(self, emergency: Emergency) -> None:
        """Raises the version by one, once in a transaction.

        Raises `ChangedMeanwhile` when the version is not the one that was read, and `NotWhileStorageAway` for a
        disposition given while the journal stands in.
        """
        if isinstance(emergency, Closed) and self._in.journalled:
            raise NotWhileStorageAway(str(emergency.id))
        read = emergency.version
        stored = read + 1 if self._saved.get(emergency.id) == read else read
        row = row_of_emergency(emergency, self._in.vault) | {"version": read + 1}
        fresh = self._in.kept_back(emergencies, emergency.id)
        if fresh is not None and fresh["version"] == stored:
            fresh.update(row)
        elif not self._in.update_by(_SAVE, emergencies, row, stored=stored):
            raise ChangedMeanwhile(str(emergency.id))
        self._saved[emergency.id] = read

    def open_of_elder(self, elder: UUID) -> Open | None:
        return self._open(_OPEN_OF_ELDER, {"elder": elder})

    def open_of_caller(self, account: str, line: str) -> Open | None:
        index = self._in.vault.number_index(line) if line else None
        statement = _OPEN_OF_CALLER.get((bool(account), index is not None))
        return self._open(statement, {"account": account, "line_index": index}) if statement else None

    def open_in_room(self, room: str) -> Open | None:
        return self._open(_OPEN_IN_ROOM, {"room": room})

    def all_open(self, node: str) -> list[Open]:
        return [open_emergency_of(row, self._in.vault) for row in self._in.rows(_ALL_OPEN, {"node": node})]

    def due(self, node: str, now: datetime, limit: int) -> list[UUID]:
        return [row[0] for row in self._in.plain(_DUE, {"node": node, "now": now, "limit": limit})]

    def recent(self, limit: int, state: State | None = None) -> list[Emergency]:
        """Newest first."""
        statement = sa.select(emergencies).order_by(emergencies.c.opened_at.desc(), emergencies.c.id.desc())
        if state is not None:
            statement = statement.where(emergencies.c.state == state.value)
        return [emergency_of(row, self._in.vault) for row in self._in.rows(statement.limit(limit))]

    def of_elder(self, elder: UUID, limit: int) -> list[Emergency]:
        """The newest first."""
        hers = sa.select(emergencies).where(emergencies.c.elder == elder)
        newest = hers.order_by(emergencies.c.opened_at.desc(), emergencies.c.id.desc()).limit(limit)
        return [emergency_of(row, self._in.vault) for row in self._in.rows(newest)]

    def tell(self, entry: TimelineEntry) -> None:
        self._in.insert(timeline, row_of_timeline_entry(entry))

    def timeline(self, emergency: UUID) -> list[TimelineEntry]:
        """Oldest first."""
        statement = sa.select(timeline).where(timeline.c.emergency == emergency).order_by(timeline.c.at, timeline.c.id)
        return [timeline_entry_of(row) for row in self._in.rows(statement)]

    def _open(self, statement: Prepared, values: Mapping[str, Any]) -> Open | None:
        row = self._in.locked(statement, values)
        return open_emergency_of(row, self._in.vault) if row else None
