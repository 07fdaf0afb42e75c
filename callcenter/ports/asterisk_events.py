"""What Asterisk tells us."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from callcenter.domain.calls import LegOutcome, Role


@dataclass(frozen=True, kw_only=True)
class LegAnswered:
    uniqueid: str
    channel: str


@dataclass(frozen=True, kw_only=True)
class LegEnded:
    """A channel is gone. `outcome` holds only if it never answered."""

    uniqueid: str
    channel: str
    cause: int | None
    outcome: LegOutcome
    answered: bool
    role: Role | None
    emergency: UUID | None


@dataclass(frozen=True, kw_only=True)
class Claimed:
    """The dialplan's lock was won: this responder has the emergency."""

    uniqueid: str
    channel: str
    room: str
    role: Role
    target: str


@dataclass(frozen=True, kw_only=True)
class OfferAnswered:
    """A responder was late or refused."""

    uniqueid: str
    outcome: LegOutcome


@dataclass(frozen=True, kw_only=True)
class RoomEntered:
    room: str
    uniqueid: str
    channel: str
    role: Role | None


@dataclass(frozen=True, kw_only=True)
class RoomLeft:
    room: str
    uniqueid: str
    channel: str
    role: Role | None


@dataclass(frozen=True, kw_only=True)
class Talking:
    """The elder made a sound for the first time on this channel."""

    uniqueid: str
    emergency: UUID | None


@dataclass(frozen=True, kw_only=True)
class SheetSpoken:
    uniqueid: str
    room: str
    times: int


@dataclass(frozen=True, kw_only=True)
class LinkUp:
    """The manager link is up (again): reconcile."""


@dataclass(frozen=True, kw_only=True)
class LinkDown:
    pass


AsteriskEvent = (
    LegAnswered
    | LegEnded
    | Claimed
    | OfferAnswered
    | RoomEntered
    | RoomLeft
    | Talking
    | SheetSpoken
    | LinkUp
    | LinkDown
)
