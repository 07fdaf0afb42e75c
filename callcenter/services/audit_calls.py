"""质检: an emergency that is closed is judged by somebody who was not in it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from callcenter.domain.audits import CallAudit, Criterion
from callcenter.domain.emergencies import Closed
from callcenter.domain.people import Agent
from callcenter.errors import AuditFaulty, EmergencyStillOpen, EmergencyUnknown, OwnTalk
from callcenter.ports.clock import Clock
from callcenter.ports.storage import UnitOfWork


@dataclass(frozen=True, kw_only=True)
class NewAudit:
    emergency: UUID
    agent: str  #: extension
    points: Mapping[Criterion, int]
    note: str


@dataclass(frozen=True, kw_only=True)
class AgentsMonth:
    """One agent's audits of a month, and what could be judged."""

    agent: Agent
    audits: tuple[CallAudit, ...]
    candidates: tuple[UUID, ...]  #: closed emergencies of that month that nobody has judged for this agent
    short: int  #: how many are missing

    @property
    def percent(self) -> int | None:
        """On average; None without any."""
        return round(sum(each.percent for each in self.audits) / len(self.audits)) if self.audits else None


def audit_call(work: UnitOfWork, clock: Clock, new: NewAudit, *, by: str, extension: str) -> CallAudit:
    """`extension` is the auditor's own, "" for none.

    Raises `EmergencyUnknown`, `EmergencyStillOpen`, `OwnTalk`, and `AuditFaulty` when this agent was not in it or the
    points are none.
    """
    emergency = work.emergencies.get(new.emergency)
    if emergency is None:
        raise EmergencyUnknown(str(new.emergency))
    if not isinstance(emergency, Closed):
        raise EmergencyStillOpen(str(new.emergency))
    talked = work.call_audits.who_talked(new.emergency)
    if new.agent not in talked:
        raise AuditFaulty("this agent was not in it")
    if extension and extension in talked:
        raise OwnTalk(extension)
    try:
        audit = CallAudit(
            id=work.new_id(),
            at=clock.now(),
            by=by,
            emergency=new.emergency,
            agent=new.agent,
            points=new.points,
            note=new.note,
        )
    except ValueError as error:
        raise AuditFaulty(str(error)) from error
    work.call_audits.add(audit)
    return audit


def months_audits(work: UnitOfWork, begin: datetime, end: datetime, *, wanted: int, shown: int) -> list[AgentsMonth]:
    """Every agent's; `wanted` are to be written for each, `shown` candidates named at most."""
    written = work.call_audits.between(begin, end)
    months = []
    for agent in work.agents.all():
        audits = tuple(each for each in written if each.agent == agent.extension)
        candidates = tuple(work.call_audits.unaudited(agent.extension, begin, end, shown))
        months.append(
            AgentsMonth(agent=agent, audits=audits, candidates=candidates, short=max(0, wanted - len(audits)))
        )
    return months
