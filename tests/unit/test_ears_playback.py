"""Prompts are played whole, at the clock's pace, stop at once, and never lead out of their folder."""

from __future__ import annotations

import asyncio
import wave
from pathlib import Path

import pytest

from ivr.ears.audiosocket import FRAME_BYTES
from ivr.ears.playback import Playback, load
from ivr.sound import SoundUnusable


def write(path: Path, samples: int, rate: int = 8000) -> bytes:
    path.parent.mkdir(parents=True, exist_ok=True)
    pcm = b"\x10\x20" * samples
    with wave.open(str(path), "wb") as file:
        file.setparams((1, 2, rate, 0, "NONE", ""))
        file.writeframes(pcm)
    return pcm


def test_prompts_are_joined_in_whole_frames(tmp_path: Path) -> None:
    first, second = write(tmp_path / "cc" / "one.wav", 100), write(tmp_path / "said" / "two.wav", 161)
    sound = load(tmp_path, ["cc/one", "said/two"])
    assert len(sound) == 3 * FRAME_BYTES
    assert sound.startswith(first + bytes(FRAME_BYTES - len(first)) + second)


@pytest.mark.parametrize("name", ["", "../one", "/etc/passwd", "cc/../../one", "cc/one.wav", "cc//one", "中", "a" * 90])
def test_no_name_leads_elsewhere(tmp_path: Path, name: str) -> None:
    write(tmp_path / "cc" / "one.wav", 100)
    with pytest.raises(SoundUnusable):
        load(tmp_path / "cc", [name])


def test_a_missing_or_foreign_sound_is_left_out(tmp_path: Path) -> None:
    write(tmp_path / "fast.wav", 100, rate=16000)
    here = write(tmp_path / "here.wav", FRAME_BYTES // 2)
    assert load(tmp_path, ["nothing", "here", "fast"]) == here


@pytest.mark.parametrize("name", ["nothing", "fast"])
def test_where_no_sound_is_left_it_is_refused(tmp_path: Path, name: str) -> None:
    write(tmp_path / "fast.wav", 100, rate=16000)
    with pytest.raises(SoundUnusable, match="not one"):
        load(tmp_path, [name])


async def test_it_plays_at_the_clocks_pace_and_says_when_it_is_done() -> None:
    loop = asyncio.get_running_loop()
    sent: list[float] = []
    done = asyncio.Event()
    playback = Playback(bytes(10 * FRAME_BYTES), loop=loop, send=lambda _: sent.append(loop.time()), done=done.set)
    began = loop.time()
    playback.start()
    async with asyncio.timeout(2):
        await done.wait()
    assert len(sent) == 10
    assert sent[0] - began < 0.01
    assert all(at >= began + 0.02 * place - 0.002 for place, at in enumerate(sent))


async def test_it_stops_at_once_and_is_not_done() -> None:
    loop = asyncio.get_running_loop()
    sent: list[bytes] = []
    done = asyncio.Event()
    third = asyncio.Event()

    def send(frame: bytes) -> None:
        sent.append(frame)
        if len(sent) == 3:
            playback.stop()
            loop.call_later(0.1, third.set)

    playback = Playback(bytes(10 * FRAME_BYTES), loop=loop, send=send, done=done.set)
    playback.start()
    async with asyncio.timeout(2):
        await third.wait()
    assert len(sent) == 3
    assert not done.is_set()


async def test_after_a_pause_of_the_process_it_does_not_hurry_through() -> None:
    loop = asyncio.get_running_loop()
    sent: list[float] = []
    done = asyncio.Event()
    playback = Playback(bytes(30 * FRAME_BYTES), loop=loop, send=lambda _: sent.append(loop.time()), done=done.set)
    playback.start()
    paused_until = loop.time() + 0.3
    while loop.time() < paused_until:
        pass
    async with asyncio.timeout(3):
        await done.wait()
    assert len(sent) == 30
    assert sum(at < paused_until + 0.01 for at in sent) <= 8
