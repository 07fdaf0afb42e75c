"""警情记录: what is looked for among emergencies, and what was decided about each. Standard library only."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from callcenter.domain.emergencies import State


@dataclass(frozen=True, kw_only=True)
class Place:
    """Where a page of emergencies ends: the next one begins with what is older."""

    opened_at: datetime
    id: UUID


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """Which emergencies; what is empty is not asked for. A span of time always is: no search reads for years."""

    since: datetime  #: opened then or later
    until: datetime  #: opened before
    state: State | None = None
    agent: str = ""  #: extension of an agent who had it, for however long
    disposition: str = ""
    street: str = ""  #: its beginning, where the elder lives now
    elder: UUID | None = None
    elder_named: str = ""  #: the beginning of her name
    after: Place | None = None


class Decided(StrEnum):
    CLOSED = "closed"  #: 结案
    REOPENED = "reopened"  #: 重新打开


@dataclass(frozen=True, kw_only=True)
class Decision:
    """An emergency was closed, or opened again. Nothing can change or delete it afterwards."""

    id: UUID
    emergency: UUID
    at: datetime
    by: str  #: as in the timeline: `agent:1001`, or a user's name
    what: Decided
    disposition: str = ""  #: of a closing
    items: tuple[str, ...] = ()  #: of its checklist, those that were ticked
    note: str = ""  #: of an opening: why. Encrypted at rest
