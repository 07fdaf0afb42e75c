"""警情: one dataclass per state, and only the legal moves exist as methods. Standard library only.

    Waiting --claimed--> Attended --closed--> Closed
      ^  ^                  |                   |
      |  +------lost--------+                   |
      +---------------reopened------------------+

Only a disposition closes an emergency. A conversation never does. Whoever has it may leave her for a moment: it is
still attended, and `OnHold` says since when.
"""

from __future__ import annotations

from dataclasses import dataclass, field, fields, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any
from uuid import UUID

from callcenter.domain.calls import Key, Role
from callcenter.domain.ladder import Position


class State(StrEnum):
    WAITING = "waiting"  #: 等待接警: nobody has it, the ladder climbs
    ATTENDED = "attended"  #: 处置中: somebody has it
    CLOSED = "closed"  #: 已结案: an agent gave a disposition


class Step(StrEnum):
    """What a timeline entry says happened. The words stand in tables, logs and JSON; 中文 in `prompts/words.yaml`."""

    RAISED = "raised"  #: 红键报警
    JOINED_BY_ALARM = "joined_by_alarm"  #: 再次报警，并入
    IDENTIFIED = "identified"  #: 已识别身份
    IDENTITY_UNKNOWN = "identity_unknown"
    IDENTITY_AMBIGUOUS = "identity_ambiguous"
    NO_AGENT_LOGGED_IN = "no_agent_logged_in"
    NO_AGENT_FREE = "no_agent_free"
    RUNG_TRIED = "rung_tried"
    OFFERED = "offered"  #: 振铃
    OFFER_ENDED = "offer_ended"
    LADDER_RESTARTED = "ladder_restarted"
    ELDER_ANSWERED_TO = "elder_answered_to"  #: the elder heard the first prompt
    ELDER_SILENT = "elder_silent"
    ELDER_SPOKE = "elder_spoke"
    ELDER_SAID_DISTRESS = "elder_said_distress"  #: heard by the ears; decides nothing
    ASKED = "asked"  #: 询问: what we asked her and what she answered, as the words of the intents
    CLAIMED = "claimed"  #: 接警
    ON_HOLD = "on_hold"  #: 保持: the owner left her for a moment
    PARKED = "parked"  #: 挂起: the same, to take somebody else meanwhile
    RESUMED = "resumed"  #: the owner is with her again
    ENTERED_ROOM = "entered_room"
    LEFT_ROOM = "left_room"
    RESPONDER_LOST = "responder_lost"  #: nobody with her any more
    ELDER_HUNG_UP = "elder_hung_up"
    CALLING_BACK = "calling_back"
    CALL_BACK_ENDED = "call_back_ended"
    SHEET_SPOKEN = "sheet_spoken"
    REVIEWED = "reviewed"
    ADOPTED = "adopted"  #: the service restarted and found the emergency alive
    CLOSED = "closed"  #: 结案
    REOPENED = "reopened"  #: 重新打开: it goes on as if it had never been closed
    RECORDINGS_DELETED = "recordings_deleted"  #: kept for as long as their class says, and no longer


@dataclass(frozen=True, kw_only=True)
class TimelineEntry:
    """One line of the append-only timeline. `detail` holds words and ids, never illness or numbers in full."""

    id: UUID
    emergency: UUID
    at: datetime
    step: Step
    who: str = ""
    detail: str = ""


@dataclass(frozen=True, kw_only=True)
class _Emergency:
    id: UUID
    elder: UUID | None  #: None while unknown or ambiguous
    candidates: tuple[UUID, ...] = ()
    account: str = ""  #: what it was raised from; repeated presses of an unknown caller join by these
    line: str = ""
    key: Key
    ladder: str
    needs: frozenset[str] = frozenset()
    room: str  #: the conference it is handled in
    node: str  #: its home node
    opened_at: datetime
    first_claimed_at: datetime | None = None  #: when somebody had it for the first time; the figures count by this
    version: int = 0
    presses: int = 1
    elder_connected: bool = True
    silent: bool = False
    call_back_at: datetime | None = None  #: when to ring the elder back; None while connected or given up
    call_back_try: int = 0

    @property
    def priority(self) -> int:
        return self.key.priority


