"""接口: programs of others that may ask for what the pages show. Standard library only."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID


class ApiScope(StrEnum):
    """What a client may read."""

    ELDERS = "elders"  #: masked, as on the pages
    EMERGENCIES = "emergencies"
    CALLS = "calls"
    AGENTS = "agents"
    EVENTS = "events"  #: that something changed, as it happens


@dataclass(frozen=True, kw_only=True)
class ApiClient:
    """One program, and its token. Only a hash of that is kept."""

    id: UUID
    name: str  #: small letters, digits, dot, dash
    token_hash: bytes
    scopes: frozenset[ApiScope]
    added_at: datetime
    added_by: str
    ends_at: datetime
    revoked_at: datetime | None = None
    revoked_by: str = ""

    def holds(self, now: datetime) -> bool:
        """Whether its token opens anything now."""
        return self.revoked_at is None and now < self.ends_at
