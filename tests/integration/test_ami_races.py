"""Telephony where the order of what Asterisk says decides: a scripted manager interface keeps the order still."""

from __future__ import annotations

import asyncio
from uuid import UUID, uuid4

import pytest

from callcenter.asterisk.legs import Legs
from callcenter.asterisk.link import AmiLink
from callcenter.asterisk.telephony import AsteriskTelephony
from callcenter.config import Config
from callcenter.config.asterisk import Ami, Asterisk
from callcenter.domain.calls import LegOutcome
from callcenter.errors import ActionRefused, AsteriskAway
from callcenter.ports.asterisk_events import AsteriskEvent, LegEnded
from callcenter.ports.telephony import LegRequest
from tests.integration.fake_ami import Action, FakeAmi, Peer, packet


def request(leg: UUID) -> LegRequest:
    return LegRequest(
        id=leg,
        destination="PJSIP/1001",
        context="cc-offer",
        ring_seconds=5.0,
        caller_name="平安热线",
        caller_number="12349",
    )


class Board:
    """A scripted Asterisk, the link and the telephony on it."""

    def __init__(self, ami: FakeAmi) -> None:
        config = Config(asterisk=Asterisk(ami=Ami(port=ami.port, reply_within_seconds=1.0)))
        self.told: list[AsteriskEvent] = []
        self.legs = Legs(self.told.append)
        self.link = AmiLink(config.asterisk.ami, "secret", self.legs.heard, self.legs.up, self.legs.down)
        self.telephony = AsteriskTelephony(self.link, self.legs, config)


async def test_a_leg_that_is_no_channel_yet_is_hung_up_as_soon_as_it_is() -> None:
    leg = uuid4()
    tries: list[Action] = []

    async def not_there_at_first(peer: Peer, action: Action) -> None:
        tries.append(action)
        if len(tries) == 1:
            await peer.send(packet(Response="Error", ActionID=action["ActionID"], Message="No such channel"))
            await peer.send(packet(Event="Newchannel", Uniqueid=str(leg), ChannelState="0"))
        else:
            await peer.ok(action, Message="Channel Hungup")
            await peer.send(packet(Event="Hangup", Uniqueid=str(leg), ChannelState="0", Cause="0"))

    async with FakeAmi() as ami:
        ami.answers["Hangup"] = not_there_at_first
        board = Board(ami)
        async with board.link:
            await board.telephony.ring(request(leg))
            await board.telephony.hang_up(str(leg))
            await board.link.act("CoreStatus")
        assert len(tries) == 2
        assert [(e.uniqueid, e.outcome) for e in board.told if isinstance(e, LegEnded)] == [
            (str(leg), LegOutcome.CANCELLED)
        ]


async def test_a_leg_that_never_becomes_a_channel_holds_nobody_up_for_long() -> None:
    async def not_there(peer: Peer, action: Action) -> None:
        await peer.send(packet(Response="Error", ActionID=action["ActionID"], Message="No such channel"))

    async with FakeAmi() as ami:
        ami.answers["Hangup"] = not_there
        board = Board(ami)
        async with board.link, asyncio.timeout(3):
            leg = uuid4()
            await board.telephony.ring(request(leg))
            await board.telephony.hang_up(str(leg))


async def test_a_refused_leg_is_an_error_and_never_an_event() -> None:
    async def refuse(peer: Peer, action: Action) -> None:
        await peer.send(packet(Response="Error", ActionID=action["ActionID"], Message="Permission denied"))

    async with FakeAmi() as ami:
        ami.answers["Originate"] = refuse
        board = Board(ami)
        async with board.link:
            leg = uuid4()
            with pytest.raises(ActionRefused, match="Permission denied"):
                await board.telephony.ring(request(leg))
            assert board.legs.appearance(str(leg)) is None
    assert not [event for event in board.told if isinstance(event, LegEnded)]


async def test_what_is_refused_for_another_reason_than_absence_is_told() -> None:
    async def refuse(peer: Peer, action: Action) -> None:
        await peer.send(packet(Response="Error", ActionID=action["ActionID"], Message="Permission denied"))

    async with FakeAmi() as ami:
        board = Board(ami)
        for action in ("Hangup", "ConfbridgeList", "DBGetTree", "DBDel"):
            ami.answers[action] = refuse
        async with board.link:
            for work in (
                board.telephony.hang_up("PJSIP/1001-00000001"),
                board.telephony.members("r1"),
                board.telephony.entries(),
                board.telephony.forget_entry("1.1"),
            ):
                with pytest.raises(ActionRefused, match="Permission denied"):
                    await work


async def test_while_the_link_is_down_a_leg_is_an_error_at_once() -> None:
    async with FakeAmi() as ami:
        board = Board(ami)
    with pytest.raises(AsteriskAway):
        await board.telephony.ring(request(uuid4()))
