"""What manager events mean to us."""

from __future__ import annotations

import asyncio
from uuid import UUID

import pytest

from callcenter.asterisk import render
from callcenter.asterisk.events import READ, meaning
from callcenter.asterisk.legs import Legs
from callcenter.asterisk.wire import Message
from callcenter.domain.calls import LegOutcome, Role
from callcenter.ports.asterisk_events import (
    AsteriskEvent,
    Claimed,
    LegAnswered,
    LegEnded,
    LinkDown,
    LinkUp,
    OfferAnswered,
    RoomEntered,
    RoomLeft,
    SheetSpoken,
    Talking,
)

EMERGENCY = UUID("01900000-0000-7000-8000-000000000001")
LEG = "01900000-0000-7000-8000-000000000002"


def event(name: str, *, variables: dict[str, str] | None = None, **headers: str) -> Message:
    message = Message()
    message |= {"Event": name, "Channel": "PJSIP/1001-00000001", "Uniqueid": LEG, **headers}
    message.variables |= variables or {}
    return message


class Told(list[AsteriskEvent]):
    """A `Legs` with the link up, and what it told."""

    def __init__(self) -> None:
        super().__init__()
        self.legs = Legs(self.append)

    def hear(self, *events: Message) -> Told:
        for each in events:
            self.legs.heard(each)
        return self

    def ends(self) -> list[LegEnded]:
        return [each for each in self if isinstance(each, LegEnded)]


NEW = event("Newchannel", ChannelState="0")
FAILED = event("OriginateResponse", ActionID=LEG, Response="Failure", Reason="0", Channel="PJSIP/1001")
BUSY = event("Hangup", ChannelState="0", Cause="17")


# ---------------------------------------------------------------------------------------- rubbish


@pytest.mark.parametrize(
    "message",
    [
        event("Newstate", ChannelState="5"),
        event("Newstate"),
        event("UserEvent"),
        event("UserEvent", UserEvent="CCClaimed", Role="nobody"),
        event("UserEvent", UserEvent="CCStep", What="round"),
        event("SomethingNew"),
    ],
)
def test_what_says_nothing_to_us_is_nothing(message: Message) -> None:
    assert meaning(message) is None


def test_a_hangup_with_rubbish_in_it_still_ends_the_leg() -> None:
    ended = meaning(event("Hangup", Cause="٣", variables={"CC_ROLE": "queen", "CC_EMERGENCY": "not-an-id"}))
    assert isinstance(ended, LegEnded)
    assert (ended.cause, ended.role, ended.emergency, ended.answered) == (None, None, None, False)
    assert ended.outcome is LegOutcome.TRUNK_FAILURE


def test_a_bare_event_is_no_error() -> None:
    bare = Message()
    bare["Event"] = "Hangup"
    assert isinstance(meaning(bare), LegEnded)


def test_managers_filter_lets_through_what_is_read() -> None:
    assert set(render.EVENTS) >= READ


# ------------------------------------------------------------------------------------- translation


@pytest.mark.parametrize(
    ("cause", "outcome"),
    [
        ("17", LegOutcome.BUSY),
        ("21", LegOutcome.REJECTED),
        ("19", LegOutcome.NO_ANSWER),
        ("1", LegOutcome.UNREACHABLE),
        ("18", LegOutcome.UNREACHABLE),
        ("26", LegOutcome.CANCELLED),
        ("34", LegOutcome.TRUNK_FAILURE),
        ("0", LegOutcome.TRUNK_FAILURE),
        ("127", LegOutcome.TRUNK_FAILURE),
    ],
)
def test_a_leg_that_never_answered_ends_by_its_cause(cause: str, outcome: LegOutcome) -> None:
    ended = meaning(event("Hangup", ChannelState="5", Cause=cause))
    assert isinstance(ended, LegEnded)
    assert (ended.outcome, ended.answered, ended.cause) == (outcome, False, int(cause))


@pytest.mark.parametrize("cause", ["16", "17", "26", "44"])
def test_an_answered_leg_is_answered_whatever_ended_it(cause: str) -> None:
    ended = meaning(
        event("Hangup", ChannelState="6", Cause=cause, variables={"CC_ROLE": "agent", "CC_EMERGENCY": str(EMERGENCY)})
    )
    assert isinstance(ended, LegEnded)
    assert (ended.outcome, ended.answered) == (LegOutcome.ANSWERED, True)
    assert (ended.role, ended.emergency) == (Role.AGENT, EMERGENCY)


def test_the_dialplans_events() -> None:
    who = {"Room": "r1", "Role": "contact", "Target": "daughter", "Emergency": str(EMERGENCY)}
    channel = "PJSIP/1001-00000001"
    assert meaning(event("UserEvent", UserEvent="CCClaimed", **who)) == Claimed(
        uniqueid=LEG, channel=channel, room="r1", role=Role.CONTACT, target="daughter"
    )
    assert meaning(event("UserEvent", UserEvent="CCLate", **who)) == OfferAnswered(
        uniqueid=LEG, outcome=LegOutcome.LATE
    )
    assert meaning(event("UserEvent", UserEvent="CCRefused", **who)) == OfferAnswered(
        uniqueid=LEG, outcome=LegOutcome.REFUSED
    )
    assert meaning(event("UserEvent", UserEvent="CCSheet", Room="r1", Times="2")) == SheetSpoken(
        uniqueid=LEG, room="r1", times=2
    )


