"""Searches among emergencies, and what was decided about each. Neither the journal nor the hot cache holds these."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Final
from uuid import UUID

import sqlalchemy as sa

from callcenter.domain.calls import LegOutcome, Role
from callcenter.domain.emergencies import Emergency, State, Waiting
from callcenter.domain.records import Decision, Wanted
from callcenter.errors import ChangedMeanwhile, NotWhileStorageAway
from storage.changes import Change, Kind
from storage.mapping.emergencies import emergency_of, row_of_emergency
from storage.mapping.records import decision_of, row_of_decision
from storage.tables import (
    IS_OPEN,
    IS_RECORDED,
    alarms,
    calls,
    decisions,
    elders,
    emergencies,
    households,
    offers,
    timeline,
)
from storage.transaction import Transaction

#: What hangs on an emergency, for the copy in memory: it forgot all of it when the emergency was closed.
_CHILDREN: Final = (timeline, alarms, calls, offers)
_HAD_IT: Final = (LegOutcome.CLAIMED.value, LegOutcome.JOINED.value)


class SqlRecords:
    """See `callcenter.ports.record_storage.Records`."""

    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    def page(self, wanted: Wanted, limit: int) -> list[Emergency]:
        newest = emergencies.c.opened_at.desc(), emergencies.c.id.desc()
        statement = sa.select(emergencies).where(*_conditions(wanted)).order_by(*newest).limit(limit)
        return [emergency_of(row, self._in.vault) for row in self._in.rows(statement)]

    def decide(self, decision: Decision) -> None:
        self._in.insert(decisions, row_of_decision(decision, self._in.vault))

    def decisions(self, emergency: UUID) -> list[Decision]:
        statement = sa.select(decisions).where(decisions.c.emergency == emergency)
        found = self._in.rows(statement.order_by(decisions.c.at, decisions.c.id))
        return [decision_of(row, self._in.vault) for row in found]

    def reopen(self, emergency: Waiting) -> None:
        """The copy in memory learns of it as of a new one, with all that hangs on it."""
        read = emergency.version
        row = row_of_emergency(emergency, self._in.vault) | {"version": read + 1, "recordings_deleted_at": None}
        same = emergencies.c.id == emergency.id, emergencies.c.version == read, sa.not_(IS_OPEN)
        if not self._in.execute(emergencies.update().where(*same), row).rowcount:
            raise ChangedMeanwhile(str(emergency.id))
        self._in.changes.append(Change(kind=Kind.INSERT, table=emergencies, row=row))
        for table in _CHILDREN:
            for child in self._in.rows(sa.select(table).where(table.c.emergency == emergency.id)):
                self._in.changes.append(Change(kind=Kind.INSERT, table=table, row=dict(child)))

    def recorded_dispositions(self) -> list[str]:
        """By one step into the index for each: there are a few words, and years of rows."""
        found: list[str] = []
        while True:
            following = emergencies.c.disposition > (found[-1] if found else "")
            word = self._in.execute(sa.select(sa.func.min(emergencies.c.disposition)).where(IS_RECORDED, following))
            if (disposition := word.scalar_one()) is None:
                return found
            found.append(disposition)

    def with_recordings(self, node: str, disposition: str, closed_before: datetime, limit: int) -> list[UUID]:
        emergency = emergencies.c
        over = emergency.disposition == disposition, emergency.closed_at < closed_before, emergency.node == node
        statement = sa.select(emergency.id).where(IS_RECORDED, *over).order_by(emergency.closed_at).limit(limit)
        return list(self._in.execute(statement).scalars())

    def recordings_deleted(self, emergency: UUID, at: datetime) -> None:
        statement = emergencies.update().where(emergencies.c.id == emergency, emergencies.c.state == State.CLOSED.value)
        self._in.execute(statement, {"recordings_deleted_at": at})

    def recordings_deleted_at(self, emergency: UUID) -> datetime | None:
        row = self._in.row(sa.select(emergencies.c.recordings_deleted_at).where(emergencies.c.id == emergency))
        return row["recordings_deleted_at"] if row else None

    @property
    def _in(self) -> Transaction:
        """The database's. What the stand-in knows is not all of it, and would be taken for all."""
        if self._transaction.journalled:
            raise NotWhileStorageAway("records")
        return self._transaction


def _conditions(wanted: Wanted) -> Iterator[sa.ColumnElement[bool]]:
    emergency = emergencies.c
    yield emergency.opened_at >= wanted.since
    yield emergency.opened_at < wanted.until
    if wanted.state is not None:
        yield emergency.state == wanted.state.value
        if wanted.state is not State.CLOSED:
            yield IS_OPEN
    if wanted.disposition:
        yield emergency.disposition == wanted.disposition
    if wanted.agent:
        theirs = offers.c.emergency == emergency.id, offers.c.target == wanted.agent, offers.c.outcome.in_(_HAD_IT)
        yield sa.exists().where(*theirs, offers.c.role == Role.AGENT.value)
    if wanted.elder is not None:
        yield emergency.elder == wanted.elder
    if wanted.elder_named:
        hers = elders.c.id == emergency.elder
        yield sa.exists().where(hers, elders.c.name.startswith(wanted.elder_named, autoescape=True))
    if wanted.street:
        lives = elders.join(households, elders.c.household == households.c.id)
        street = households.c.street.startswith(wanted.street, autoescape=True)
        yield sa.exists().select_from(lives).where(elders.c.id == emergency.elder, street)
    if (place := wanted.after) is not None:
        same_moment = sa.and_(emergency.opened_at == place.opened_at, emergency.id < place.id)
        yield sa.or_(emergency.opened_at < place.opened_at, same_moment)
