"""Who speaks or presses over a prompt is not talked down: it stops at once. Noise and its own echo do not stop it."""

from __future__ import annotations

import array
import asyncio
import random
from collections import defaultdict
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from itertools import cycle, islice
from pathlib import Path
from statistics import median
from typing import Final

import pytest
from twisted.internet.asyncioreactor import AsyncioSelectorReactor

from callcenter.app.clock import SystemClock
from callcenter.app.ears import ManagedEars, worker_command
from callcenter.app.heard import RATE, samples_of
from callcenter.ports.story_call import Ending, Heard, Question, StoryCall
from dialplans import variables
from ivr import sound
from ivr.ears.client import EarsClient
from ivr.ears.loudness import dbfs
from ivr.server import FastAgiServer
from tests.acceptance import sounds, wavcheck
from tests.acceptance.barge_in import (
    AT_ONCE,
    SIGNAL_HZ,
    SIGNAL_SECONDS,
    AnswersAtOnce,
    EarsOrAtOnce,
    Recording,
    tone,
)
from tests.acceptance.conftest import LANDLINE, Lab
from tests.acceptance.echoing_phone import EchoingPhone
from tests.acceptance.phone import Phone
from tests.acceptance.test_speech_question import PHRASES, with_speech
from tests.shared_speech import SHARED_CLIPS, needs_model

pytestmark = [pytest.mark.asterisk, needs_model]

LIMIT_SECONDS: Final = 0.3
#: A prompt of six seconds without a pause.
LONG: Final = Question(prompts=("landline_greeting",) * 4, phrases=PHRASES, keys="120", seconds=1.0)
_CLIPS: Final = ("083", "086", "093", "090", "095")  #: 人工 取消 理发 挂号 聊天
_SPEAKS_AFTER_SECONDS: Final = 2.0  #: the signal's beginning; the prompt begins some 0.5 s after it
_APART_SECONDS: Final = 5.5  #: signals: the word is said and understood, and the next question not yet asked
_PRESSES_AFTER_SECONDS: Final = 1.3
_UP_SECONDS: Final = 15.0
_CALL_SECONDS: Final = 120.0
_PAUSE_SECONDS: Final = 0.5  #: so that the goodbye is not taken for the prompt
READY: Final = Question(prompts=(), keys="1", seconds=5.0, speech=False)
SPOKEN: Final = Question(prompts=("said/spoken_prompt",), phrases=PHRASES, keys="120", seconds=1.0)
PROMPT_HZ: Final = sounds.PROMPTS["landline_greeting"]
_SILENT_DBFS: Final = -50.0
_ONSET_DB: Final = 25.0
GREEN: Final = "120002"


@dataclass
class Calls:
    """What is asked of each telephone, and what was heard of it."""

    lab: Lab
    scripts: Mapping[str, Sequence[Question]]
    heard: defaultdict[str, list[Heard]] = field(default_factory=lambda: defaultdict(list))
    begun: defaultdict[str, asyncio.Queue[Question]] = field(default_factory=lambda: defaultdict(asyncio.Queue))

    async def story(self, call: StoryCall) -> None:
        account = call.entry.account
        await call.forget_entry()
        await call.answer()
        for question in self.scripts[account]:
            self.begun[account].put_nowait(question)
            self.heard[account].append(await call.question(question))
        await asyncio.sleep(_PAUSE_SECONDS)
        await call.go_on(variables.DONE_GOODBYE)


@asynccontextmanager
async def asked(lab: Lab, scripts: Mapping[str, Sequence[Question]]) -> AsyncIterator[Calls]:
    config, file = with_speech(lab)
    reactor = AsyncioSelectorReactor(asyncio.get_running_loop())
    calls = Calls(lab, scripts)
    async with (
        AnswersAtOnce().open() as peer,
        EarsClient(
            config.speech, reactor, sounds=config.path(config.voice.sounds), distress=lambda words: False
        ) as ears,
        ManagedEars(config, ears.links, worker_command(file)),
    ):
        server = FastAgiServer(
            reactor,
            config=config.fastagi,
            hotline=config.hotline,
            stories=dict.fromkeys((variables.STORY_LANDLINE, variables.STORY_GREEN), calls.story),
            clock=SystemClock(),
            ears=EarsOrAtOnce(ears, peer),
        )
        await server.start()
        try:
            async with asyncio.timeout(_UP_SECONDS):
                while not ears.ready:
                    await asyncio.sleep(0.05)
            yield calls
        finally:
            await lab.tidy()
            await server.stop(within_seconds=1.0)
    for reader in reactor.removeAll():  # type: ignore[no-untyped-call]
        reader.connectionLost(None)


@pytest.mark.parametrize("tries", [3, pytest.param(12, marks=pytest.mark.faults)])
async def test_the_prompt_stops_for_a_word_and_for_a_key(
    lab: Lab, tries: int, capsys: pytest.CaptureFixture[str]
) -> None:
    clips = list(islice(cycle(_CLIPS), tries))
    async with asked(lab, dict.fromkeys((LANDLINE, "p001"), (AT_ONCE, LONG) * tries)) as calls:
        words, keys = await asyncio.gather(_words(calls, clips), _keys(calls, tries))
        assert [heard.ending for heard in calls.heard[LANDLINE][1::2]] == [Ending.WORDS] * tries
        assert [heard.key for heard in calls.heard["p001"][1::2]] == ["2"] * tries
    with capsys.disabled():
        for name, delays in (("word", words), ("key", keys)):
            print(f"\nprompt stops after a {name}: median {median(delays):.2f} s, worst {max(delays):.2f} s of {tries}")
    assert max(words + keys) <= LIMIT_SECONDS


