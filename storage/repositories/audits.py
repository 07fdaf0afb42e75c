"""质检. Of the database alone."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

import sqlalchemy as sa

from callcenter.domain.audits import CallAudit
from callcenter.domain.calls import LegOutcome, Role
from callcenter.domain.emergencies import State
from callcenter.errors import NotWhileStorageAway
from storage.mapping.audits import audit_of, row_of_audit
from storage.tables import call_audits, emergencies, offers
from storage.transaction import Transaction

_TALKED = (LegOutcome.CLAIMED.value, LegOutcome.JOINED.value)


class SqlCallAudits:
    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    def add(self, audit: CallAudit) -> None:
        """See `callcenter.ports.supervision_storage.CallAudits`, as for all of these."""
        self._in.insert(call_audits, row_of_audit(audit, self._in.vault))

    def between(self, begin: datetime, end: datetime) -> list[CallAudit]:
        written = sa.select(call_audits).where(call_audits.c.at >= begin, call_audits.c.at < end)
        rows = self._in.rows(written.order_by(call_audits.c.at, call_audits.c.id))
        return [audit_of(row, self._in.vault) for row in rows]

    def who_talked(self, emergency: UUID) -> list[str]:
        talked = sa.select(offers.c.target).where(
            offers.c.emergency == emergency, offers.c.role == Role.AGENT.value, offers.c.outcome.in_(_TALKED)
        )
        return [row["target"] for row in self._in.rows(talked.distinct().order_by(offers.c.target))]

    def unaudited(self, agent: str, begin: datetime, end: datetime, limit: int) -> list[UUID]:
        audited = sa.select(call_audits.c.emergency).where(call_audits.c.agent == agent)
        candidates = (
            sa.select(emergencies.c.id)
            .join_from(offers, emergencies, offers.c.emergency == emergencies.c.id)
            .where(
                offers.c.target == agent,
                offers.c.role == Role.AGENT.value,
                offers.c.outcome.in_(_TALKED),
                offers.c.started_at >= begin,
                offers.c.started_at < end,
                emergencies.c.state == State.CLOSED.value,
                emergencies.c.id.not_in(audited),
            )
            .distinct()
            .order_by(emergencies.c.id.desc())
            .limit(limit)
        )
        return [row["id"] for row in self._in.rows(candidates)]

    @property
    def _in(self) -> Transaction:
        """The database's. The stand-in has no such table."""
        if self._transaction.journalled:
            raise NotWhileStorageAway("call audits")
        return self._transaction