def test_a_claim_takes_what_it_does_not_say_from_the_channel() -> None:
    carried = {"CC_ROOM": "r1", "CC_ROLE": "agent", "CC_TARGET": "a1"}
    claimed = meaning(event("UserEvent", UserEvent="CCClaimed", Room="", variables=carried))
    assert isinstance(claimed, Claimed)
    assert (claimed.room, claimed.role, claimed.target) == ("r1", Role.AGENT, "a1")


def test_rooms_and_answers() -> None:
    channel = "PJSIP/1001-00000001"
    elder = {"CC_ROLE": "elder"}
    assert meaning(event("ConfbridgeJoin", Conference="r1", variables=elder)) == RoomEntered(
        room="r1", uniqueid=LEG, channel=channel, role=Role.ELDER
    )
    assert meaning(event("ConfbridgeLeave", Conference="r1")) == RoomLeft(
        room="r1", uniqueid=LEG, channel=channel, role=None
    )
    assert meaning(event("Newstate", ChannelState="6")) == LegAnswered(uniqueid=LEG, channel=channel)


def test_only_the_elders_first_sound_is_told() -> None:
    told = Told()
    sound = event("ChannelTalkingStart", variables={"CC_ROLE": "elder"})
    told.hear(event("ChannelTalkingStart", Uniqueid="agent", variables={"CC_ROLE": "agent"}))
    told.hear(sound, sound, event("ChannelTalkingStart", Uniqueid="2.2"))
    assert [each.uniqueid for each in told if isinstance(each, Talking)] == [LEG, "2.2"]


# ---------------------------------------------------------------------------- one end for every leg


@pytest.mark.parametrize(
    ("heard", "outcome"),
    [
        ((NEW, FAILED, BUSY), LegOutcome.BUSY),
        ((NEW, BUSY, FAILED), LegOutcome.BUSY),
        ((FAILED, NEW, BUSY), LegOutcome.BUSY),
        ((FAILED, BUSY), LegOutcome.BUSY),
        ((FAILED,), LegOutcome.UNREACHABLE),
        ((FAILED, FAILED), LegOutcome.UNREACHABLE),
    ],
)
async def test_a_failed_leg_ends_once_in_whatever_order_it_is_told(
    heard: tuple[Message, ...], outcome: LegOutcome
) -> None:
    told = Told()
    told.legs.ask(LEG)
    over = told.legs.appearance(LEG)
    assert over is not None
    told.hear(*heard)
    await asyncio.wait_for(over.wait(), 2)
    assert [(each.uniqueid, each.outcome) for each in told.ends()] == [(LEG, outcome)]


RANG = event("DialState", DestUniqueid=LEG, DialStatus="RINGING", Uniqueid="")
OURS = event("Hangup", ChannelState="0", Cause="19", TechCause="480")


@pytest.mark.parametrize(
    ("heard", "outcome"),
    [
        ((NEW, OURS), LegOutcome.TRUNK_FAILURE),
        ((NEW, RANG, OURS), LegOutcome.NO_ANSWER),
        ((NEW, event("HangupRequest", TechCause="480"), OURS), LegOutcome.NO_ANSWER),
        ((NEW, event("HangupRequest", TechCause="408"), OURS), LegOutcome.TRUNK_FAILURE),
        ((NEW, event("HangupRequest"), BUSY), LegOutcome.BUSY),
        ((FAILED,), LegOutcome.TRUNK_FAILURE),
    ],
)
async def test_a_leg_by_a_trunk_that_rang_nowhere_is_the_trunks_failure(
    heard: tuple[Message, ...], outcome: LegOutcome
) -> None:
    told = Told()
    told.legs.ask(LEG, by_trunk=True)
    over = told.legs.appearance(LEG)
    assert over is not None
    told.hear(*heard)
    await asyncio.wait_for(over.wait(), 2)
    assert [each.outcome for each in told.ends()] == [outcome]


def test_an_answered_leg_ends_once_when_it_hangs_up() -> None:
    told = Told()
    told.legs.ask(LEG)
    told.hear(NEW, event("OriginateResponse", ActionID=LEG, Response="Success"), event("Newstate", ChannelState="6"))
    assert told.ends() == []
    told.hear(event("Hangup", ChannelState="6", Cause="16"))
    assert [each.answered for each in told.ends()] == [True]


def test_a_failure_that_nobody_asked_for_is_nobodys_leg() -> None:
    assert Told().hear(FAILED).ends() == []


async def test_a_leg_of_an_earlier_connection_is_left_to_reconciling() -> None:
    told = Told()
    told.legs.up()
    told.legs.ask(LEG)
    told.legs.down()
    told.legs.up()
    told.hear(FAILED)
    await asyncio.sleep(0)
    assert told == [LinkUp(), LinkDown(), LinkUp()]
