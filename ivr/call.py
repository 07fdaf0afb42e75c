"""A call as a story sees it, on an AGI session: the verbs of `callcenter.ports.story_call.StoryCall`."""

from __future__ import annotations

import asyncio
import re
from functools import cached_property
from math import ceil
from typing import Final

import structlog

from callcenter.config.asterisk import FastAgi
from callcenter.config.stories import Hotline
from callcenter.domain.calls import Entry
from callcenter.errors import EarsAway, PromptMissing
from callcenter.ports.clock import Clock
from callcenter.ports.story_call import Ending, Heard, Question
from dialplans import variables
from ivr.asking import Ears, Hearing
from ivr.entry import entry_of
from ivr.protocol import AgiConnection
from ivr.session import AgiSession

#: A wait is cut into commands of this length, so that a dead Python is noticed within it (design rule 5).
SLICE_SECONDS: Final = 2.0
#: No command is longer than the lease less this.
LEASE_RESERVE_SECONDS: Final = 2.0
#: A question's lease is so much longer than its worker lets it last; a worker whose service is gone ends it in two.
QUESTION_RESERVE_SECONDS: Final = 2.0

#: For AMD, in milliseconds: silence before she speaks, then a greeting's length, the pause after it, and all in all; a
#: word, the gap between two, how many; what is silent, of 32767; the longest word. Silence is no machine for us.
_AMD: Final = "1500,2500,700,4000,120,60,9,256,5000"
_AMD_SECONDS: Final = 4.0
_LIKE_A_MACHINE: Final = ("LONGGREETING", "MAXWORDS")

_STEP = re.compile(r"[a-z][a-z_-]{0,19}")


