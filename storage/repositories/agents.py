"""Who answers. Whether somebody rings or talks follows from the open offers."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final
from uuid import UUID

import sqlalchemy as sa

from callcenter.domain.calls import LegOutcome, Role
from callcenter.domain.people import Agent, Presence
from callcenter.errors import AgentUnknown
from storage.mapping.people import agent_of, row_of_agent
from storage.tables import agents, offers
from storage.transaction import Transaction

_COLUMNS: Final = [column for column in agents.c if column.name != "updated_at"]
_NAMES: Final = [column.name for column in _COLUMNS]
# Each emergency reads these, and with fifty agents that is most of what it costs: so they are made once and read bare.
_ALL: Final = sa.select(*_COLUMNS).order_by(agents.c.extension)
_BUSY: Final = sa.select(offers.c.target, offers.c.outcome).where(
    offers.c.ended_at.is_(None), offers.c.role == Role.AGENT.value
)


class SqlAgents:
    def __init__(self, transaction: Transaction) -> None:
        self._in = transaction

    def add(self, agent: Agent) -> None:
        self._in.insert(agents, row_of_agent(agent, self._in.now))

    def save(self, agent: Agent) -> None:
        """Writes name, extension, skills and supervisor; presence has its own verb."""
        row = row_of_agent(agent, self._in.now)
        for name in ("presence", "presence_since", "idle_since"):
            del row[name]
        if not self._in.update(agents, row):
            raise AgentUnknown(str(agent.id))

    def get(self, agent: UUID) -> Agent | None:
        return self._one(agents.c.id == agent)

    def by_extension(self, extension: str) -> Agent | None:
        return self._one(agents.c.extension == extension)

    def all(self) -> list[Agent]:
        busy = self._busy()
        rows = [dict(zip(_NAMES, row, strict=True)) for row in self._in.connection.execute(_ALL)]
        return [agent_of(row, busy.get(row["extension"])) for row in rows]

    def set_presence(self, agent: UUID, presence: Presence, since: datetime) -> None:
        row: dict[str, Any] = {
            "id": agent,
            "presence": presence.value,
            "presence_since": since,
            "updated_at": self._in.now,
        }
        if presence is Presence.FREE:
            row["idle_since"] = since
        if not self._in.update(agents, row):
            raise AgentUnknown(str(agent))

    def _one(self, condition: sa.ColumnElement[bool]) -> Agent | None:
        row = self._in.row(sa.select(agents).where(condition))
        if row is None:
            return None
        return agent_of(row, self._busy(row["extension"]).get(row["extension"]))

    def _busy(self, extension: str | None = None) -> dict[str, Presence]:
        """Agents whose phone rings or who talk, by extension, which is what an agent's offer has for a target."""
        statement = _BUSY if extension is None else _BUSY.where(offers.c.target == extension)
        busy: dict[str, Presence] = {}
        for target, word in self._in.connection.execute(statement):
            outcome = LegOutcome(word)
            if outcome is LegOutcome.RINGING:
                busy.setdefault(target, Presence.RINGING)
            elif not outcome.ended:
                busy[target] = Presence.TALKING
        return busy
