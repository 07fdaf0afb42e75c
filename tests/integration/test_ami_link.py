"""The manager link against a server that behaves well, badly, or not at all."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest

from callcenter.asterisk.link import AmiLink
from callcenter.asterisk.wire import MESSAGE_AT_MOST, Message
from callcenter.config.asterisk import Ami
from callcenter.errors import ActionRefused, AsteriskAway
from tests.integration.fake_ami import BOOTED, GREETING, Action, FakeAmi, Peer, flood, packet

WITHIN_SECONDS = 5.0


class Heard:
    """Collects what the link says; `until` waits for it."""

    def __init__(self) -> None:
        self.events: list[Message] = []
        self.ups = 0
        self.downs = 0
        self._changed = asyncio.Event()

    def event(self, message: Message) -> None:
        self.events.append(message)
        self._changed.set()

    def up(self) -> None:
        self.ups += 1
        self._changed.set()

    def down(self) -> None:
        self.downs += 1
        self._changed.set()

    async def until(self, holds: Callable[[], bool], within_seconds: float = WITHIN_SECONDS) -> None:
        async with asyncio.timeout(within_seconds):
            while not holds():
                await self._changed.wait()
                self._changed.clear()

    def names(self) -> list[str]:
        return [event["Event"] for event in self.events]


def settings(port: int, **changed: float) -> Ami:
    quick = {"reply_within_seconds": 0.3, "ping_every_seconds": 0.1, "reconnect_at_most_seconds": 0.2}
    return Ami(port=port, **(quick | changed))  # type: ignore[arg-type]


@asynccontextmanager
async def linked(ami: FakeAmi, heard: Heard, **changed: float) -> AsyncIterator[AmiLink]:
    async with AmiLink(settings(ami.port, **changed), "secret", heard.event, heard.up, heard.down) as link:
        yield link


@pytest.fixture
async def ami() -> AsyncIterator[FakeAmi]:
    async with FakeAmi() as server:
        yield server


@pytest.fixture
def heard() -> Heard:
    return Heard()


async def _say_nothing(peer: Peer, action: Action) -> None:
    pass


async def _hang_up(peer: Peer, action: Action) -> None:
    peer.drop()


# ------------------------------------------------------------------------------ EOF, silence, rubbish


async def test_the_end_of_the_stream_in_the_greeting_is_survived(heard: Heard) -> None:
    async with FakeAmi(greeting=b"Asterisk Ca") as ami, linked(ami, heard) as link:
        ami.answers = {}
        assert ami.peer is not None
        ami.peer.drop()
        ami.greeting = GREETING
        await heard.until(lambda: link.up)


async def test_silence_instead_of_a_greeting_is_bounded(heard: Heard) -> None:
    async with FakeAmi(greeting=b"") as ami, asyncio.timeout(2), linked(ami, heard) as link:
        assert not link.up
        with pytest.raises(AsteriskAway):
            await link.act("Ping")
    assert heard.ups == heard.downs == 0


@pytest.mark.parametrize(
    "rubbish", [b"\r\n", b"\x00" * 500, b"HTTP/1.1 400 Bad Request\r\n\r\n", b"SSH-2.0-x\r\n", b"\xff" * 300]
)
async def test_what_is_no_manager_interface_is_left_alone(heard: Heard, rubbish: bytes) -> None:
    async with FakeAmi(greeting=rubbish) as ami, linked(ami, heard) as link:
        assert not link.up
    assert not [action for action in ami.actions if action["Action"] == "Login"], "the secret was sent to a stranger"


async def test_silence_after_the_login_is_bounded(ami: FakeAmi, heard: Heard) -> None:
    ami.answers["Login"] = _say_nothing
    async with asyncio.timeout(2), linked(ami, heard) as link:
        assert not link.up


async def test_a_wrong_secret_never_brings_the_link_up_but_is_tried_again(ami: FakeAmi, heard: Heard) -> None:
    refusals = 0

    async def refuse_twice(peer: Peer, action: Action) -> None:
        nonlocal refusals
        refusals += 1
        if refusals > 2:
            await peer.ok(action)
            await peer.send(BOOTED)
        else:
            await peer.send(packet(Response="Error", ActionID=action["ActionID"], Message="Authentication failed"))

    ami.answers["Login"] = refuse_twice
    async with linked(ami, heard):
        await heard.until(lambda: heard.ups == 1)
    assert refusals == 3


async def test_rubbish_between_messages_changes_nothing(ami: FakeAmi, heard: Heard) -> None:
    async with linked(ami, heard) as link:
        assert ami.peer is not None
        for rubbish in (
            b"\xff\xfe: \xc3\r\n\r\n",
            b":::\r\n\r\n",
            b"no colon here\r\n\r\n",
            b"\r\n\r\n\r\n",
            b"Response: Success\r\nActionID: nobody\r\n\r\n",
        ):
            await ami.peer.send(rubbish)
        await ami.peer.send(packet(Event="Mark"))
        await heard.until(lambda: "Mark" in heard.names())
        assert (await link.act("Ping"))["Response"] == "Success"
    assert heard.downs == 1


async def test_a_message_without_an_end_is_left_out_and_the_next_one_heard(ami: FakeAmi, heard: Heard) -> None:
    async with linked(ami, heard, reply_within_seconds=2):
        assert ami.peer is not None
        await ami.peer.send(
            b"Event: Huge\r\nValue: " + b"x" * (3 * MESSAGE_AT_MOST) + b"\r\n\r\n" + packet(Event="Mark")
        )
        await heard.until(lambda: "Mark" in heard.names())
    assert "Huge" not in heard.names()


async def test_a_name_in_utf8_split_over_two_packets_arrives_whole(ami: FakeAmi, heard: Heard) -> None:
    async with linked(ami, heard):
        name = "王奶奶".encode()
        assert ami.peer is not None
        await ami.peer.send(b"Event: Newchannel\r\nCallerIDName: " + name[:4])
        await asyncio.sleep(0)
        await ami.peer.send(name[4:] + b"\r\n\r\n")
        await heard.until(lambda: "Newchannel" in heard.names())
    assert heard.events[-1]["CallerIDName"] == "王奶奶"


# ------------------------------------------------------------------------------------- answers


async def test_answers_out_of_order_reach_their_own_waiters(ami: FakeAmi, heard: Heard) -> None:
    held: list[Action] = []

    async def last_first(peer: Peer, action: Action) -> None:
        held.append(action)
        if len(held) == 20:
            for earlier in reversed(held):
                await peer.ok(earlier, Echo=earlier["Value"])

    ami.answers["Echo"] = last_first
    async with linked(ami, heard) as link:
        replies = await asyncio.gather(*(link.act("Echo", {"Value": str(n)}) for n in range(20)))
    assert [reply["Echo"] for reply in replies] == [str(n) for n in range(20)]


async def test_a_late_answer_is_nobody_elses(ami: FakeAmi, heard: Heard) -> None:
    late: list[Action] = []

    async def first_one_late(peer: Peer, action: Action) -> None:
        if not late:
            late.append(action)
            return
        await peer.ok(late[0], Echo="late")
        await peer.ok(action, Echo="mine")

    ami.answers["Echo"] = first_one_late
    async with linked(ami, heard) as link:
        with pytest.raises(AsteriskAway):
            await link.act("Echo")
        assert (await link.act("Echo"))["Echo"] == "mine"
        assert heard.downs == 0, "one slow answer must not take the link down"


async def test_an_answer_that_came_while_our_loop_stalled_counts(ami: FakeAmi, heard: Heard) -> None:
    async with linked(ami, heard, reply_within_seconds=0.05, ping_every_seconds=60) as link:
        asking = asyncio.create_task(link.act("CoreStatus"))
        while not (ami.actions and ami.actions[-1]["Action"] == "CoreStatus"):
            await asyncio.sleep(0)
        time.sleep(0.1)
        assert (await asking)["Response"] == "Success"


async def test_an_originate_response_before_the_answer_is_an_event(ami: FakeAmi, heard: Heard) -> None:
    async def response_first(peer: Peer, action: Action) -> None:
        await peer.send(packet(Event="OriginateResponse", ActionID=action["ActionID"], Response="Failure", Reason="0"))
        await peer.ok(action, Message="Originate successfully queued")

    ami.answers["Originate"] = response_first
    async with linked(ami, heard) as link:
        reply = await link.act("Originate", {"ActionID": "leg-1"})
        assert reply["Message"] == "Originate successfully queued"
        await heard.until(lambda: "OriginateResponse" in heard.names())


async def test_the_callers_dict_is_never_changed(ami: FakeAmi, heard: Heard) -> None:
    fields: dict[str, str] = {"Channel": "PJSIP/1001"}
    async with linked(ami, heard) as link:
        await link.act("Hangup", fields)
        await link.act("CoreStatus")
    assert fields == {"Channel": "PJSIP/1001"}
    assert "Channel" not in ami.actions[-1]


@pytest.mark.parametrize("value", ["x\r\nAction: Originate", "x\nSecret: y", "x\ry", "x\x00y", "王" * 400])
async def test_a_value_that_could_carry_an_action_is_refused_and_nothing_sent(
    ami: FakeAmi, heard: Heard, value: str
) -> None:
    async with linked(ami, heard, ping_every_seconds=60) as link:
        await link.act("CoreStatus")
        before = len(ami.actions)
        with pytest.raises(ActionRefused):
            await link.act("Setvar", {"Value": value})
        with pytest.raises(ActionRefused):
            await link.act("Originate", {"Variable": ["A=1", value]})
        with pytest.raises(ActionRefused):
            await link.act(value)
        assert (await link.act("CoreStatus"))["Response"] == "Success"
        assert len(ami.actions) == before + 1


async def test_a_refusal_carries_asterisks_words(ami: FakeAmi, heard: Heard) -> None:
    async def refuse(peer: Peer, action: Action) -> None:
        await peer.send(packet(Response="Error", ActionID=action["ActionID"], Message="No such channel"))

    ami.answers["Hangup"] = refuse
    async with linked(ami, heard) as link:
        with pytest.raises(ActionRefused, match="No such channel"):
            await link.act("Hangup", {"Channel": "x"})


async def test_lists_at_once_stay_apart_and_out_of_the_events(ami: FakeAmi, heard: Heard) -> None:
    async def listed(peer: Peer, action: Action) -> None:
        await peer.ok(action, EventList="start")
        for number in range(3):
            await peer.send(packet(Event="Item", ActionID=action["ActionID"], Value=action["Value"] + str(number)))
            await asyncio.sleep(0)
        await peer.send(packet(Event="ItemsComplete", ActionID=action["ActionID"], EventList="Complete"))

    ami.answers["Items"] = listed
    async with linked(ami, heard) as link:
        lists = await asyncio.gather(*(link.collect("Items", {"Value": word}) for word in "abc"))
    assert [[item["Value"] for item in items] for items in lists] == [[f"{w}{n}" for n in range(3)] for w in "abc"]
    assert "Item" not in heard.names()


async def test_a_list_without_an_end_is_bounded(ami: FakeAmi, heard: Heard) -> None:
    async def endless(peer: Peer, action: Action) -> None:
        await peer.ok(action, EventList="start")
        await peer.send(packet(Event="Item", ActionID=action["ActionID"]))

    ami.answers["Items"] = endless
    async with asyncio.timeout(2), linked(ami, heard) as link:
        with pytest.raises(AsteriskAway):
            await link.collect("Items")


@pytest.mark.parametrize("moment", ["before the answer", "inside the list"])
async def test_the_connections_end_frees_who_waits_at_once(ami: FakeAmi, heard: Heard, moment: str) -> None:
    async def begin(peer: Peer, action: Action) -> None:
        if moment == "inside the list":
            await peer.ok(action, EventList="start")
        peer.drop()

    ami.answers["Items"] = begin
    async with asyncio.timeout(2), linked(ami, heard, reply_within_seconds=60) as link:
        with pytest.raises(AsteriskAway):
            await link.collect("Items")


# -------------------------------------------------------------------------------------- events


async def test_a_failing_callback_costs_its_own_event_only(ami: FakeAmi, heard: Heard) -> None:
    reported: list[dict[str, Any]] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: reported.append(context))

    def picky(message: Message) -> None:
        heard.event(message)
        if message["Event"] == "Bad":
            raise RuntimeError("the callback failed")

    async with AmiLink(settings(ami.port), "secret", picky, heard.up, heard.down) as link:
        assert ami.peer is not None
        for number in range(50):
            await ami.peer.send(
                packet(Event="Bad", Value=str(2 * number)) + packet(Event="Good", Value=str(2 * number + 1))
            )
        await heard.until(lambda: heard.names().count("Good") == 50)
        assert link.up
    assert len(reported) == 50
    assert [event["Value"] for event in heard.events if "Value" in event] == [str(n) for n in range(100)], "in order"


async def test_channel_variables_become_a_dict(ami: FakeAmi, heard: Heard) -> None:
    async with linked(ami, heard):
        assert ami.peer is not None
        await ami.peer.send(
            b"Event: Newstate\r\nUniqueid: 1.1\r\nChanVariable: CC_ROLE=agent\r\nChanVariable: CC_TARGET=a=b: c\r\n"
            b"ChanVariable: CC_ROOM=\r\nChanVariable: broken\r\nUniqueid: 6.6\r\n\r\n"
        )
        await heard.until(lambda: "Newstate" in heard.names())
    assert heard.events[-1].variables == {"CC_ROLE": "agent", "CC_TARGET": "a=b: c", "CC_ROOM": "", "broken": ""}
    assert heard.events[-1]["Uniqueid"] == "1.1", "a header that comes twice must not replace the first"


async def test_a_flood_arrives_whole_in_order_and_the_link_still_answers(ami: FakeAmi, heard: Heard) -> None:
    async with linked(ami, heard, reply_within_seconds=3) as link:
        assert ami.peer is not None
        peer = ami.peer
        sending = asyncio.create_task(peer.send(flood(20_000)))
        assert (await link.act("CoreStatus"))["Response"] == "Success"
        await heard.until(lambda: "FloodDone" in heard.names(), within_seconds=20)
        await sending
    values = [event["Value"] for event in heard.events if event["Event"] == "VarSet"]
    assert values == [str(number) for number in range(1, 1000, 2)] * 20
    assert heard.ups == 1


# ------------------------------------------------------------------------------------ reconnect


async def test_a_silent_asterisk_is_left_and_the_link_comes_back(ami: FakeAmi, heard: Heard) -> None:
    async with linked(ami, heard) as link:
        await heard.until(lambda: heard.ups == 1)
        ami.answers["Ping"] = _say_nothing
        await heard.until(lambda: heard.downs == 1)
        del ami.answers["Ping"]
        await heard.until(lambda: heard.ups == 2)
        assert (await link.act("CoreStatus"))["Response"] == "Success"


async def test_while_asterisk_is_gone_actions_fail_at_once_and_the_link_comes_back(ami: FakeAmi, heard: Heard) -> None:
    async with linked(ami, heard, reply_within_seconds=30) as link:
        await heard.until(lambda: heard.ups == 1)
        await ami.stop()
        await heard.until(lambda: heard.downs == 1)
        async with asyncio.timeout(0.1):
            with pytest.raises(AsteriskAway):
                await link.act("CoreStatus")
        await ami.start()
        await heard.until(lambda: heard.ups == 2)
        assert (await link.act("CoreStatus"))["Response"] == "Success"


async def test_connections_that_die_after_the_login_do_not_become_a_storm(ami: FakeAmi, heard: Heard) -> None:
    ami.answers["Ping"] = _hang_up
    began = asyncio.get_running_loop().time()
    async with linked(ami, heard):
        await heard.until(lambda: heard.downs == 5)
    assert asyncio.get_running_loop().time() - began >= 0.1 + 3 * 0.2
    assert heard.ups == heard.downs


async def test_the_link_is_up_only_when_asterisk_has_booted(heard: Heard) -> None:
    async with FakeAmi(boots=False) as ami:
        began = asyncio.get_running_loop().time()
        async with linked(ami, heard):
            await heard.until(lambda: heard.ups == 1)
        assert asyncio.get_running_loop().time() - began >= 0.3, (
            "without a word about booting it waits, but not for ever"
        )


async def test_nothing_is_left_behind(ami: FakeAmi, heard: Heard) -> None:
    threads = threading.active_count()
    tasks = len(asyncio.all_tasks())
    for _ in range(3):
        async with linked(ami, heard) as link:
            await link.act("CoreStatus")
    await ami.stop()
    assert threading.active_count() == threads
    assert len(asyncio.all_tasks()) == tasks
    assert heard.ups == heard.downs == 3
