"""What an elder said in a call, as the ears understood it. Standard library only."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID


@dataclass(frozen=True, kw_only=True)
class Sentence:
    """One piece between two pauses. Heard by a machine: never more than a hint. Encrypted at rest."""

    id: UUID
    emergency: UUID
    uniqueid: str  #: of her channel
    at: datetime  #: when it was understood
    words: str
    confidence: float  #: 0 … 1
