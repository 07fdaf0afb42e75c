"""A question that is spoken to: a real phone plays recorded words into the real Asterisk, a real worker hears them.

The words are ones that the shared test model is measured to get right (its README): what is tried here is the way.
"""

from __future__ import annotations

import asyncio
import os
import signal
import time
import wave
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import yaml
from twisted.internet.asyncioreactor import AsyncioSelectorReactor

from callcenter.app.clock import SystemClock
from callcenter.app.ears import ManagedEars, worker_command
from callcenter.app.free_port import free_port
from callcenter.config import Config, load
from callcenter.errors import CallerHungUp
from callcenter.ports.story_call import Ending, Heard, Question, StoryCall
from dialplans import variables
from ivr.ears.client import EarsClient
from ivr.server import FastAgiServer
from tests.acceptance import sounds
from tests.acceptance.conftest import LANDLINE, Lab
from tests.acceptance.phone import Phone
from tests.shared_speech import SHARED_CLIPS, SHARED_MODEL, needs_model

pytestmark = needs_model

HUMAN: Final = SHARED_CLIPS / "083.wav"  #: 人工
PHRASES: Final = ("人工", "聊天", "挂号", "理发", "取消", "送餐", "救命")
WHICH: Final = Question(prompts=("landline_greeting",), phrases=PHRASES, keys="120", seconds=4.0)
LONG: Final = Question(prompts=("landline_greeting",) * 4, phrases=PHRASES, keys="120", seconds=4.0)
MENU_TONE: Final = sounds.PROMPTS["landline_greeting"]
WITHIN: Final = 25.0


@dataclass
class Asked:
    """What a story that only asks has heard, as the calls came in."""

    question: Question
    heard: asyncio.Queue[Heard | CallerHungUp] = field(default_factory=asyncio.Queue)
    begun: asyncio.Event = field(default_factory=asyncio.Event)

    async def story(self, call: StoryCall) -> None:
        await call.forget_entry()
        await call.answer()
        self.begun.set()
        try:
            self.heard.put_nowait(await call.question(self.question))
        except CallerHungUp as error:
            self.heard.put_nowait(error)
            raise
        await call.say("received")
        await call.go_on(variables.DONE_GOODBYE)

    async def next(self) -> Heard | CallerHungUp:
        async with asyncio.timeout(WITHIN):
            return await self.heard.get()


@dataclass
class Spoken:
    """A hotline that asks one question, and its ears."""

    lab: Lab
    asked: Asked
    ears: EarsClient

    async def caller(self) -> Phone:
        """A landline that has dialled, silent so far."""
        phone = await self.lab.phone(LANDLINE, play=sounds.tone(self.lab.folder / "silence.wav", 0, seconds=120))
        await phone.dial("12349")
        await phone.until("CALL_ESTABLISHED")
        await asyncio.wait_for(self.asked.begun.wait(), WITHIN)
        return phone

    def worker_pid(self) -> int:
        """Of the one worker, by the port it listens on."""
        port = self.ears.links[0].worker.control.port
        return next(pid for pid in map(int, filter(str.isdigit, os.listdir("/proc"))) if _is_worker(pid, port))


def _is_worker(pid: int, port: int) -> bool:
    try:
        words = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
    except OSError:
        return False
    return b"ivr.ears" in words and f"speech-{port}.yaml" in words[words.index(b"--config") + 1].decode()


def with_speech(lab: Lab) -> tuple[Config, Path]:
    """The laboratory's configuration with ears on free ports, and the file it was read from."""
    audio, control = free_port(), free_port()
    settings = lab.config.model_dump(mode="json", exclude={"folder"})
    worker = settings["speech"]["workers"][0]
    worker["audio"]["port"], worker["control"]["port"] = audio, control
    settings["speech"] |= {"model": str(SHARED_MODEL), "workers": [worker]}
    file = lab.folder / f"speech-{control}.yaml"
    file.write_text(yaml.safe_dump(settings, allow_unicode=True))
    return load(file), file