@dataclass(frozen=True, kw_only=True)
class Waiting(_Emergency):
    """Nobody has it: the ladder climbs."""

    due_at: datetime  #: when the next rung is tried
    position: Position = field(default_factory=Position)

    def climbed(self, position: Position, due_at: datetime) -> Waiting:
        return replace(self, position=position, due_at=due_at)

    def claimed(self, *, by: str, role: Role, offer: UUID | None, now: datetime, review_seconds: float) -> Attended:
        """Somebody answered and has it from now on."""
        return Attended(
            **_common(self) | {"first_claimed_at": self.first_claimed_at or now},
            due_at=now + timedelta(seconds=review_seconds),
            owner=by,
            owner_role=role,
            offer=offer,
            claimed_at=now,
        )


@dataclass(frozen=True, kw_only=True)
class OnHold:
    """保持: the owner has left her for a moment. She hears our voice; no other phone rings for her meanwhile."""

    since: datetime
    until: datetime  #: then the owner is called back to her
    parked: bool = False  #: 挂起: the owner takes somebody else meanwhile


@dataclass(frozen=True, kw_only=True)
class Attended(_Emergency):
    """Somebody has it: `due_at` is the next look whether they are still there; on hold, when it is offered again."""

    due_at: datetime
    owner: str  #: agent id, contact id or standby name
    owner_role: Role
    offer: UUID | None
    claimed_at: datetime
    on_hold: OnHold | None = None

    def put_on_hold(self, hold: OnHold, offered_again_at: datetime) -> Attended:
        return replace(self, on_hold=hold, due_at=offered_again_at)

    def resumed(self, now: datetime, review_seconds: float) -> Attended:
        """Somebody is with her again."""
        return replace(self.reviewed(now, review_seconds), on_hold=None)

    def reviewed(self, now: datetime, review_seconds: float) -> Attended:
        return replace(self, due_at=now + timedelta(seconds=review_seconds))

    def handed_over(self, *, by: str, role: Role, offer: UUID | None) -> Attended:
        """Another responder in the room carries on."""
        return replace(self, owner=by, owner_role=role, offer=offer, on_hold=None)

    def lost(self, now: datetime) -> Waiting:
        """Nobody is with her any more: the ladder starts at once, from its first rung."""
        return Waiting(**_common(self), due_at=now)

    def closed(self, *, by: str, disposition: str, note: str, now: datetime) -> Closed:
        return _closed(self, by=by, disposition=disposition, note=note, now=now)


@dataclass(frozen=True, kw_only=True)
class Closed(_Emergency):
    """An agent gave a disposition. Nothing more happens, unless somebody opens it again."""

    closed_at: datetime
    closed_by: str
    disposition: str
    note: str = ""

    def reopened(self, now: datetime, *, call_back_at: datetime | None) -> Waiting:
        """Nobody has it, and she is not connected: the ladder starts at once, from its first rung."""
        fresh = {"elder_connected": False, "silent": False, "call_back_at": call_back_at, "call_back_try": 0}
        return Waiting(**_common(self) | fresh, due_at=now)


Open = Waiting | Attended
Emergency = Waiting | Attended | Closed


def state_of(emergency: Emergency) -> State:
    match emergency:
        case Waiting():
            return State.WAITING
        case Attended():
            return State.ATTENDED
        case Closed():
            return State.CLOSED


def close_waiting(emergency: Waiting, *, by: str, disposition: str, note: str, now: datetime) -> Closed:
    """A supervisor closes, with a disposition, what nobody holds (e.g. after reaching her another way)."""
    return _closed(emergency, by=by, disposition=disposition, note=note, now=now)


def _closed(emergency: Open, *, by: str, disposition: str, note: str, now: datetime) -> Closed:
    common = _common(emergency) | {"call_back_at": None}
    return Closed(**common, closed_at=now, closed_by=by, disposition=disposition, note=note)


def _common(emergency: _Emergency) -> dict[str, Any]:
    return {f.name: getattr(emergency, f.name) for f in fields(_Emergency)}
