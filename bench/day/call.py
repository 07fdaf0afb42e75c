"""The call of a story, as somebody takes it who does what her fate says. It takes the time that such things take."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator

from bench.day.fates import Fate
from callcenter.domain.calls import Entry
from callcenter.errors import CallerHungUp
from callcenter.ports.story_call import Ending, Heard, Question
from tests.unit.fakes import HANGS_UP

_PROMPT_SECONDS = 3.0
_GREETING_SECONDS = 1.5
_MAILBOX_SECONDS = 2.5


class DayCall:
    """`callcenter.ports.story_call.StoryCall`. Ends with `CallerHungUp` once `gone` is set: moved, or hung up."""

    def __init__(
        self,
        entry: Entry,
        fate: Fate,
        gone: asyncio.Event,
        sets: Callable[[str, str], None],
    ) -> None:
        self.entry = entry
        self.argument = ""
        self.arguments: tuple[str, ...] = ()
        self.channel = entry.channel
        self.uniqueid = entry.uniqueid
        self.variables: dict[str, str] = {}
        self._answers: Iterator[str] = iter(fate.answers)
        self._fate = fate
        self._gone = gone
        self._sets = sets

    async def record(self) -> None:
        self._check()

    async def answer(self) -> None:
        self._check()

    async def say(self, *prompts: str) -> str:
        await self._passes(_PROMPT_SECONDS * len(prompts))
        return ""

    async def ask(self, prompt: str, *, seconds: float, keys: str) -> str:
        key = await self._answer(seconds)
        return key if key in keys else ""

    async def question(self, question: Question) -> Heard:
        key = await self._answer(question.seconds)
        if key and key in question.keys:
            return Heard(ending=Ending.KEY, key=key)
        return Heard(ending=Ending.UNCLEAR if key else Ending.SILENCE)

    async def greets_like_a_machine(self) -> bool:
        await self._passes(_MAILBOX_SECONDS if self._fate.mailbox else _GREETING_SECONDS)
        return self._fate.mailbox

    async def listen_for_tones(self) -> None:
        self._check()

    async def wait(self, seconds: float) -> str:
        await self._passes(seconds)
        return ""

    async def set_variable(self, name: str, value: str) -> None:
        self._check()
        self.variables[name] = value
        self._sets(name, value)

    async def get_variable(self, name: str) -> str:
        self._check()
        return self.variables.get(name, "")

    async def forget_entry(self) -> None:
        self._check()

    async def go_on(self, step: str) -> None:
        self._check()

    async def _answer(self, seconds: float) -> str:
        key = next(self._answers, "")
        await self._passes(_PROMPT_SECONDS + (self._fate.thinks_seconds if key else seconds))
        if key == HANGS_UP:
            raise CallerHungUp
        return key

    async def _passes(self, seconds: float) -> None:
        self._check()
        try:
            async with asyncio.timeout(seconds):
                await self._gone.wait()
        except TimeoutError:
            return
        raise CallerHungUp

    def _check(self) -> None:
        if self._gone.is_set():
            raise CallerHungUp
