"""上门任务: somebody goes and looks. Closed only with what was found. Standard library only."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from uuid import UUID


class Found(StrEnum):
    """What whoever went there found."""

    WELL = "well"  #: 平安
    OUT = "out"  #: 外出
    HELPED = "helped"  #: 已帮助
    HANDED_OVER = "handed_over"  #: 已移交: 120, 110, hospital
    NOBODY = "nobody"  #: 无人应门


@dataclass(frozen=True, kw_only=True)
class VisitTask:
    """A door to knock on, because of one check-in."""

    id: UUID
    check_in: UUID
    elder: UUID
    opened_at: datetime
    overdue_at: datetime  #: by then somebody should have said what was found; later it is the supervisor's
    accepted_at: datetime | None = None
    accepted_by: str = ""  #: contact:ID or the worker's name
    arrived_at: datetime | None = None
    found: Found | None = None
    note: str = ""
    closed_at: datetime | None = None
    closed_by: str = ""

    def accepted(self, by: str, now: datetime) -> VisitTask:
        return replace(self, accepted_at=now, accepted_by=by)

    def arrived(self, now: datetime) -> VisitTask:
        return replace(self, arrived_at=now)

    def closed(self, found: Found, *, by: str, note: str, now: datetime) -> VisitTask:
        return replace(self, found=found, note=note, closed_at=now, closed_by=by)
