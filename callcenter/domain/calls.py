"""Calls, keys, and what became of a leg. Standard library only."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID


class Key(StrEnum):
    """How a call came in."""

    RED = "red"  #: 红键: the pager's emergency key
    GREEN = "green"  #: 绿键: the pager's service key
    LANDLINE = "landline"  #: an ordinary telephone that dialled the hotline

    @property
    def priority(self) -> int:
        """1 is most urgent."""
        return {Key.RED: 1, Key.LANDLINE: 2, Key.GREEN: 3}[self]


class Role(StrEnum):
    """What a channel is to its emergency."""

    ELDER = "elder"
    AGENT = "agent"
    STANDBY = "standby"
    CONTACT = "contact"
    DISPATCHER = "dispatcher"

    @property
    def claims_by_answering(self) -> bool:
        """Only our own agents' phones claim by being answered; everyone else must press 1 (design rule, §2)."""
        return self is Role.AGENT


class LegOutcome(StrEnum):
    """What became of a leg we rang."""

    RINGING = "ringing"
    ANSWERED = "answered"  #: picked up, nothing more said yet
    CLAIMED = "claimed"  #: took the emergency
    JOINED = "joined"  #: entered the room without claiming (120, or invited by the agent)
    LATE = "late"  #: answered after somebody else had claimed
    REFUSED = "refused"  #: pressed 2, or nothing: a voicemail never presses 1
    BUSY = "busy"
    NO_ANSWER = "no_answer"
    REJECTED = "rejected"
    UNREACHABLE = "unreachable"  #: not registered, unknown number
    TRUNK_FAILURE = "trunk_failure"  #: our side's failure, never the callee's
    CANCELLED = "cancelled"  #: we stopped ringing
    LOST = "lost"  #: the service restarted and the leg was gone

    @property
    def ended(self) -> bool:
        return self not in (LegOutcome.RINGING, LegOutcome.ANSWERED, LegOutcome.CLAIMED, LegOutcome.JOINED)


#: ISDN causes as Asterisk reports them in Hangup, measured on 22.10 (docs/decisions/0006).
_OUTCOME_BY_CAUSE = {
    1: LegOutcome.UNREACHABLE,
    3: LegOutcome.UNREACHABLE,
    17: LegOutcome.BUSY,
    18: LegOutcome.UNREACHABLE,
    19: LegOutcome.NO_ANSWER,
    20: LegOutcome.UNREACHABLE,
    21: LegOutcome.REJECTED,
    28: LegOutcome.UNREACHABLE,
    34: LegOutcome.TRUNK_FAILURE,
    38: LegOutcome.TRUNK_FAILURE,
    41: LegOutcome.TRUNK_FAILURE,
    42: LegOutcome.TRUNK_FAILURE,
}


def outcome_of_cause(cause: int | None) -> LegOutcome:
    """Why a leg that never answered ended. An unknown cause counts as our own trunk's failure, never as silence."""
    return _OUTCOME_BY_CAUSE.get(cause or 0, LegOutcome.TRUNK_FAILURE)


@dataclass(frozen=True, kw_only=True)
class Entry:
    """A call at our door, as the dialplan saw it before anybody looked anything up."""

    uniqueid: str  #: Asterisk's id of the channel; one alarm per entry
    channel: str
    key: Key
    account: str  #: SIP account it came from, or "" on a trunk
    line: str  #: caller's number in E.164, or "" when withheld or unusable
    line_raw: str  #: the number as it was sent, at most 40 characters
    at: datetime

    @property
    def our_leg(self) -> UUID | None:
        """Its id, if we rang this call ourselves: Asterisk's own ids are numbers with a dot."""
        try:
            return UUID(self.uniqueid)
        except ValueError:
            return None


@dataclass(frozen=True, kw_only=True)
class Alarm:
    """报警信号: one press or call. Several alarms may join one emergency."""

    id: UUID
    emergency: UUID
    uniqueid: str
    key: Key
    account: str
    line: str
    at: datetime


@dataclass(frozen=True, kw_only=True)
class Call:
    """A call between an elder and the hotline, in either direction."""

    id: UUID
    emergency: UUID
    uniqueid: str
    channel: str  #: Asterisk's channel name while it lives
    inbound: bool
    target: str  #: what we rang on a call-back (a dial string); "" inbound
    started_at: datetime
    ended_at: datetime | None = None
    outcome: LegOutcome = LegOutcome.ANSWERED
    cause: int | None = None
    recording: str = ""  #: file name below the recordings folder


@dataclass(frozen=True, kw_only=True)
class Offer:
    """An emergency ringing at one responder. Its id is the Asterisk uniqueid of the leg, so it is found again."""

    id: UUID
    emergency: UUID
    role: Role
    target: str  #: agent's extension, contact's id, standby phone's name, or 120 route's name
    destination: str  #: what is dialled, e.g. PJSIP/1001
    round: int
    rung: int
    claims: bool  #: False for somebody whom the agent invites into the room
    started_at: datetime
    ring_seconds: float
    replaces: UUID | None = None  #: 转接: the leg of the agent who hands the emergency over
    outcome: LegOutcome = LegOutcome.RINGING
    cause: int | None = None
    ended_at: datetime | None = None
