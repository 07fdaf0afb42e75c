"""The green key spoken to: recorded words by a real phone into the real Asterisk, heard by a real worker.

The words are ones that the shared test model understands; others are tried by keys (`test_service_order.py`).
"""

from __future__ import annotations

import wave
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any, Final

import pytest

from tests.acceptance import sounds
from tests.acceptance.conftest import running
from tests.acceptance.hearing import listening, speech
from tests.acceptance.hotline import Emergency, Hotline
from tests.acceptance.phone import Phone
from tests.acceptance.sounds import PROMPTS, VOICES
from tests.acceptance.test_speech_question import spoken_once
from tests.shared_speech import SHARED_CLIPS, needs_model

pytestmark = needs_model

GREEN: Final = "120002"
COMPANY: Final = SHARED_CLIPS / "095.wav"  #: 聊天
RIGHT: Final = SHARED_CLIPS / "089.wav"  #: 对
PERSON: Final = SHARED_CLIPS / "083.wav"  #: 人工
HELP: Final = SHARED_CLIPS / "000.wav"  #: 救命
RUBBISH: Final = SHARED_CLIPS / "111.wav"  #: 雪莉知道的事情怎样解释
SPEECH: Final = 0  #: Hz as the phone's ear names a sound that is no test tone

#: Two services, so that the question is short; three misses of it take a minute all the same.
SETTINGS: Final[dict[str, Any]] = {
    "orders": {"items": {"1": "meals", "5": "companionship"}},
    "dialogue": {"answer_seconds": 3.0},
}


@pytest.fixture(scope="module")
def house_with_ears() -> Iterator[Hotline]:
    with running(lambda folder: Hotline(folder, SETTINGS | {"speech": speech()})) as house:
        yield house


@pytest.fixture
async def hotline(house_with_ears: Hotline) -> AsyncIterator[Hotline]:
    async with listening(house_with_ears) as hotline:
        yield hotline


async def asked(hotline: Hotline, *, says: Path | None = None) -> Phone:
    """An elder who hears the question what she needs, and says nothing, or this again and again."""
    silence = sounds.tone(hotline.folder / "silent.wav", 0, seconds=120)
    elder = await hotline.phone("p001", play=says or silence)
    await elder.dial(GREEN)
    await elder.until("CALL_ESTABLISHED")
    await elder.hears(PROMPTS["ask_service"], within=10, seconds=0.5)
    return elder


async def test_a_service_is_ordered_by_two_words(hotline: Hotline) -> None:
    await hotline.speaks_menu()
    elder = await asked(hotline)
    await elder.say(spoken_once(hotline, COMPANY))
    await hotline.until(  # the question's end: what she hears from now on is no longer it
        lambda: "question=service ending=words" in hotline.log.read_text(), within=15, why="her word"
    )
    elder.forget()
    await elder.hears(SPEECH, within=6, seconds=1.5)  # it is read back
    await elder.say(spoken_once(hotline, RIGHT))
    await elder.until("CALL_CLOSED", within=30)
    await elder.hears(PROMPTS["goodbye"], within=1)
    [order] = hotline.rows("select * from orders")
    assert order["item"] == "companionship"
    assert hotline.open_emergencies() == []


@pytest.mark.parametrize(("word", "key", "why"), [(PERSON, "green", "human"), (HELP, "red", "help")])
async def test_a_word_leads_to_a_person(hotline: Hotline, word: Path, key: str, why: str) -> None:
    await hotline.on_duty("1001")
    agent = await hotline.phone("1001")
    elder = await asked(hotline)
    await elder.say(spoken_once(hotline, word))
    await agent.until("CALL_INCOMING", within=15)
    await agent.answer()
    await elder.hears(VOICES["agent"], within=6)
    [emergency] = hotline.open_emergencies()
    assert (emergency.row["key"], await answers(hotline, emergency)) == (key, [f"service: {why}"])


@pytest.mark.parametrize("rubbish", [None, RUBBISH])
async def test_silence_or_rubbish_three_times_leads_to_a_person(hotline: Hotline, rubbish: Path | None) -> None:
    await hotline.on_duty("1001")
    agent = await hotline.phone("1001")
    await asked(hotline, says=rubbish and again_and_again(hotline, rubbish))
    await agent.until("CALL_INCOMING", within=90)
    [emergency] = hotline.open_emergencies()
    ending = "words" if rubbish else "silence"
    assert (emergency.row["key"], await answers(hotline, emergency)) == ("green", [f"service: {ending}"] * 3)


async def answers(hotline: Hotline, emergency: Emergency) -> list[str]:
    """What she was asked and answered, as whoever takes over is shown it: written down a moment after the ring."""

    def asked() -> list[str]:
        return [detail for step, _, detail in hotline.timeline(emergency.id) if step == "asked"]

    await hotline.until(asked, within=3, why="her answers")
    return asked()


def again_and_again(hotline: Hotline, clip: Path) -> Path:
    """The clip every few seconds for five minutes."""
    path = hotline.folder / f"again-{clip.stem}.wav"
    with wave.open(str(clip)) as said, wave.open(str(path), "wb") as again:
        again.setparams(said.getparams())
        again.writeframes((said.readframes(said.getnframes()) + bytes(2 * sounds.RATE * 3)) * 60)
    return path
