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
        same: list[sa.ColumnElement[bool]] = []
        if account:
            same.append(emergencies.c.account == account)
        if line:
            same.append(emergencies.c.line_index == self._in.vault.number_index(line))
        if not same:
            return None
        statement = sa.select(emergencies).where(IS_OPEN, emergencies.c.elder.is_(None), sa.or_(*same))
        return self._open(Prepared(statement.order_by(*_URGENCY).limit(1)), {})

    def open_in_room(self, room: str) -> Open | None:
        return self._open(_OPEN_IN_ROOM, {"room": room})

    def all_open(self, node: str) -> list[Open]:
        statement = sa.select(emergencies).where(IS_OPEN, emergencies.c.node == node).order_by(*_URGENCY)
        return [open_emergency_of(row, self._in.vault) for row in self._in.rows(statement)]

    def due(self, node: str, now: datetime, limit: int) -> list[UUID]:
        due = sa.or_(emergencies.c.due_at <= now, emergencies.c.call_back_at <= now)
        statement = (
            sa.select(emergencies.c.id)
            .where(IS_OPEN, emergencies.c.node == node, due)
            .order_by(emergencies.c.priority, emergencies.c.due_at, emergencies.c.id)
            .limit(limit)
        )
        return list(self._in.execute(statement).scalars())

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
