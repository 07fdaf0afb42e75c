"""Telephony on a real Asterisk, with a callee that is scripted by the number rung."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest

from callcenter.asterisk.legs import Legs
from callcenter.asterisk.link import AmiLink
from callcenter.asterisk.telephony import AsteriskTelephony
from callcenter.asterisk.wire import Message
from callcenter.config import Config
from callcenter.config.asterisk import Ami, Asterisk, Trunk
from callcenter.domain.calls import Key, LegOutcome, Role
from callcenter.errors import ActionRefused, AsteriskAway
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
from callcenter.ports.telephony import LegRequest
from tests.integration.small_asterisk import BOOT_SECONDS, SECRET, SmallAsterisk

pytestmark = pytest.mark.asterisk

WITHIN_SECONDS = 5.0
EMERGENCY = UUID("01900000-0000-7000-8000-000000000001")


class Switchboard:
    """A running Asterisk, the link to it, and everything it told."""

    def __init__(self, asterisk: SmallAsterisk, trunks: tuple[Trunk, ...] = ()) -> None:
        self.asterisk = asterisk
        self.told: list[AsteriskEvent] = []
        self.raw: list[Message] = []
        self._changed = asyncio.Event()
        config = Config(asterisk=Asterisk(ami=Ami(port=asterisk.ami_port)), trunks=trunks)
        self.legs = Legs(self._tell)
        self.link = AmiLink(config.asterisk.ami, SECRET, self._hear, self.legs.up, self.legs.down)
        self.telephony = AsteriskTelephony(self.link, self.legs, config)

    def _tell(self, event: AsteriskEvent) -> None:
        self.told.append(event)
        self._changed.set()

    def _hear(self, message: Message) -> None:
        self.raw.append(message)
        self.legs.heard(message)
        self._changed.set()

    async def until(self, holds: Callable[[], bool], within_seconds: float = WITHIN_SECONDS) -> None:
        async with asyncio.timeout(within_seconds):
            while not holds():
                await self._changed.wait()
                self._changed.clear()

    def of(self, leg: UUID) -> list[AsteriskEvent]:
        return [event for event in self.told if getattr(event, "uniqueid", "") == str(leg)]

    def ends(self, leg: UUID) -> list[LegEnded]:
        return [event for event in self.of(leg) if isinstance(event, LegEnded)]

    async def end_of(self, leg: UUID) -> LegEnded:
        await self.until(lambda: bool(self.ends(leg)))
        return self.ends(leg)[0]

    async def sees(self, leg: UUID, event: type) -> None:
        await self.until(lambda: any(isinstance(each, event) for each in self.of(leg)))

    async def user_event(self, leg: UUID, name: str) -> Message:
        def found() -> list[Message]:
            return [m for m in self.raw if m.get("UserEvent") == name and m.get("Uniqueid") == str(leg)]

        await self.until(lambda: bool(found()))
        return found()[0]

    async def ring(
        self, destination: str, *, context: str = "wait", ring_seconds: float = 10.0, **variables: str
    ) -> UUID:
        leg = uuid4()
        await self.telephony.ring(
            LegRequest(
                id=leg,
                destination=destination,
                context=context,
                ring_seconds=ring_seconds,
                caller_name="王奶奶",
                caller_number="13900000001",
                variables=variables,
            )
        )
        return leg


@asynccontextmanager
async def a_switchboard(trunks: tuple[Trunk, ...] = ()) -> AsyncIterator[Switchboard]:
    async with AsyncExitStack() as stack:
        board = Switchboard(await stack.enter_async_context(SmallAsterisk()), trunks)
        await stack.enter_async_context(board.link)
        await board.until(lambda: LinkUp() in board.told, within_seconds=BOOT_SECONDS)
        yield board


@pytest.fixture
async def board() -> AsyncIterator[Switchboard]:
    async with a_switchboard() as running:
        yield running


async def test_each_way_a_leg_can_fail_is_told_once_and_by_its_name(board: Switchboard) -> None:
    expected = {
        "PJSIP/486@phones": LegOutcome.BUSY,
        "PJSIP/600@phones": LegOutcome.BUSY,
        "PJSIP/603@phones": LegOutcome.REJECTED,
        "PJSIP/480@phones": LegOutcome.NO_ANSWER,
        "PJSIP/404@phones": LegOutcome.UNREACHABLE,
        "PJSIP/484@phones": LegOutcome.UNREACHABLE,
        "PJSIP/503@phones": LegOutcome.TRUNK_FAILURE,
        "PJSIP/ring@phones": LegOutcome.NO_ANSWER,
        "PJSIP/unregistered": LegOutcome.UNREACHABLE,
        "PJSIP/no-such-endpoint": LegOutcome.UNREACHABLE,
    }
    legs = {destination: await board.ring(destination, ring_seconds=1.0) for destination in expected}
    ends = {destination: await board.end_of(leg) for destination, leg in legs.items()}
    assert {destination: end.outcome for destination, end in ends.items()} == expected
    assert not any(end.answered for end in ends.values())
    await board.telephony.channels()  # whatever could still be told has been
    assert all(len(board.ends(leg)) == 1 for leg in legs.values())


async def test_where_nobody_listens_is_unreachable_once_sip_has_given_up(board: Switchboard) -> None:
    leg = await board.ring("PJSIP/1001@deaf", ring_seconds=20.0)
    await board.until(lambda: bool(board.ends(leg)), within_seconds=10.0)
    assert [end.outcome for end in board.ends(leg)] == [LegOutcome.UNREACHABLE]


async def test_an_answered_leg_is_told_carries_its_words_and_ends_answered(board: Switchboard) -> None:
    leg = await board.ring(
        "PJSIP/answer@phones", CC_EMERGENCY=str(EMERGENCY), CC_ROLE="contact", CC_TARGET="女儿 a=b;c:d|e${EPOCH}&('x')"
    )
    arrived = await board.user_event(leg, "Arrived")
    assert arrived["Held"] == "女儿 a=b;c:d|e${EPOCH}&('x')", "a value must arrive unchanged and never be evaluated"
    assert isinstance(board.of(leg)[0], LegAnswered)
    assert '"王奶奶" <sip:13900000001@' in board.asterisk.callee.shown[0]
    [channel] = await board.telephony.channels()
    assert (channel.uniqueid, channel.up, channel.context) == (str(leg), True, "wait")
    assert (channel.role, channel.emergency) == (Role.CONTACT, EMERGENCY)
    await board.telephony.hang_up(str(leg))
    end = await board.end_of(leg)
    assert (end.outcome, end.answered, end.role, end.emergency) == (LegOutcome.ANSWERED, True, Role.CONTACT, EMERGENCY)


@pytest.mark.parametrize("value", ["a,b=c", 'say "x"', "back\\slash", "x\r\nAction: Originate", "x\x00"])
async def test_a_variable_that_would_not_arrive_unchanged_is_refused(board: Switchboard, value: str) -> None:
    with pytest.raises(ActionRefused):
        await board.ring("PJSIP/answer@phones", CC_TARGET=value)
    with pytest.raises(ActionRefused):
        await board.ring("PJSIP/answer@phones", **{"CC_TARGET=x,FUNC(y)": "1"})
    assert board.asterisk.callee.rung == []


@pytest.mark.parametrize("number", ["120", "9120", "+86120", "010120"])
async def test_an_emergency_number_gets_no_further_than_us(board: Switchboard, number: str) -> None:
    with pytest.raises(ActionRefused, match="emergency service"):
        await board.ring(f"PJSIP/{number}@phones")
    await board.sees(await board.ring("PJSIP/answer@phones"), LegAnswered)
    assert board.asterisk.callee.rung == ["answer"]


async def test_a_ringing_leg_that_we_end_is_cancelled_everywhere(board: Switchboard) -> None:
    leg = await board.ring("PJSIP/ring@phones")
    await board.until(lambda: bool(board.asterisk.callee.rung))
    await board.telephony.hang_up(str(leg))
    assert (await board.end_of(leg)).outcome is LegOutcome.CANCELLED
    await board.telephony.hang_up(str(leg))
    await board.telephony.hang_up("PJSIP/nobody-00000000")
    assert len(board.ends(leg)) == 1


async def test_a_leg_ended_in_the_moment_it_was_rung_never_rings_on(board: Switchboard) -> None:
    legs = [await board.ring("PJSIP/ring@phones") for _ in range(10)]
    await asyncio.gather(*(board.telephony.hang_up(str(leg)) for leg in legs))
    ends = [await board.end_of(leg) for leg in legs]
    assert {end.outcome for end in ends} == {LegOutcome.CANCELLED}
    assert await board.telephony.channels() == []


async def test_hostile_names_of_callers_ring_as_names_and_nothing_else(board: Switchboard) -> None:
    leg = LegRequest(
        id=uuid4(),
        destination="PJSIP/ring@phones",
        context="wait",
        ring_seconds=5.0,
        caller_name='"><sip:120@trunk>\r\nAction: Originate\\' + "王" * 500,
        caller_number='1390000\x00"<8>',
    )
    await board.telephony.ring(leg)
    await board.until(lambda: bool(board.asterisk.callee.rung))
    [shown] = board.asterisk.callee.shown
    assert shown.count("<") == shown.count(">") == 1
    assert len(await board.telephony.channels()) == 1


async def test_the_dialplans_words_and_the_room(board: Switchboard) -> None:
    carried = {"CC_EMERGENCY": str(EMERGENCY), "CC_ROOM": "r1", "CC_ROLE": "standby", "CC_TARGET": "night-desk"}
    leg = await board.ring("PJSIP/answer@phones", context="claims", **carried)
    await board.until(lambda: len(board.of(leg)) == 6)
    kinds = [type(event) for event in board.of(leg)]
    kinds.remove(RoomEntered)  # Asterisk tells of rooms past the queue of a channel's own events
    assert kinds == [LegAnswered, Claimed, SheetSpoken, OfferAnswered, OfferAnswered]
    claimed = next(event for event in board.of(leg) if isinstance(event, Claimed))
    assert (claimed.room, claimed.role, claimed.target) == ("r1", Role.STANDBY, "night-desk")

    [member] = await board.telephony.members("r1")
    assert (member.uniqueid, member.role, member.marked) == (str(leg), Role.STANDBY, True)
    for muted, said in ((True, "Yes"), (False, "No")):
        await board.telephony.mute("r1", member.channel, muted=muted)
        [listed] = await board.link.collect("ConfbridgeList", {"Conference": "r1"})
        assert listed["Muted"] == said
    await board.telephony.kick("r1", member.channel)
    await board.sees(leg, RoomLeft)
    await board.user_event(leg, "OutOfRoom")
    assert await board.telephony.members("r1") == []
    assert await board.telephony.members("no-such-room") == []
    with pytest.raises(ActionRefused):
        await board.telephony.kick("r1", member.channel)


async def test_her_first_sound_is_told_and_no_other(board: Switchboard) -> None:
    leg = await board.ring("Local/tones@talks/n", context="talks", CC_EMERGENCY=str(EMERGENCY), CC_ROLE="elder")
    await board.until(lambda: [m["Event"] for m in board.raw].count("ChannelTalkingStart") >= 2, within_seconds=15.0)
    assert [event for event in board.told if isinstance(event, Talking)] == [
        Talking(uniqueid=str(leg), emergency=EMERGENCY)
    ]


async def test_a_channel_is_moved_and_given_a_variable(board: Switchboard) -> None:
    leg = await board.ring("PJSIP/answer@phones")
    await board.sees(leg, LegAnswered)
    [channel] = await board.telephony.channels()
    await board.telephony.set_variable(channel.name, "CC_ROOM", "room, \"with\" 'odd' \\ 字")
    await board.telephony.send_to(channel.name, "wait", "moved")
    moved = await board.user_event(leg, "Moved")
    assert moved.variables["CC_ROOM"].startswith("room, ")
    with pytest.raises(ActionRefused):
        await board.telephony.set_variable(channel.name, "SHELL(true)", "x")
    with pytest.raises(ActionRefused):
        await board.telephony.send_to("PJSIP/nobody-00000000", "wait", "moved")


async def test_entry_marks_come_back_and_are_forgotten(board: Switchboard) -> None:
    now = int(datetime.now(UTC).timestamp())
    marks = {
        "1760000000.1": f"red|pager-1|13900000001|{now}|PJSIP/pager-1-00000001",
        "1760000000.2": f"green|pager-2|anonymous|\"'; DROP TABLE|{now - 60}|PJSIP/pager-2-00000002",
        "1760000000.3": "rubbish",
    }
    assert await board.telephony.entries() == []
    for uniqueid, mark in marks.items():
        await board.link.act("DBPut", {"Family": "cc/entry", "Key": uniqueid, "Val": mark})
    entries = {entry.uniqueid: entry for entry in await board.telephony.entries()}
    assert set(entries) == set(marks)
    good, odd, broken = (entries[uniqueid] for uniqueid in marks)
    assert (good.key, good.account, good.line, good.channel) == (
        Key.RED, "pager-1", "+8613900000001", "PJSIP/pager-1-00000001",
    )  # fmt: skip
    assert (odd.key, odd.line, odd.line_raw, odd.channel) == (
        Key.GREEN, "", "anonymous|\"'; DROP TABLE", "PJSIP/pager-2-00000002",
    )  # fmt: skip
    assert broken.key is Key.RED
    assert datetime.now(UTC) - broken.at < timedelta(minutes=1)
    for uniqueid in [*marks, "1760000000.1"]:
        await board.telephony.forget_entry(uniqueid)
    assert await board.telephony.entries() == []


async def test_a_room_is_marked_silent_and_back(board: Switchboard) -> None:
    async def marks() -> dict[str, str]:
        return {item["Key"]: item["Val"] for item in await board.link.collect("DBGetTree", {"Family": "cc/silent"})}

    await board.telephony.mark_silent("r1", silent=True)
    await board.telephony.mark_silent("r1", silent=True)
    assert await marks() == {"/cc/silent/r1": "1"}
    await board.telephony.mark_silent("r1", silent=False)
    await board.telephony.mark_silent("r1", silent=False)
    assert await marks() == {}


async def test_asterisk_killed_and_started_again(board: Switchboard) -> None:
    leg = await board.ring("PJSIP/answer@phones")
    await board.sees(leg, LegAnswered)
    await board.asterisk.kill()
    await board.until(lambda: LinkDown() in board.told)
    with pytest.raises(AsteriskAway):
        await board.telephony.hang_up(str(leg))
    with pytest.raises(AsteriskAway):
        await board.telephony.channels()
    await board.asterisk.start()
    await board.until(lambda: board.told.count(LinkUp()) == 2, within_seconds=BOOT_SECONDS)
    assert await board.telephony.channels() == [], "nothing survived: reconciling finds the leg gone"
    again = await board.ring("PJSIP/answer@phones")
    await board.sees(again, LegAnswered)
