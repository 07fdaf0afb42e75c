"""What an elder says after a red key, in writing: while it rings, in the room, and after the service was killed.

The recorded word is one that the shared test model understands without a grammar; it is wrong about most others.
"""

from __future__ import annotations

import asyncio
import json
import sys
import wave
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any, Final

import pytest

from tests.acceptance import sounds
from tests.acceptance.conftest import running
from tests.acceptance.hearing import listening, speech
from tests.acceptance.hotline import Hotline
from tests.acceptance.phone import Phone
from tests.shared_speech import SHARED_CLIPS, needs_model

pytestmark = needs_model

CLIP: Final = SHARED_CLIPS / "083.wav"
WORDS: Final = "人工"
RED: Final = "120001"


@pytest.fixture(scope="module")
def listening_house() -> Iterator[Hotline]:
    """A hotline that listens along, its service not running yet."""
    with running(
        lambda folder: Hotline(folder, {"speech": speech(transcript=True, transcript_again_seconds=0.3)})
    ) as house:
        yield house


@pytest.fixture
async def hotline(listening_house: Hotline) -> AsyncIterator[Hotline]:
    async with listening(listening_house) as hotline:
        yield hotline


def spoken_again_and_again(folder: Path) -> Path:
    """The word every four seconds for ten minutes."""
    path = folder / "again.wav"
    with wave.open(str(CLIP)) as said, wave.open(str(path), "wb") as again:
        again.setparams(said.getparams())
        again.writeframes((said.readframes(said.getnframes()) + bytes(2 * sounds.RATE * 2)) * 120)
    return path


async def press(hotline: Hotline) -> Phone:
    pager = await hotline.phone("p001", play=spoken_again_and_again(hotline.folder))
    await pager.dial(RED)
    await pager.until("CALL_ESTABLISHED")
    return pager


def sentences(hotline: Hotline) -> int:
    return len(hotline.rows("select id from transcripts"))


async def told(hotline: Hotline, emergency: str) -> dict[str, Any]:
    """What `callcenter emergencies show` prints."""
    command = [sys.executable, "-m", "callcenter", "--config", str(hotline.file), "--json", "emergencies", "show"]
    process = await asyncio.create_subprocess_exec(
        *command, emergency, "--as", "1001", "--why", "test", stdout=asyncio.subprocess.PIPE
    )
    out, _ = await asyncio.wait_for(process.communicate(), 20)
    return dict(json.loads(out))


async def ears_on_calls(hotline: Hotline) -> int:
    return (await hotline.cli("core show channels concise")).count("AudioSocket/")


async def test_her_words_are_kept_while_it_rings_and_in_the_room(hotline: Hotline) -> None:
    await hotline.on_duty("1001")
    agent = await hotline.phone("1001")
    pager = await press(hotline)
    await agent.until("CALL_INCOMING")
    await hotline.until(lambda: sentences(hotline), within=15, why="a sentence while it rings")
    [emergency] = hotline.open_emergencies()
    await agent.answer()
    await hotline.until(lambda: "entered_room" in hotline.steps(emergency.id), why="the room")
    before = sentences(hotline)
    await hotline.until(lambda: sentences(hotline) > before, within=15, why="a sentence in the room")
    assert await ears_on_calls(hotline) == 1
    story = await told(hotline, emergency.id)
    assert WORDS in [sentence["words"] for sentence in story["transcript"]]
    assert {step["step"] for step in story["timeline"]} >= {"raised", "claimed", "entered_room"}
    assert "adopted" not in {step["step"] for step in story["timeline"]}
    assert WORDS not in hotline.log.read_text()
    await pager.hang_up()
    async with asyncio.timeout(5):
        while await ears_on_calls(hotline):
            await asyncio.sleep(0.1)


async def test_the_service_killed_and_started_again_listens_again_and_counts_no_ear_as_a_leg(hotline: Hotline) -> None:
    pager = await press(hotline)
    await hotline.until(lambda: sentences(hotline), within=15, why="a sentence")
    [emergency] = hotline.open_emergencies()
    await hotline.kill()
    async with asyncio.timeout(5):  # its worker dies with it, and the ear with the worker
        while await ears_on_calls(hotline):
            await asyncio.sleep(0.05)
    before = sentences(hotline)
    await hotline.serve()
    await hotline.until(lambda: sentences(hotline) > before, within=20, why="a sentence after the start")
    assert await ears_on_calls(hotline) == 1
    assert len(hotline.open_emergencies()) == 1
    row = hotline.in_state(emergency.id, "waiting")
    assert row is not None
    assert row.row["elder_connected"]
    assert "claimed" not in hotline.steps(emergency.id)
    assert pager.count("CALL_CLOSED") == 0
