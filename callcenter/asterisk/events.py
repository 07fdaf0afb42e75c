"""From Asterisk's words to ours: what one manager event means. Pure; what needs memory stands in `legs`."""

from __future__ import annotations

from typing import Final
from uuid import UUID

from callcenter.asterisk.wire import Message
from callcenter.domain.calls import LegOutcome, Role, outcome_of_cause
from callcenter.ports.asterisk_events import (
    AsteriskEvent,
    Claimed,
    LegAnswered,
    LegEnded,
    OfferAnswered,
    RoomEntered,
    RoomLeft,
    SheetSpoken,
    Talking,
)
from dialplans import variables

#: Every event that something here, in `legs`, `browser_phones` or `connection` reads; manager.conf's filter must let
#: them through. Newchannel tells a leg that failed on its way from one that never became a channel.
READ: Final = frozenset(
    {
        "ChannelTalkingStart", "ConfbridgeJoin", "ConfbridgeLeave", "ContactStatus", "DialState", "FullyBooted",
        "Hangup", "HangupRequest", "Newchannel", "Newstate", "OriginateResponse", "UserEvent",
    }
)  # fmt: skip
UP: Final = "6"  #: ChannelState of a channel that was answered; a Hangup event still carries it
EAR: Final = "AudioSocket/"  #: how the names of channels begin by which our ears listen along; nobody's leg
SPEAKER: Final = f"Local/voice@{variables.CONTEXT_SAYING}"  #: and those of a sentence that a room is told
OURS: Final = (EAR, SPEAKER)
CAUSE_CANCELLED: Final = 26  #: we hang up with it what we no longer want to ring; the phone shows no missed call


def meaning(event: Message) -> AsteriskEvent | None:
    """What this event says to us, or None. An event of ours with a part missing or wrong says nothing."""
    uniqueid = event.get("Uniqueid", "")
    channel = event.get("Channel", "")
    if channel.startswith(OURS):
        return None
    match event.get("Event"):
        case "Newstate" if event.get("ChannelState") == UP:
            return LegAnswered(uniqueid=uniqueid, channel=channel)
        case "Hangup":
            return _ended(event)
        case "ConfbridgeJoin":
            return RoomEntered(
                room=event.get("Conference", ""), uniqueid=uniqueid, channel=channel, role=role_of(event)
            )
        case "ConfbridgeLeave":
            return RoomLeft(room=event.get("Conference", ""), uniqueid=uniqueid, channel=channel, role=role_of(event))
        case "ChannelTalkingStart" if role_of(event) in (Role.ELDER, None):
            return Talking(uniqueid=uniqueid, emergency=emergency_of(event))
        case "UserEvent":
            return _of_the_dialplan(event)
    return None


def unreachable(leg: str) -> LegEnded:
    """The end of a leg that never became a channel: nobody is registered there, or no such endpoint exists."""
    return LegEnded(
        uniqueid=leg,
        channel="",
        cause=None,
        outcome=LegOutcome.UNREACHABLE,
        answered=False,
        role=None,
        emergency=None,
    )


def role_of(message: Message) -> Role | None:
    """The channel's role in its emergency, as the dialplan or we have set it."""
    return _role(message.variables.get(variables.ROLE, ""))


def emergency_of(message: Message) -> UUID | None:
    """The emergency this channel belongs to."""
    try:
        return UUID(message.variables.get(variables.EMERGENCY, ""))
    except ValueError:
        return None


def _ended(event: Message) -> LegEnded:
    cause = _number(event.get("Cause", ""))
    answered = event.get("ChannelState") == UP
    return LegEnded(
        uniqueid=event.get("Uniqueid", ""),
        channel=event.get("Channel", ""),
        cause=cause,
        outcome=LegOutcome.ANSWERED if answered else _why_unanswered(cause),
        answered=answered,
        role=role_of(event),
        emergency=emergency_of(event),
    )


def _why_unanswered(cause: int | None) -> LegOutcome:
    return LegOutcome.CANCELLED if cause == CAUSE_CANCELLED else outcome_of_cause(cause)


def _of_the_dialplan(event: Message) -> AsteriskEvent | None:
    uniqueid = event.get("Uniqueid", "")
    room = event.get("Room", "") or event.variables.get(variables.ROOM, "")
    match event.get("UserEvent"):
        case variables.EVENT_CLAIMED:
            role = _role(event.get("Role", "")) or role_of(event)
            if role is None or not uniqueid:
                return None
            target = event.get("Target", "") or event.variables.get(variables.TARGET, "")
            return Claimed(uniqueid=uniqueid, channel=event.get("Channel", ""), room=room, role=role, target=target)
        case variables.EVENT_LATE:
            return OfferAnswered(uniqueid=uniqueid, outcome=LegOutcome.LATE)
        case variables.EVENT_REFUSED:
            return OfferAnswered(uniqueid=uniqueid, outcome=LegOutcome.REFUSED)
        case variables.EVENT_SHEET:
            return SheetSpoken(uniqueid=uniqueid, room=room, times=_number(event.get("Times", "")) or 0)
    return None


def _role(word: str) -> Role | None:
    try:
        return Role(word)
    except ValueError:
        return None


def _number(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 9 else None
