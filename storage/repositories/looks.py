"""Who looked at what."""

from __future__ import annotations

import sqlalchemy as sa

from callcenter.domain.emergencies import State
from callcenter.domain.looks import ALL_LOOKS, Look, Seen, SoughtLooks
from callcenter.errors import ElderUnknown, EmergencyUnknown, NotWhileStorageAway
from storage.mapping.looks import look_of, row_of_look
from storage.tables import elders, emergencies, looks
from storage.transaction import Transaction


class SqlLooks:
    def __init__(self, transaction: Transaction) -> None:
        self._in = transaction

    def note(self, look: Look) -> None:
        """See `callcenter.ports.storage.Looks`."""
        if self._in.journalled and not self._breaks_glass(look):
            raise NotWhileStorageAway(look.what)
        if look.elder is not None and self._in.row(sa.select(elders.c.id).where(elders.c.id == look.elder)) is None:
            raise ElderUnknown(str(look.elder))
        if look.emergency is not None and self._state(look) is None:
            raise EmergencyUnknown(str(look.emergency))
        self._in.insert(looks, row_of_look(look))

    def recent(self, limit: int, sought: SoughtLooks = ALL_LOOKS) -> list[Look]:
        """The newest first."""
        statement = sa.select(looks).order_by(looks.c.at.desc(), looks.c.id.desc()).limit(limit)
        if sought.who:
            statement = statement.where(looks.c.who == sought.who)
        if sought.what is not None:
            statement = statement.where(looks.c.what == sought.what.value)
        if sought.since is not None:
            statement = statement.where(looks.c.at >= sought.since)
        if sought.before is not None:
            statement = statement.where(looks.c.at < sought.before)
        return [look_of(row) for row in self._in.rows(statement)]

    def _breaks_glass(self, look: Look) -> bool:
        return look.what is Seen.TIMELINE and self._state(look) not in (None, State.CLOSED)

    def _state(self, look: Look) -> State | None:
        row = self._in.row(sa.select(emergencies.c.state).where(emergencies.c.id == look.emergency))
        return State(row["state"]) if row else None
