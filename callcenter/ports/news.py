"""What the desks should know, between nodes too."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol
from uuid import UUID

from callcenter.domain.people import Presence


class NewsKind(StrEnum):
    EMERGENCY_CHANGED = "emergency_changed"
    PRESENCE_CHANGED = "presence_changed"
    STORAGE_AWAY = "storage_away"
    STORAGE_BACK = "storage_back"
    ROSTER_ALARM = "roster_alarm"  #: words: alarms, of `callcenter.domain.shifts.RosterAlarm`
    TRANSCRIPT = "transcript"  #: subject: the emergency; words: text, final ("yes" or "no"), call


@dataclass(frozen=True, kw_only=True)
class News:
    """Something the desks should know. Carries ids and words, and no personal data but a TRANSCRIPT's text."""

    kind: NewsKind
    subject: str
    words: Mapping[str, str] = field(default_factory=dict)


class Live(Protocol):
    """Presence and news between nodes. May be lost: no emergency lives only here."""

    async def publish(self, news: News) -> None:
        """Never raises: a lost Redis must not touch a call."""

    def subscribe(self) -> AbstractAsyncContextManager[AsyncIterator[News]]: ...
    async def show_presence(self, agent: UUID, presence: Presence) -> None: ...
    async def presences(self) -> Mapping[UUID, Presence]: ...
