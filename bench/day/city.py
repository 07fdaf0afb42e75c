"""The city's telephones behind the port `Telephony`: who answers, says what, and when. Our switchboard hears it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from bench.day.call import DayCall
from bench.day.fates import SAYS_NOTHING, Fate, Fates
from bench.day.trunk import Trunk
from callcenter.app.switchboard import Switchboard
from callcenter.domain.calls import Entry, Key, LegOutcome, Role
from callcenter.errors import CallerHungUp, EmergencyClosed
from callcenter.ports.asterisk_events import (
    Claimed,
    LegAnswered,
    LegEnded,
    LinkUp,
    OfferAnswered,
    RoomEntered,
    RoomLeft,
)
from callcenter.ports.story_call import StoryCall
from callcenter.ports.telephony import Channel, LegRequest, Member
from callcenter.services.close_emergency import close_emergency
from callcenter.services.desk import Desk
from callcenter.services.sign_of_life import sign_of_life
from dialplans import variables

Story = Callable[[StoryCall], Awaitable[None]]
_CHECK_INS = (variables.CONTEXT_CHECK_IN, variables.CONTEXT_CHECK_IN_CONTACT)


@dataclass(eq=False)
class _Leg:
    uniqueid: str
    role: Role
    carries: str = ""  #: on the trunk: "check_in" or "emergency"
    room: str = ""
    up: bool = False
    emergency: UUID | None = None
    gone: asyncio.Event = field(default_factory=asyncio.Event)  #: moved out of its story, or hung up
    let_go: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def channel(self) -> str:
        return f"PJSIP/{self.uniqueid}"


class City:
    """What is asked of Asterisk, and what becomes of it."""

    def __init__(
        self, trunk: Trunk, fates: Fates, elders: dict[str, UUID], may_ring: Callable[[datetime], bool]
    ) -> None:
        self.trunk = trunk
        self.rung: dict[str, int] = {"elders": 0, "contacts": 0, "agents": 0, "others": 0}
        self.repeated = 0  #: elders rung after they had confirmed
        self.outside = 0  #: elders rung outside their window, or in the hours of rest
        self.confirmed: set[str] = set()
        self.fates = fates
        self._elders = elders
        self._may_ring = may_ring
        self._legs: dict[str, _Leg] = {}
        self._rooms: dict[str, dict[str, Member]] = {}
        self._claimed: set[str] = set()
        self._tasks: set[asyncio.Task[None]] = set()

    def belongs_to(self, desk: Desk, stories: dict[str, Story]) -> None:
        self._desk = desk
        self._stories = stories
        self._board = Switchboard(desk)

    # ------------------------------------------------------------------------------ the port

    async def ring(self, leg: LegRequest) -> None:
        role, room = Role(leg.variables[variables.ROLE]), leg.variables.get(variables.ROOM, "")
        line = self._legs[str(leg.id)] = _Leg(str(leg.id), role, room=room)
        if leg.destination.endswith("@trunk"):
            line.carries = "check_in" if leg.context in _CHECK_INS else "emergency"
            self.trunk.takes(line.carries)
        self.starts(self._lives(line, leg))

    async def hang_up(self, uniqueid_or_channel: str) -> None:
        if (leg := self._legs.get(uniqueid_or_channel.removeprefix("PJSIP/"))) is not None:
            leg.gone.set()
            leg.let_go.set()

    async def send_to(self, channel: str, context: str, extension: str) -> None:
        if (leg := self._legs.get(channel.removeprefix("PJSIP/"))) is None:
            return
        leg.gone.set()
        if extension == variables.DONE_ROOM:
            self._enters(leg, marked=False)
        else:
            leg.let_go.set()

    async def set_variable(self, channel: str, name: str, value: str) -> None: ...
    async def mute(self, room: str, channel: str, *, muted: bool) -> None: ...
    async def kick(self, room: str, channel: str) -> None: ...
    async def forget_entry(self, uniqueid: str) -> None: ...
    async def mark_silent(self, room: str, *, silent: bool) -> None: ...
    async def say_in_room(self, room: str, sound: str) -> None: ...
    async def overhear(self, channel: str, sound: str) -> None: ...

    async def reachable(self, extension: str) -> bool:
        return True

    async def entries(self) -> list[Entry]:
        return []

    async def channels(self) -> list[Channel]:
        return [
            Channel(
                name=leg.channel, uniqueid=leg.uniqueid, up=leg.up, context="", role=leg.role, room=leg.room,
                emergency=leg.emergency, target="",
            )
            for leg in self._legs.values()
        ]  # fmt: skip

    async def members(self, room: str) -> list[Member]:
        return list(self._rooms.get(room, {}).values())

    # ------------------------------------------------------------------------------ who does what

    async def presses_red(self, uniqueid: str, account: str) -> None:
        """An elder with a pager, whose line is not the trunk's."""
        leg = self._legs[uniqueid] = _Leg(uniqueid, Role.ELDER, up=True)
        await self._tells(leg, variables.STORY_RED, Key.RED, account, SAYS_NOTHING)
        await leg.let_go.wait()
        self._ends(leg, LegOutcome.ANSWERED)

    async def _lives(self, leg: _Leg, asked: LegRequest) -> None:
        if asked.context == variables.CONTEXT_CHECK_IN:
            await self._elder(leg, asked.destination)
        elif asked.context == variables.CONTEXT_CHECK_IN_CONTACT:
            self.rung["contacts"] += 1
            fate = self.fates.of_contact(f"{asked.variables[variables.TARGET]}/{asked.destination}")
            await self._takes(leg, fate, variables.STORY_CHECK_IN_CONTACT)
        elif leg.role is Role.AGENT:
            self.rung["agents"] += 1
            await self._agent(leg, asked)
        else:
            self.rung["others"] += 1
            await self._is_hung_up(leg, asked.ring_seconds)
            self._ends(leg, LegOutcome.NO_ANSWER)

    async def _elder(self, leg: _Leg, number: str) -> None:
        self.rung["elders"] += 1
        self.repeated += number in self.confirmed
        self.outside += not self._may_ring(self._desk.clock.now())
        fate = self.fates.of_elder(number)
        outcome = await self._takes(leg, fate, variables.STORY_CHECK_IN)
        if outcome is LegOutcome.ANSWERED and fate.answers[0] in ("1", "9"):
            self.confirmed.add(number)
        if fate.rings_back_after_seconds is not None:
            await asyncio.sleep(fate.rings_back_after_seconds)
            if await sign_of_life(self._desk, self._elders[number], by="ring_back"):
                self.confirmed.add(number)

    async def _takes(self, leg: _Leg, fate: Fate, story: str) -> LegOutcome:
        if self.trunk.is_down(self._desk.clock.now()):
            await asyncio.sleep(0.1)
            return self._ends(leg, LegOutcome.TRUNK_FAILURE)
        if await self._is_hung_up(leg, fate.rings_seconds):
            return self._ends(leg, LegOutcome.CANCELLED)
        if fate.outcome is not LegOutcome.ANSWERED:
            return self._ends(leg, fate.outcome)
        leg.up = True
        self._board.tell(LegAnswered(uniqueid=leg.uniqueid, channel=leg.channel))
        await self._tells(leg, story, Key.LANDLINE, "", fate)
        return self._ends(leg, LegOutcome.ANSWERED)

    async def _tells(self, leg: _Leg, story: str, key: Key, account: str, fate: Fate) -> None:
        now = self._desk.clock.now()
        entry = Entry(
            uniqueid=leg.uniqueid, channel=leg.channel, key=key, account=account, line="", line_raw="", at=now
        )
        call = DayCall(entry, fate, leg.gone, lambda name, value: self._learns(leg, name, value))
        try:
            await self._stories[story](call)
        except CallerHungUp:
            if leg.gone.is_set():  # moved to the room, where she stays until somebody lets her go
                await leg.let_go.wait()

    def _learns(self, leg: _Leg, name: str, value: str) -> None:
        if name == variables.ROOM:
            leg.room = value
        elif name == variables.EMERGENCY:
            leg.emergency = UUID(value)
            if leg.carries == "check_in":
                leg.carries = "emergency"
                self.trunk.becomes_emergency()

    async def _agent(self, leg: _Leg, asked: LegRequest) -> None:
        chance = self.fates.chance(leg.uniqueid)
        if await self._is_hung_up(leg, chance.uniform(2, 6)):
            self._ends(leg, LegOutcome.CANCELLED)
            return
        leg.up = True
        self._board.tell(LegAnswered(uniqueid=leg.uniqueid, channel=leg.channel))
        if leg.room in self._claimed:
            self._board.tell(OfferAnswered(uniqueid=leg.uniqueid, outcome=LegOutcome.LATE))
            self._ends(leg, LegOutcome.ANSWERED)
            return
        self._claimed.add(leg.room)
        target = asked.variables[variables.TARGET]
        self._board.tell(
            Claimed(uniqueid=leg.uniqueid, channel=leg.channel, room=leg.room, role=Role.AGENT, target=target)
        )
        self._enters(leg, marked=True)
        await self._is_hung_up(leg, chance.uniform(60, 240))
        emergency = UUID(asked.variables[variables.EMERGENCY])
        with suppress(EmergencyClosed):  # somebody else has
            await close_emergency(self._desk, emergency, by=target, disposition="helped_by_phone")
        self._ends(leg, LegOutcome.ANSWERED)

    async def _is_hung_up(self, leg: _Leg, within_seconds: float) -> bool:
        try:
            async with asyncio.timeout(within_seconds):
                await leg.gone.wait()
        except TimeoutError:
            return False
        return True

    def _enters(self, leg: _Leg, *, marked: bool) -> None:
        member = Member(channel=leg.channel, uniqueid=leg.uniqueid, role=leg.role, marked=marked)
        self._rooms.setdefault(leg.room, {})[leg.uniqueid] = member
        self._board.tell(RoomEntered(room=leg.room, uniqueid=leg.uniqueid, channel=leg.channel, role=leg.role))

    def _ends(self, leg: _Leg, outcome: LegOutcome) -> LegOutcome:
        if self._rooms.get(leg.room, {}).pop(leg.uniqueid, None) is not None:
            self._board.tell(RoomLeft(room=leg.room, uniqueid=leg.uniqueid, channel=leg.channel, role=leg.role))
        del self._legs[leg.uniqueid]
        self.trunk.gives_back(leg.carries)
        self._board.tell(
            LegEnded(
                uniqueid=leg.uniqueid, channel=leg.channel, cause=None, outcome=outcome, answered=leg.up, role=leg.role,
                emergency=leg.emergency,
            )
        )  # fmt: skip
        return outcome

    def link_is_up(self) -> None:
        """As after a start: what is not alive is made again."""
        self._board.tell(LinkUp())

    async def end(self) -> None:
        """Everybody still at a telephone puts it down."""
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def starts(self, life: Coroutine[Any, Any, None]) -> None:
        task: asyncio.Task[None] = asyncio.create_task(life)
        self._tasks.add(task)
        task.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            asyncio.get_running_loop().call_exception_handler({"message": "a telephone failed", "exception": error})
