"""What a supervisor does about somebody else's talk. Each is a row that is never changed. Standard library only."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final
from uuid import UUID

REASON_AT_MOST: Final = 200  #: characters


class Intervention(StrEnum):
    """How a supervisor stands to a talk."""

    LISTEN = "listen"  #: 监听: hears both, and nobody hears her
    WHISPER = "whisper"  #: 耳语: the agent alone hears her
    JOIN = "join"  #: 插话: in the room, everybody hears her
    TAKE_OVER = "take_over"  #: 接管: in the room, and the emergency is hers
    REQUEUE = "requeue"  #: 重排: offered again
    ENDED = "ended"  #: her leg is gone

    @property
    def in_the_room(self) -> bool:
        return self in (Intervention.JOIN, Intervention.TAKE_OVER)


@dataclass(frozen=True, kw_only=True)
class Supervision:
    """One step of it: who, about whose talk, when and why."""

    id: UUID
    at: datetime
    leg: UUID | None  #: to the supervisor's own phone; None of what needs none
    who: str  #: the console's user
    extension: str  #: the supervisor's own
    emergency: UUID
    agent: str  #: who had it: an extension, or another responder's name; "" if nobody
    kind: Intervention
    why: str

    def __post_init__(self) -> None:
        """Raises `ValueError` for one without a name or a reason."""
        for name, text in (("who", self.who), ("why", self.why)):
            if not text.strip() or len(text) > REASON_AT_MOST or not text.isprintable():
                raise ValueError(f"{name} must be 1 to {REASON_AT_MOST} printable characters")
