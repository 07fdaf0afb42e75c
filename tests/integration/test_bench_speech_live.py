"""The live part of the speech bench: a real worker, spoken to as Asterisk does."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path

from twisted.internet.asyncioreactor import AsyncioSelectorReactor

from bench.speech.clips import phrases_of, read_clips
from bench.speech.live import live_bench
from bench.speech.telephone import LEAD_SECONDS, on_the_line
from ivr.ears.recognizer import RATE
from tests.shared_speech import SHARED_CLIPS, SHARED_MODEL, needs_model

pytestmark = needs_model
#: 人工, which the shared model is measured to get right, and a noise.
HUMAN, NOISE = "083.wav", "123.wav"
_TRIES = 5  #: a worker whose processor others use refuses: that is right, and not what is tried here


async def test_clips_are_spoken_and_timed(tmp_path: Path) -> None:
    by_name = {clip.name: clip for clip in read_clips(SHARED_CLIPS)}
    reactor = AsyncioSelectorReactor(asyncio.get_running_loop())
    before = os.sched_getaffinity(0)
    async with live_bench(SHARED_MODEL, phrases_of(SHARED_CLIPS, None), tmp_path, reactor) as bench:
        for _ in range(_TRIES):
            level = await bench.level(2, [by_name[HUMAN], by_name[NOISE]])
            if not level.refused:
                break
    for reader in reactor.removeAll():  # type: ignore[no-untyped-call]
        reader.connectionLost(None)
    assert os.sched_getaffinity(0) == before
    heard = {live.clip.name: live for live in level.answers}
    assert len(level.answers) == 2
    assert heard[HUMAN].words == "人工"
    assert heard[HUMAN].after_seconds > 0
    assert heard[HUMAN].sound_seconds > by_name[HUMAN].speech_seconds
    assert level.processor_seconds > 0


def test_what_is_sent_is_the_clip_between_hiss() -> None:
    line = on_the_line(b"\x7f" * 320, 100_000)
    lead = 2 * round(LEAD_SECONDS * RATE)
    assert len(line) == 100_000
    assert line[lead : lead + 320] == b"\x7f" * 320
    assert any(line[:lead])
    assert any(line[-320:])
    assert len(on_the_line(b"\x7f" * 320, 100)) == 100
