"""A caller is being listened to when the service is killed, or hangs: she reaches the fallback, and a person.

The worker that plays and listens is a process of its own: it must not keep her when nobody would hear its answer.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from typing import Final

import pytest

from tests.acceptance import sounds, wavcheck
from tests.acceptance.conftest import LANDLINE, running
from tests.acceptance.hearing import listening, speech
from tests.acceptance.hotline import Hotline
from tests.acceptance.phone import Phone
from tests.shared_speech import needs_model

pytestmark = needs_model

#: Hz of the landline's first question; of no other sound here.
QUESTION: Final = 2150
QUESTION_SECONDS: Final = 7.5
PROMPTS: Final = ("landline_greeting", "landline_keys")


@pytest.fixture
def house() -> Iterator[Hotline]:
    """One for each test: whoever called once is waited for, and not asked again."""
    section = speech(longest_speech_seconds=4.0)
    with running(lambda folder: Hotline(folder, {"speech": section})) as house:
        for prompt in PROMPTS:
            sounds.tone(house.folder / "sounds" / "cc" / f"{prompt}.wav", QUESTION, seconds=QUESTION_SECONDS)
        yield house


@pytest.fixture
async def hotline(house: Hotline) -> AsyncIterator[Hotline]:
    async with listening(house) as hotline:
        yield hotline


async def in_the_question(hotline: Hotline) -> tuple[Phone, Phone]:
    """A landline that is asked by ears, and an agent's phone that only the fallback would ring."""
    agent = await hotline.phone("1001")
    caller = await hotline.phone(LANDLINE, play=hotline.silence)
    await caller.dial("12349")
    await caller.until("CALL_ESTABLISHED")
    await caller.hears(QUESTION, within=5, seconds=1.0)
    assert "AudioSocket" in await hotline.cli("core show channels concise")
    assert agent.count("CALL_INCOMING") == 0
    return caller, agent


async def test_killed_it_leaves_her_to_the_fallback_at_once(hotline: Hotline) -> None:
    caller, agent = await in_the_question(hotline)
    await hotline.kill()
    await agent.until("CALL_INCOMING", within=4)
    assert caller.count("CALL_CLOSED") == 0


async def test_hung_it_loses_her_sound_in_two_seconds_and_her_call_with_the_lease(hotline: Hotline) -> None:
    caller, agent = await in_the_question(hotline)
    caller.forget()
    hotline.stop_process()
    try:
        await agent.until("CALL_INCOMING", within=35)  # sooner by the watchdog, which is the parent's and not here
        assert caller.count("CALL_CLOSED") == 0
        heard = wavcheck.seconds_of(caller.heard, QUESTION)
        assert 0.5 < heard < 2.8, heard  # the question would have lasted twelve seconds more
    finally:
        await hotline.kill()
