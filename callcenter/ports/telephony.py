"""Calls out, rooms and live channels, whatever switch makes them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol
from uuid import UUID

from callcenter.domain.calls import Entry, Role


@dataclass(frozen=True, kw_only=True)
class LegRequest:
    """A leg to ring. `id` becomes the Asterisk uniqueid, so that the leg is found again after a restart."""

    id: UUID
    destination: str  #: PJSIP/1001, PJSIP/13900000001@trunk …
    context: str  #: dialplan context it enters when answered (extension s)
    ring_seconds: float
    caller_name: str  #: shown on the phone that rings
    caller_number: str
    variables: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Channel:
    """A channel that is alive in Asterisk now."""

    name: str
    uniqueid: str
    up: bool
    context: str
    role: Role | None
    room: str
    emergency: UUID | None
    target: str


@dataclass(frozen=True, kw_only=True)
class Member:
    """Somebody in a room."""

    channel: str
    uniqueid: str
    role: Role | None
    marked: bool


class Telephony(Protocol):
    """What the services may do with Asterisk. Raises `AsteriskAway` or `ActionRefused`; every call is bounded."""

    async def ring(self, leg: LegRequest) -> None:
        """Starts ringing. The outcome comes as an event, even if it fails at once."""

    async def reachable(self, extension: str) -> bool:
        """Whether a telephone of this agent's, her own or one in a browser, is there to be rung."""

    async def hang_up(self, uniqueid_or_channel: str) -> None:
        """Ends a leg. A leg that is gone already is no error."""

    async def send_to(self, channel: str, context: str, extension: str) -> None:
        """Moves a live channel to a place in the dialplan."""

    async def set_variable(self, channel: str, name: str, value: str) -> None: ...
    async def channels(self) -> list[Channel]:
        """All live channels, from Asterisk itself."""

    async def members(self, room: str) -> list[Member]: ...
    async def mute(self, room: str, channel: str, *, muted: bool) -> None: ...
    async def kick(self, room: str, channel: str) -> None: ...

    async def entries(self) -> list[Entry]:
        """Entry marks that nobody has committed yet (design rule 2)."""

    async def forget_entry(self, uniqueid: str) -> None: ...
    async def mark_silent(self, room: str, *, silent: bool) -> None:
        """So that the dialplan can tell a responder in her ear that the caller has not made a sound."""

    async def say_in_room(self, room: str, sound: str) -> None:
        """Plays these sound files once, by `dialplans.variables.together`, to everybody who is in the room."""

    async def overhear(self, channel: str, sound: str) -> None:
        """Sends what is heard from this channel, and nothing else, to `uuid,host:port`, until either side ends."""
