"""The clips spoken into a real ears worker at the speed of speech, so many at once, and how long its answers take.

The worker is the process that the hotline runs, with one processor of its own; the questions are asked by the service's
own client. Only Asterisk is left out: `telephone` sends what it would.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from bench.speech.clips import Clip
from bench.speech.telephone import on_the_line, speak
from callcenter.app.ears import worker_command
from callcenter.app.free_port import free_port
from callcenter.config import Config, load
from callcenter.errors import EarsAway
from callcenter.ports.story_call import Question
from ivr.ears.client import EarsClient
from ivr.ears.recognizer import RATE

#: To begin an answer; a clip of noise has none.
ANSWER_SECONDS: Final = 3.0
_UP_WITHIN_SECONDS: Final = 30.0
SAMPLE_SECONDS: Final = 0.1
_TICKS: Final = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True, kw_only=True)
class Live:
    """One clip's way. `words` is "" where it was rejected, silent, or the worker had no room."""

    clip: Clip
    words: str
    ending: str  #: of `callcenter.ports.story_call.Ending`, or "refused"
    after_seconds: float  #: from the end of the clip's last sound until the story goes on
    sound_seconds: float  #: that the worker was sent, silence included

    @property
    def sound(self) -> bytes:
        """What the worker was sent."""
        return on_the_line(self.clip.pcm, 2 * round(self.sound_seconds * RATE))


@dataclass(frozen=True, kw_only=True)
class Level:
    """So many streams at once, kept up over all the clips."""

    at_once: int
    answers: tuple[Live, ...]
    lag_seconds: tuple[float, ...]  #: what the worker says of itself, sampled
    processor_seconds: float  #: the worker's
    seconds: float

    @property
    def sound_seconds(self) -> float:
        return sum(each.sound_seconds for each in self.answers)

    @property
    def refused(self) -> int:
        return sum(each.ending in ("refused", "away") for each in self.answers)

    def spoken_after(self) -> list[float]:
        """From the end of speech to the story, of the clips that ended by words."""
        return sorted(each.after_seconds for each in self.answers if each.ending == "words")


class LiveBench:
    """Measures one level after the other with one worker."""

    def __init__(self, ears: EarsClient, pid: int, phrases: Sequence[str], longest_seconds: float) -> None:
        self._ears = ears
        self._pid = pid
        self._phrases = tuple(phrases)
        self._longest_seconds = longest_seconds

    async def level(self, at_once: int, clips: Sequence[Clip]) -> Level:
        """Speaks every clip once, `at_once` at a time."""
        loop = asyncio.get_running_loop()
        waiting, answers, lags = list(reversed(clips)), list[Live](), list[float]()

        async def caller(number: int) -> None:
            await asyncio.sleep(number / at_once)  # nobody calls in the same instant
            while waiting:
                answers.append(await self._ask(waiting.pop()))

        sampler = asyncio.create_task(self._sample(lags))
        begun, used = loop.time(), _processor_seconds(self._pid)
        try:
            async with asyncio.TaskGroup() as group:
                for number in range(at_once):
                    group.create_task(caller(number))
        finally:
            sampler.cancel()
        return Level(
            at_once=at_once,
            answers=tuple(answers),
            lag_seconds=tuple(sorted(lags)) or (0.0,),
            processor_seconds=_processor_seconds(self._pid) - used,
            seconds=loop.time() - begun,
        )

    async def _ask(self, clip: Clip) -> Live:
        loop = asyncio.get_running_loop()
        question = Question(prompts=(), phrases=self._phrases, seconds=ANSWER_SECONDS)
        sent, ending, words, after = 0, "refused", "", 0.0
        try:
            async with await self._ears.expect(question) as hearing:
                at_most = clip.seconds + ANSWER_SECONDS + self._longest_seconds + 2
                spoken = await speak(hearing.sound, clip.pcm, within_seconds=at_most)
                sent = spoken.sent
                heard = await hearing.heard()
                ending, words = str(heard.ending), heard.words
                after = loop.time() - spoken.began_at - clip.speech_seconds
        except (EarsAway, OSError):
            await asyncio.sleep(clip.seconds)  # as a caller who presses keys instead
        return Live(clip=clip, words=words, ending=ending, after_seconds=after, sound_seconds=sent / 2 / RATE)

    async def _sample(self, lags: list[float]) -> None:
        while True:
            await asyncio.sleep(SAMPLE_SECONDS)
            lags.append(self._ears.lag_seconds)


@asynccontextmanager
async def live_bench(model: Path, phrases: Sequence[str], folder: Path, reactor: Any) -> AsyncIterator[LiveBench]:
    """A worker on a processor of its own, and a client of it on the others. `folder` takes its configuration."""
    file = folder / "config.yaml"
    file.write_text(_CONFIG.format(model=model, audio=free_port(), control=free_port()), encoding="utf-8")
    config = load(file)
    command = worker_command(file)(config.speech.workers[0].name)
    processors = sorted(os.sched_getaffinity(0))
    os.sched_setaffinity(0, processors[-1:])  # whom we start now stays there
    with (folder / "worker.log").open("wb") as log:
        worker = await asyncio.create_subprocess_exec(
            *command, stdin=asyncio.subprocess.DEVNULL, stdout=log, stderr=log
        )
    os.sched_setaffinity(0, processors[:-1] or processors)
    try:
        async with EarsClient(config.speech, reactor, sounds=folder, distress=lambda _: False) as ears:
            await _until_ready(ears, worker, folder / "worker.log")
            yield LiveBench(ears, worker.pid, phrases, config.speech.longest_speech_seconds)
    finally:
        os.sched_setaffinity(0, processors)
        await _end(worker, config)


_CONFIG: Final = """\
speech:
  model: {model}
  streams_at_most: 40
  # Nobody is turned away: what is measured is how late so many are heard.
  refuse_above_lag_seconds: 60
  shed_transcripts_above_lag_seconds: 60
  shed_questions_above_lag_seconds: 60
  workers:
    - {{name: bench, audio: {{port: {audio}}}, control: {{port: {control}}}}}
"""


async def _until_ready(ears: EarsClient, worker: asyncio.subprocess.Process, log: Path) -> None:
    async with asyncio.timeout(_UP_WITHIN_SECONDS):
        while not ears.ready:
            if worker.returncode is not None:
                raise EarsAway(f"the worker ended: {log.read_text(encoding='utf-8')[-2000:]}")
            await asyncio.sleep(SAMPLE_SECONDS)


async def _end(worker: asyncio.subprocess.Process, config: Config) -> None:
    with suppress(ProcessLookupError):
        worker.terminate()
        with suppress(TimeoutError):
            async with asyncio.timeout(config.speech.stop_within_seconds):
                await worker.wait()
                return
        worker.kill()
    await worker.wait()


def _processor_seconds(pid: int) -> float:
    """Of all its threads, those that have ended included."""
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / _TICKS