class AgiCall:
    """Implements `StoryCall`. While it lives it holds a lease, the channel's `TIMEOUT(absolute)`: should the service
    die or hang, Asterisk takes the caller out of AGI and into the dialplan's fallback when the lease ends.

    The dialplan sets the first lease just before `AGI()`; it is renewed between commands once a third of it has gone,
    and before a command that would not fit into the rest. Only a question by ears has a longer one: its worker, which
    hears our beat, puts the caller out of it within two seconds when the service is gone or hangs.
    """

    def __init__(
        self, connection: AgiConnection, *, config: FastAgi, hotline: Hotline, clock: Clock, ears: Ears | None = None
    ) -> None:
        self._environment = connection.environment
        self._session = AgiSession(connection, reply_within_seconds=config.reply_within_seconds)
        self._hotline = hotline
        self._at = clock.now()
        self._time = asyncio.get_running_loop().time
        self._lease_seconds = config.lease_seconds
        self._longest_seconds = config.lease_seconds - LEASE_RESERVE_SECONDS
        self._leased_at = connection.made_at
        self._music = False
        self._ears = ears
        self.next_step = ""  #: what `go_on` told the dialplan; "" until then

    @cached_property
    def entry(self) -> Entry:
        """How the call came in; on a call-back, the channel that was rung."""
        return entry_of(self._environment, hotline=self._hotline, at=self._at)

    @cached_property
    def arguments(self) -> tuple[str, ...]:
        """Everything the dialplan passed to the story, in order, as it was sent."""
        environment = self._environment
        numbers = range(1, len(environment) + 1)
        names = [f"agi_arg_{number}" for number in numbers]
        return tuple(environment[name] for name in names if name in environment)

    @property
    def argument(self) -> str:
        return self._environment.get("agi_arg_1", "")

    @property
    def channel(self) -> str:
        return self._environment["agi_channel"]

    @property
    def uniqueid(self) -> str:
        return self._environment["agi_uniqueid"]

    async def record(self) -> None:
        await self._renew()
        await self._session.gosub(variables.CONTEXT_ELDER_SOUND)

    async def answer(self) -> None:
        await self._renew()
        await self._session.answer()

    async def say(self, *prompts: str) -> str:
        """Plays prompts: a name of the prompt file, or a file below the sounds folder ("said/1f3a").

        Returns the key that cut in, or "". A prompt without a sound is logged and left out.
        """
        await self._hush()
        for prompt in prompts:
            await self._renew(self._longest_seconds)
            file = prompt if "/" in prompt else f"cc/{prompt}"
            try:
                key = await self._session.stream_file(file, seconds=self._longest_seconds)
            except PromptMissing:
                structlog.get_logger().error("prompt_missing", prompt=prompt)
                continue
            if key:
                return key
        return ""

    async def ask(self, prompt: str, *, seconds: float, keys: str) -> str:
        """Plays a prompt and waits so long for a key; any other key than `keys` is an answer too: ""."""
        key = await self.say(prompt) or await self._key_within(seconds)
        return key if key in keys else ""

    async def question(self, question: Question) -> Heard:
        """By ears; where none listen, or the worker dies in the middle of it, the same is asked for keys alone."""
        if self._ears is not None and question.speech and question.phrases:
            try:
                return await self._by_ears(await self._ears.expect(question))
            except EarsAway as away:
                structlog.get_logger().info("asked_by_keys", why=away.detail)
        key = await self.say(*question.prompts) or await self._key_within(question.seconds)
        if key and key in question.keys:
            return Heard(ending=Ending.KEY, key=key)
        return Heard(ending=Ending.AWAY)

    async def greets_like_a_machine(self) -> bool:
        await self._hush()
        await self._renew(_AMD_SECONDS)
        if not await self._session.answering_machine(_AMD, seconds=_AMD_SECONDS):
            return False
        cause = await self._session.get_variable("AMDCAUSE")
        structlog.get_logger().info("answered", by=cause)
        return cause.partition("-")[0] in _LIKE_A_MACHINE

    async def listen_for_tones(self) -> None:
        """Changes the leg to in-band keys. Keys sent as events are no longer heard then (measured on 22.10)."""
        await self.set_variable("PJSIP_DTMF_MODE()", "inband")

    async def wait(self, seconds: float) -> str:
        """Plays music for so long; it goes on through further waits. Returns a key pressed meanwhile, or ""."""
        if not self._music:
            await self._renew()
            await self._session.set_music(on=True)
            self._music = True
        return await self._key_within(seconds)

    async def set_variable(self, name: str, value: str) -> None:
        await self._renew()
        await self._session.set_variable(name, value)

    async def get_variable(self, name: str) -> str:
        await self._renew()
        return await self._session.get_variable(name)

    async def forget_entry(self) -> None:
        """Deletes the dialplan's entry mark: only after the commit. A mark that is gone already is no error."""
        await self._renew()
        await self._session.database_del(variables.DB_ENTRY, self.entry.uniqueid)

    async def go_on(self, step: str) -> None:
        """The orderly end: tells the dialplan which step comes next (`dialplans.variables.DONE_…`)."""
        if not _STEP.fullmatch(step):
            raise ValueError(f"not a step: {step!r}")
        await self._hush()
        await self.set_variable(variables.DONE, step)
        self.next_step = step

    async def _by_ears(self, hearing: Hearing) -> Heard:
        async with hearing:
            await self._hush()
            await self._lease(ceil(hearing.at_most_seconds + QUESTION_RESERVE_SECONDS))
            joined = await self._session.audio_socket(hearing.sound, seconds=hearing.at_most_seconds)
            await self._lease(self._lease_seconds)
            if not joined:
                raise EarsAway("its sound could not be joined")
            return await hearing.heard()

    async def _key_within(self, seconds: float) -> str:
        slices = max(1, ceil(seconds / SLICE_SECONDS))
        for _ in range(slices):
            await self._renew(SLICE_SECONDS)
            if key := await self._session.wait_for_digit(seconds / slices):
                return key
        return ""

    async def _hush(self) -> None:
        if self._music:
            await self._renew()
            await self._session.set_music(on=False)
            self._music = False

    async def _renew(self, seconds: float = 0.0) -> None:
        """Renews the lease if a third has gone, or if a command of so many seconds would end in its last second."""
        gone = self._time() - self._leased_at
        if gone * 3 > self._lease_seconds or gone + seconds > self._lease_seconds - 1:
            await self._lease(self._lease_seconds)

    async def _lease(self, seconds: int) -> None:
        now = self._time()
        await self._session.set_variable("TIMEOUT(absolute)", str(seconds))
        self._leased_at = now
