"""A question by ears on the wire of a call: what Asterisk is told, the lease, and what happens when nobody listens."""

from __future__ import annotations

from types import TracebackType
from typing import Any, Self

import pytest

from callcenter.errors import CallerHungUp, EarsAway
from callcenter.ports.story_call import Ending, Heard, Question, StoryCall
from ivr.asking import Hearing
from tests.integration.fake_asterisk_agi import FakeCall, serving

WHICH = Question(prompts=("landline_menu",), phrases=("送餐", "打120"), keys="120", seconds=2.0)
MEALS = Heard(ending=Ending.WORDS, words="送餐", confidence=0.9, spoken_seconds=0.8)
SOUND = "4f0c8a52-0000-4000-8000-000000000001,127.0.0.1:9092"
USUAL = 'SET VARIABLE "TIMEOUT(absolute)" "10"'
BY_EARS = ['SET VARIABLE "TIMEOUT(absolute)" "32"', f'EXEC AudioSocket "{SOUND}"', USUAL]
BY_KEYS = ['STREAM FILE cc/landline_menu "0123456789*#" 0', "WAIT FOR DIGIT 2000"]
ENDED_WELL = {"EXEC": b"200 result=0\n"}


class ScriptedEars:
    """Hears what it is told to hear, or nothing."""

    def __init__(self, hears: Heard | None = MEALS, *, full: bool = False) -> None:
        self.at_most_seconds = 29.5
        self.sound = SOUND
        self.asked: list[Question] = []
        self.left = 0
        self._hears = hears
        self._full = full

    async def expect(self, question: Question) -> Hearing:
        self.asked.append(question)
        if self._full:
            raise EarsAway("full")
        return self

    async def heard(self) -> Heard:
        if self._hears is None:
            raise EarsAway("the worker died")
        return self._hears

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.left += 1


async def asked(ears: ScriptedEars | None, question: Question = WHICH, **of: Any) -> tuple[Any, FakeCall]:
    """What the story heard, or the error it got, and the call as Asterisk saw it."""
    came: list[Any] = []

    async def story(call: StoryCall) -> None:
        try:
            came.append(await call.question(question))
        except CallerHungUp as error:
            came.append(error)

    async with serving({"s": story}, ears=ears, lease_seconds=10) as server:
        call = await (await FakeCall.connect(server.port, "s", **of)).run()
    return came[0], call


async def test_words_are_heard_under_a_lease_for_the_whole_question() -> None:
    ears = ScriptedEars()
    heard, call = await asked(ears, replies=ENDED_WELL)
    assert heard == MEALS
    assert call.commands == BY_EARS
    assert ears.asked == [WHICH]
    assert ears.left == 1


@pytest.mark.parametrize(
    ("ears", "reply"),
    [
        (ScriptedEars(None), b"200 result=0\n"),
        (ScriptedEars(), b"200 result=-1\n"),
        (ScriptedEars(), b"200 result=-2\n"),
    ],
    ids=["the worker died", "its port is closed", "Asterisk has no AudioSocket"],
)
async def test_the_same_is_asked_for_keys_when_the_ears_fail(ears: ScriptedEars, reply: bytes) -> None:
    heard, call = await asked(ears, replies={"EXEC": reply}, keys=" 2")
    assert heard == Heard(ending=Ending.KEY, key="2")
    assert [c for c in call.commands if c != "CHANNEL STATUS"] == BY_EARS + BY_KEYS
    assert ears.left == 1


async def test_full_ears_cost_the_caller_nothing() -> None:
    heard, call = await asked(ScriptedEars(full=True), keys="1")
    assert heard == Heard(ending=Ending.KEY, key="1")
    assert call.commands == BY_KEYS[:1]


@pytest.mark.parametrize("keys", ["", "9", " 9"])
async def test_without_an_ear_and_without_a_key_nobody_listened(keys: str) -> None:
    heard, _ = await asked(None, keys=keys)
    assert heard == Heard(ending=Ending.AWAY)


@pytest.mark.parametrize(
    "question",
    [
        Question(prompts=("landline_menu",), phrases=("送餐",), keys="120", seconds=2.0, speech=False),
        Question(prompts=("landline_menu",), keys="120", seconds=2.0),
    ],
    ids=["who cannot speak", "no phrase"],
)
async def test_ears_are_left_out(question: Question) -> None:
    ears = ScriptedEars()
    heard, call = await asked(ears, question, keys=" 0")
    assert heard == Heard(ending=Ending.KEY, key="0")
    assert (ears.asked, call.commands) == ([], BY_KEYS)


async def test_a_hang_up_in_the_middle_is_one() -> None:
    ears = ScriptedEars()
    heard, call = await asked(ears, replies={"EXEC": b"200 result=-1\nHANGUP\n"}, keys="1")
    assert isinstance(heard, CallerHungUp)
    assert call.commands == BY_EARS[:2]
    assert ears.left == 1


async def test_music_is_stopped_first() -> None:
    async def story(call: StoryCall) -> None:
        await call.wait(1)
        await call.question(WHICH)
        await call.say("received")

    async with serving({"s": story}, ears=ScriptedEars(), lease_seconds=10) as server:
        call = await (await FakeCall.connect(server.port, "s", replies=ENDED_WELL)).run()
    assert call.commands[2:] == ["SET MUSIC OFF", *BY_EARS, 'STREAM FILE cc/received "0123456789*#" 0']
