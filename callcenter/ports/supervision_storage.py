"""Where supervisors' interventions, the roster, call audits and ladders are kept."""

from __future__ import annotations

from datetime import datetime
from typing import Protocol
from uuid import UUID

from callcenter.domain.audits import CallAudit
from callcenter.domain.ladder_versions import LadderVersion
from callcenter.domain.shifts import Shift
from callcenter.domain.supervision import Supervision


class Supervisions(Protocol):
    """Every verb raises `NotWhileStorageAway` while the journal stands in: nobody listens in unwritten."""

    def add(self, supervision: Supervision) -> None:
        """Appends. Nothing can change or delete it afterwards."""

    def of_leg(self, leg: UUID) -> Supervision | None:
        """The latest of this leg, its end too."""

    def unended(self, since: datetime) -> list[Supervision]:
        """The latest of each leg that began since then and has not ended, oldest first."""

    def recent(self, limit: int) -> list[Supervision]:
        """The newest first."""


class Shifts(Protocol):
    """排班. Every verb raises `NotWhileStorageAway` while the journal stands in."""

    def add(self, shift: Shift) -> None: ...

    def get(self, shift: UUID) -> Shift | None:
        """Locks the row until the transaction ends, where the database can."""

    def save(self, shift: Shift) -> None:
        """Writes its cancelling."""

    def between(self, begin: datetime, end: datetime) -> list[Shift]:
        """All that touch this time and were not cancelled, by their beginning."""

    def any(self) -> bool:
        """Whether a shift was ever entered."""


class CallAudits(Protocol):
    """质检. Every verb raises `NotWhileStorageAway` while the journal stands in."""

    def add(self, audit: CallAudit) -> None:
        """Appends. Nothing can change or delete it afterwards."""

    def between(self, begin: datetime, end: datetime) -> list[CallAudit]:
        """Those written then, oldest first."""

    def who_talked(self, emergency: UUID) -> list[str]:
        """Extensions of the agents who were in its room."""

    def unaudited(self, agent: str, begin: datetime, end: datetime, limit: int) -> list[UUID]:
        """Closed emergencies in which this agent talked then, and which nobody has judged; the newest first."""


class Ladders(Protocol):
    """升级方案. Every verb raises `NotWhileStorageAway` while the journal stands in."""

    def add(self, version: LadderVersion) -> None:
        """Appends. Nothing can change or delete it afterwards."""

    def latest(self, name: str) -> LadderVersion | None: ...

    def history(self, name: str, limit: int) -> list[LadderVersion]:
        """The newest first."""
