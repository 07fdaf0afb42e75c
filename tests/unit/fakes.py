"""The outside as the services see it, scripted: a clock that is set, an Asterisk that remembers what it was asked."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from uuid import UUID

import uuid_utils

from callcenter.config import check
from callcenter.domain.calls import Entry, Key, Offer, Role
from callcenter.domain.emergencies import Emergency, State, state_of
from callcenter.errors import ActionRefused, AsteriskAway, CallerHungUp, VoiceAway
from callcenter.ports.story_call import Ending, Heard, Question
from callcenter.ports.telephony import Channel, LegRequest, Member
from callcenter.services.background import Background
from ivr.prompts import Prompt, load_prompts

PROJECT = Path(__file__).parents[2]
MORNING = datetime(2026, 3, 1, 8, 0, tzinfo=UTC)
HANGS_UP = "hangs up"


class FakeClock:
    """Time stands until somebody lets it pass. Ids are real ones."""

    def __init__(self) -> None:
        self._now = MORNING

    def now(self) -> datetime:
        return self._now

    def new_id(self) -> UUID:
        return UUID(int=uuid_utils.uuid7().int)

    def let_pass(self, seconds: float) -> None:
        self._now += timedelta(seconds=seconds)


class FakeTelephony:
    """`callcenter.ports.telephony.Telephony` that remembers, and fails when told to."""

    def __init__(self) -> None:
        self.rung: list[LegRequest] = []
        self.hung_up: list[str] = []
        self.sent: list[tuple[str, str]] = []  #: (channel, extension) in the elder's context
        self.variables: dict[tuple[str, str], str] = {}
        self.silent: dict[str, bool] = {}
        self.said: list[tuple[str, str]] = []  #: (room, sound files)
        self.overheard: list[tuple[str, str]] = []  #: (channel, where its sound goes)
        self.alive: list[Channel] = []
        self.rooms: dict[str, list[Member]] = {}
        self.marks: list[Entry] = []
        self.unreachable: set[str] = set()  #: agents' extensions
        self.away = False
        self.refused: set[str] = set()  #: destinations, channels and rooms that Asterisk will not hear of

    async def ring(self, leg: LegRequest) -> None:
        self._answer(leg.destination)
        self.rung.append(leg)

    async def reachable(self, extension: str) -> bool:
        self._answer(extension)
        return extension not in self.unreachable

    async def hang_up(self, uniqueid_or_channel: str) -> None:
        self._answer(uniqueid_or_channel)
        self.hung_up.append(uniqueid_or_channel)

    async def send_to(self, channel: str, context: str, extension: str) -> None:
        self._answer(channel)
        self.sent.append((channel, extension))

    async def set_variable(self, channel: str, name: str, value: str) -> None:
        self._answer(channel)
        self.variables[channel, name] = value

    async def channels(self) -> list[Channel]:
        self._answer()
        return list(self.alive)

    async def members(self, room: str) -> list[Member]:
        self._answer(room)
        return list(self.rooms.get(room, []))

    async def overhear(self, channel: str, sound: str) -> None:
        self._answer(channel)
        self.overheard.append((channel, sound))

    async def mute(self, room: str, channel: str, *, muted: bool) -> None:
        self._answer(channel)

    async def kick(self, room: str, channel: str) -> None:
        self._answer(channel)

    async def entries(self) -> list[Entry]:
        self._answer()
        return list(self.marks)

    async def forget_entry(self, uniqueid: str) -> None:
        self._answer()
        self.marks = [mark for mark in self.marks if mark.uniqueid != uniqueid]

    async def say_in_room(self, room: str, sound: str) -> None:
        self._answer(room)
        self.said.append((room, sound))

    async def mark_silent(self, room: str, *, silent: bool) -> None:
        self._answer(room)
        self.silent[room] = silent

    def _answer(self, about: str = "") -> None:
        if self.away:
            raise AsteriskAway
        if about in self.refused:
            raise ActionRefused(about)

    # What the tests ask and arrange.

    @property
    def targets(self) -> list[str]:
        """What was dialled, in order."""
        return [leg.destination for leg in self.rung]

    def forget(self) -> None:
        """From here on only what is rung from now on counts."""
        self.rung.clear()

    def enters(self, room: str, uniqueid: str, role: Role | None, *, marked: bool = True) -> Member:
        member = Member(channel=f"PJSIP/{uniqueid}", uniqueid=uniqueid, role=role, marked=marked)
        self.rooms.setdefault(room, []).append(member)
        return member

    def leaves(self, room: str, uniqueid: str) -> None:
        self.rooms[room] = [member for member in self.rooms.get(room, []) if member.uniqueid != uniqueid]


def a_channel(uniqueid: str, role: Role, emergency: UUID | None, room: str = "", *, up: bool = True) -> Channel:
    return Channel(
        name=f"PJSIP/{uniqueid}",
        uniqueid=uniqueid,
        up=up,
        context="cc",
        role=role,
        room=room,
        emergency=emergency,
        target="",
    )


class FakeVoice:
    """Says where it would have put the sound; every text is kept."""

    def __init__(self) -> None:
        self.texts: list[str] = []
        self.away = False
        self.recorded: dict[str, tuple[str, ...]] = {}  #: prompts by dialect

    async def sheet(self, text: str) -> tuple[str, ...]:
        if self.away:
            raise VoiceAway
        self.texts.append(text)
        return (f"said/{len(self.texts)}a", f"said/{len(self.texts)}b")

    async def sentence(self, prompt: str, words: Mapping[str, str], *, slow: bool = False) -> tuple[str, ...]:
        """The real prompt file says what is said, and refuses words that do not fit."""
        return await self.sheet(_prompts()[prompt].filled(words))

    def in_dialect(self, prompts: tuple[str, ...], dialect: str) -> tuple[str, ...]:
        """Each that stands in `recorded` for this dialect."""
        return tuple(
            f"{dialect}/{prompt}" if prompt in self.recorded.get(dialect, ()) else prompt for prompt in prompts
        )


@cache
def _prompts() -> Mapping[str, Prompt]:
    """Read once for all tests."""
    return load_prompts(check({}, PROJECT))


class FakeMeters:
    """Keeps what it was told."""

    def __init__(self) -> None:
        self.states: list[tuple[UUID, State]] = []
        self.ended: list[Offer] = []

    def emergency_changed(self, emergency: Emergency) -> None:
        self.states.append((emergency.id, state_of(emergency)))

    def offer_ended(self, offer: Offer) -> None:
        self.ended.append(offer)


class WatchedBackground(Background):
    """A test may wait until nothing runs any more; what failed there fails the test."""

    def __init__(self) -> None:
        super().__init__()
        self.failed: list[BaseException] = []

    async def settle(self) -> None:
        while self._tasks:
            ended = await asyncio.gather(*self._tasks, return_exceptions=True)
            self.failed += [each for each in ended if isinstance(each, BaseException)]
            await asyncio.sleep(0)  # so that those that ended are taken off the list
        failed, self.failed = self.failed, []
        if failed:
            raise failed[0]


Meanwhile = Callable[[], Awaitable[None]]


class FakeCall:
    """A caller who does what the script says: each prompt or wait takes the next key of it, then she only listens.

    Each question takes the next of `answers`: what was heard, a key, "" for silence; after the last one she is silent.
    `HANGS_UP` in the script or the answers ends the session there. `meanwhile` happens during the waits, one after
    the other.
    """

    def __init__(
        self,
        entry: Entry,
        *,
        arguments: Iterable[str] = (),
        script: Iterable[str] = (),
        answers: Iterable[Heard | str] = (),
        variables: dict[str, str] | None = None,
        meanwhile: Iterable[Meanwhile] = (),
        waits_at_most: int = 10,
        long_greeting: bool = False,
    ) -> None:
        self._entry = entry
        self._long_greeting = long_greeting
        self._arguments = tuple(arguments)
        self._script = iter(script)
        self._answers = iter(answers)
        self._meanwhile = iter(meanwhile)
        self._waits = waits_at_most
        self.variables = dict(variables or {})
        self.did: list[str] = []  #: the verbs, in order
        self.heard: list[str] = []
        self.questions: list[Question] = []
        self.step = ""

    @property
    def entry(self) -> Entry:
        return self._entry

    @property
    def argument(self) -> str:
        return self._arguments[0] if self._arguments else ""

    @property
    def arguments(self) -> tuple[str, ...]:
        return self._arguments

    @property
    def channel(self) -> str:
        return self._entry.channel

    @property
    def uniqueid(self) -> str:
        return self._entry.uniqueid

    async def record(self) -> None:
        self.did.append("record")

    async def answer(self) -> None:
        self.did.append("answer")

    async def say(self, *prompts: str) -> str:
        for prompt in prompts:
            self.did.append(f"say {prompt}")
            self.heard.append(prompt)
            if key := self._key():
                return key
        return ""

    async def ask(self, prompt: str, *, seconds: float, keys: str) -> str:
        key = await self.say(prompt)
        return key if key in keys else ""

    async def question(self, question: Question) -> Heard:
        self.questions.append(question)
        for prompt in question.prompts:
            self.did.append(f"ask {prompt}")
            self.heard.append(prompt)
        answer = next(self._answers, "")
        if isinstance(answer, Heard):
            return answer
        if answer == HANGS_UP:
            raise CallerHungUp
        if answer and answer in question.keys:
            return Heard(ending=Ending.KEY, key=answer)
        return Heard(ending=Ending.SILENCE if question.speech else Ending.AWAY)

    async def wait(self, seconds: float) -> str:
        self._waits -= 1
        if self._waits < 0:
            raise CallerHungUp
        self.did.append(f"wait {seconds:g}")
        if (happens := next(self._meanwhile, None)) is not None:
            await happens()
        return self._key()

    async def greets_like_a_machine(self) -> bool:
        self.did.append("listen to the greeting")
        return self._long_greeting

    async def listen_for_tones(self) -> None:
        self.did.append("listen for tones")

    async def set_variable(self, name: str, value: str) -> None:
        self.did.append(f"set {name}")
        self.variables[name] = value

    async def get_variable(self, name: str) -> str:
        return self.variables.get(name, "")

    async def forget_entry(self) -> None:
        self.did.append("forget entry")

    async def go_on(self, step: str) -> None:
        self.did.append(f"go on {step}")
        self.step = step

    def _key(self) -> str:
        key = next(self._script, "")
        if key == HANGS_UP:
            raise CallerHungUp
        return key


def a_press(uniqueid: str, *, account: str = "pager0001", **more: object) -> Entry:
    """A red key at this moment, unless told otherwise."""
    entry = Entry(
        uniqueid=uniqueid,
        channel=f"PJSIP/{account}-{uniqueid}",
        key=Key.RED,
        account=account,
        line="",
        line_raw="",
        at=MORNING,
    )
    return replace(entry, **more)  # type: ignore[arg-type]
