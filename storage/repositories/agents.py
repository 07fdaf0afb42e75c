"""Who answers. Whether somebody rings or talks follows from the open offers."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from functools import lru_cache
from typing import Any, Final
from uuid import UUID

import sqlalchemy as sa

from callcenter.domain.calls import LegOutcome, Role
from callcenter.domain.people import Agent, Presence
from callcenter.errors import AgentUnknown
from storage.mapping.people import agent_of, row_of_agent
from storage.prepared import Prepared, Values
from storage.tables import agents, offers
from storage.transaction import Transaction

_COLUMNS: Final = [column for column in agents.c if column.name != "updated_at"]
_NAMES: Final = [column.name for column in _COLUMNS]
_KEPT: Final = 1024  #: agents as they were read last

#: Their open offers: an agent's offer has the extension for a target.
_OPEN: Final = sa.and_(
    offers.c.target == agents.c.extension, offers.c.ended_at.is_(None), offers.c.role == Role.AGENT.value
)
# Each emergency reads these, and with fifty agents that is most of what it costs: so it is made once and read bare.
_WITH_OFFERS: Final = (
    sa.select(*_COLUMNS, offers.c.outcome).join_from(agents, offers, _OPEN, isouter=True).order_by(agents.c.extension)
)
_ALL: Final = Prepared(_WITH_OFFERS)
_BY_ID: Final = Prepared(_WITH_OFFERS.where(agents.c.id == sa.bindparam("id")))
_BY_EXTENSION: Final = Prepared(_WITH_OFFERS.where(agents.c.extension == sa.bindparam("extension")))


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
        return self._one(_BY_ID, {"id": agent})

    def by_extension(self, extension: str) -> Agent | None:
        return self._one(_BY_EXTENSION, {"extension": extension})

    def all(self) -> list[Agent]:
        return self._read(_ALL, {})

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

    def _one(self, statement: Prepared, values: Values) -> Agent | None:
        return next(iter(self._read(statement, values)), None)

    def _read(self, statement: Prepared, values: Values) -> list[Agent]:
        """An agent comes once for each open offer, or once without any."""
        found: dict[str, Agent] = {}
        busy: dict[str, Presence] = {}
        for row in self._in.plain(statement, values):
            agent, word = _agent(tuple(row[:-1])), row[-1]
            found[agent.extension] = agent
            if word == LegOutcome.RINGING.value:
                busy.setdefault(agent.extension, Presence.RINGING)
            elif word is not None and not LegOutcome(word).ended:
                busy[agent.extension] = Presence.TALKING
        return [
            replace(agent, presence=busy[extension]) if extension in busy else agent
            for extension, agent in found.items()
        ]


@lru_cache(_KEPT)
def _agent(row: tuple[Any, ...]) -> Agent:
    return agent_of(dict(zip(_NAMES, row, strict=True)))