async def test_noise_and_the_prompts_own_echo_do_not_stop_it(lab: Lab) -> None:
    """Hiss, a tone and knocks in one call; in another a telephone that sends back what it hears, 12 dB weaker."""
    prompt = spoken_prompt(lab)
    async with asked(lab, {LANDLINE: (LONG,), "p001": (READY, SPOKEN)}) as calls:
        noisy, echoing = await asyncio.gather(_noises(calls), _echo(calls))
        assert [heard.ending for heard in calls.heard[LANDLINE]] == [Ending.SILENCE]
        assert [heard.ending for heard in calls.heard["p001"]] == [Ending.KEY, Ending.SILENCE]
    assert wavcheck.seconds_of(noisy.heard, PROMPT_HZ) >= 5.9, noisy.ear()
    heard, sent = map(loud_levels, echoing.dumped)
    assert len(heard) > 0.97 * len(loud_levels(prompt))
    assert -18 < median(sent) - median(heard) < -8, "there was no echo"


async def _noises(calls: Calls) -> Phone:
    """They come while the prompt plays, a telephone's own hiss among them."""
    seeded = random.Random(11)
    line = array.array("h", (round(seeded.gauss(0, 5)) for _ in range(20 * RATE)))
    hiss = array.array("h", (round(seeded.gauss(0, 1500)) for _ in range(RATE)))
    for second, noise in ((1.3, hiss), (2.8, tone(450, 1.2)), (4.5, hiss[: RATE // 20]), (5.0, hiss[: RATE // 20])):
        at = round(second * RATE)
        line[at : at + len(noise)] = noise
    file = calls.lab.folder / "noises.wav"
    sound.write(file, line)
    phone = await calls.lab.phone(LANDLINE, play=file)
    await phone.dial("12349")
    await phone.until("CALL_CLOSED", within=_CALL_SECONDS)
    return phone


async def _echo(calls: Calls) -> EchoingPhone:
    phone = await calls.lab.phone("p001", make=EchoingPhone)
    assert isinstance(phone, EchoingPhone)
    await phone.dial(GREEN)
    await calls.begun["p001"].get()
    await phone.echo(25)
    await asyncio.sleep(0.5)
    await phone.press("1")
    await phone.until("CALL_CLOSED", within=_CALL_SECONDS)
    return phone


def spoken_prompt(lab: Lab) -> Path:
    """A person's voice, as a hotline's recorded prompts are."""
    said = array.array("h")
    for name in ("111", "112"):
        said += sound.read(SHARED_CLIPS / f"{name}.wav")[0]
    file = lab.folder / "sounds" / f"{SPOKEN.prompts[0]}.wav"
    sound.write(file, sound.levelled(said))
    return file


def loud_levels(file: Path) -> list[float]:
    """In dBFS, of its frames of 20 ms that are no silence."""
    samples = samples_of(file)
    levels = [dbfs(samples[at : at + RATE // 50]) for at in range(0, len(samples) - RATE // 50 + 1, RATE // 50)]
    return [level for level in levels if level > _SILENT_DBFS]


async def _words(calls: Calls, clips: Sequence[str]) -> list[float]:
    """From the first sound of each word to the end of the prompt, without the path, in seconds."""
    line, words = array.array("h", bytes(2 * RATE)), []
    for name in clips:
        signal = len(line) / RATE
        said, _ = sound.read(SHARED_CLIPS / f"{name}.wav")
        line += tone(SIGNAL_HZ, SIGNAL_SECONDS)
        line += array.array("h", bytes(2 * round((_SPEAKS_AFTER_SECONDS - SIGNAL_SECONDS) * RATE)))
        words.append((signal, len(line) / RATE + first_sound(said)))
        line += said
        line += array.array("h", bytes(2 * max(0, round((signal + _APART_SECONDS) * RATE) - len(line))))
    file = calls.lab.folder / "words.wav"
    sound.write(file, line + array.array("h", bytes(2 * RATE * 20)))
    phone = await calls.lab.phone(LANDLINE, play=file)
    await phone.dial("12349")
    await phone.until("CALL_CLOSED", within=_CALL_SECONDS)
    recording = Recording(phone)
    came_back = recording.signals()
    assert len(came_back) == len(words), came_back
    delays = []
    for heard, (signal, word) in zip(came_back, words, strict=True):
        moment = word + heard - signal
        delays.append(recording.sound_end(moment) - moment)
    return delays


async def _keys(calls: Calls, tries: int) -> list[float]:
    """From each key to the end of the prompt, without the path, in seconds."""
    phone = await calls.lab.phone("p001", play=sounds.tone(calls.lab.folder / "silent.wav", 0, seconds=_CALL_SECONDS))
    begun, pressed = calls.begun["p001"], []
    async with Recording(phone).watched() as recording:
        await phone.dial(GREEN)
        await phone.until("CALL_ESTABLISHED")
        for _ in range(tries):
            for key in ("9", "2"):
                await begun.get()
                await asyncio.sleep(_PRESSES_AFTER_SECONDS)
                pressed.append(phone.clock())
                await phone.press(key)
        await phone.until("CALL_CLOSED", within=_CALL_SECONDS)
    moments = [recording.second(moment) for moment in pressed]
    paths = [heard - moment for heard, moment in zip(recording.signals(), moments[::2], strict=True)]
    ends = [recording.sound_end(moment) - moment for moment in moments[1::2]]
    return [end - path for end, path in zip(ends, paths, strict=True)]


def first_sound(said: Sequence[int]) -> float:
    """The second in which a recorded word begins: the first 10 ms within 25 dB of its loudest."""
    step = RATE // 100
    levels = [dbfs(array.array("h", said[at : at + step])) for at in range(0, len(said) - step + 1, step)]
    return next(i for i, level in enumerate(levels) if level > max(levels) - _ONSET_DB) * step / RATE
