"""What is over, as it is searched, decided about and counted. Of the database alone."""

from __future__ import annotations

from datetime import datetime
from typing import Protocol
from uuid import UUID

from callcenter.domain.emergencies import Emergency, Waiting
from callcenter.domain.records import Decision, Wanted


class Records(Protocol):
    """Every verb raises `NotWhileStorageAway` while the journal stands in, which knows what is open and no more."""

    def page(self, wanted: Wanted, limit: int) -> list[Emergency]:
        """Newest first."""

    def decide(self, decision: Decision) -> None:
        """Appends. Nothing can change or delete it afterwards."""

    def decisions(self, emergency: UUID) -> list[Decision]:
        """Oldest first."""

    def reopen(self, emergency: Waiting) -> None:
        """Writes a closed one back as open; the version must be the one that was read. Raises `ChangedMeanwhile`."""

    def recorded_dispositions(self) -> list[str]:
        """Of closed ones whose recordings may be there still, each word once."""

    def with_recordings(self, node: str, disposition: str, closed_before: datetime, limit: int) -> list[UUID]:
        """Those of this node and disposition, as closed before then; those closed first come first."""

    def recordings_deleted(self, emergency: UUID, at: datetime) -> None:
        """They are not looked for again, unless it is opened again."""

    def recordings_deleted_at(self, emergency: UUID) -> datetime | None: ...