@asynccontextmanager
async def spoken_to(lab: Lab, question: Question) -> AsyncIterator[Spoken]:
    config, file = with_speech(lab)
    reactor = AsyncioSelectorReactor(asyncio.get_running_loop())
    asked = Asked(question)
    async with (
        EarsClient(
            config.speech, reactor, sounds=config.path(config.voice.sounds), distress=lambda words: False
        ) as ears,
        ManagedEars(config, ears.links, worker_command(file)),
    ):
        server = FastAgiServer(
            reactor,
            config=config.fastagi,
            hotline=config.hotline,
            stories={variables.STORY_LANDLINE: asked.story},
            clock=SystemClock(),
            ears=ears,
        )
        await server.start()
        try:
            async with asyncio.timeout(WITHIN):
                while not ears.ready:
                    await asyncio.sleep(0.05)
            yield Spoken(lab, asked, ears)
        finally:
            await lab.tidy()
            await server.stop(within_seconds=1.0)
    for reader in reactor.removeAll():  # type: ignore[no-untyped-call]
        reader.connectionLost(None)


def spoken_once(lab: Lab, clip: Path) -> Path:
    """The clip, then a long silence: a phone whose file ends falls silent and sends no more packets."""
    path = lab.folder / f"once-{clip.stem}.wav"
    with wave.open(str(clip)) as said, wave.open(str(path), "wb") as once:
        once.setparams(said.getparams())
        once.writeframes(said.readframes(said.getnframes()) + bytes(2 * sounds.RATE * 60))
    return path


async def test_a_spoken_word_is_the_answer(lab: Lab) -> None:
    async with spoken_to(lab, WHICH) as hotline:
        phone = await hotline.caller()
        await phone.hears(MENU_TONE, within=5, seconds=1.3)
        await asyncio.sleep(0.5)  # the elder thinks
        await phone.say(spoken_once(lab, HUMAN))
        heard = await hotline.asked.next()
        assert isinstance(heard, Heard)
        assert (heard.ending, heard.words) == (Ending.WORDS, "人工")
        assert heard.confidence > 0.5
        await phone.hears(sounds.PROMPTS["received"], within=5)


async def test_a_word_cuts_in_and_the_prompt_stops(lab: Lab) -> None:
    async with spoken_to(lab, LONG) as hotline:
        phone = await hotline.caller()
        await phone.hears(MENU_TONE, within=5, seconds=0.8)
        await phone.say(spoken_once(lab, HUMAN))
        heard = await hotline.asked.next()
        assert isinstance(heard, Heard)
        assert (heard.ending, heard.words) == (Ending.WORDS, "人工")
        await phone.hears(sounds.PROMPTS["received"], within=5)
        menu = [h for h in phone.ear() if MENU_TONE in h.tones]
        assert sum(h.end - h.start for h in menu) < 3.5, phone.ear()  # of six seconds


async def test_a_key_cuts_in(lab: Lab) -> None:
    async with spoken_to(lab, LONG) as hotline:
        phone = await hotline.caller()
        await phone.hears(MENU_TONE, within=5, seconds=0.5)
        pressed = time.monotonic()
        await phone.press("2")
        assert await hotline.asked.next() == Heard(ending=Ending.KEY, key="2")
        assert time.monotonic() - pressed < 2.0


async def test_silence_is_told_from_absence(lab: Lab) -> None:
    async with spoken_to(lab, WHICH) as hotline:
        await hotline.caller()
        heard = await hotline.asked.next()
        assert isinstance(heard, Heard)
        assert (heard.ending, heard.words) == (Ending.SILENCE, "")


async def test_a_hang_up_is_one_and_frees_the_ear(lab: Lab) -> None:
    async with spoken_to(lab, LONG) as hotline:
        phone = await hotline.caller()
        await phone.hears(MENU_TONE, within=5, seconds=0.5)
        await phone.hang_up()
        assert isinstance(await hotline.asked.next(), CallerHungUp)
        async with asyncio.timeout(5):
            while hotline.ears.streams:
                await asyncio.sleep(0.05)


async def test_a_worker_killed_in_the_middle_leaves_the_question_to_the_keys(lab: Lab) -> None:
    async with spoken_to(lab, LONG) as hotline:
        phone = await hotline.caller()
        await phone.hears(MENU_TONE, within=5, seconds=0.5)
        os.kill(hotline.worker_pid(), signal.SIGKILL)
        phone.forget()
        await phone.hears(MENU_TONE, within=5, seconds=0.5)  # from its beginning, by STREAM FILE
        await phone.press("1")
        assert await hotline.asked.next() == Heard(ending=Ending.KEY, key="1")
        async with asyncio.timeout(WITHIN):
            while not hotline.ears.ready:  # started again
                await asyncio.sleep(0.05)
