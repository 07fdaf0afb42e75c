"""`callcenter speech listen`: a recording spoken into a telephone, and what the ears hear of it behind a real Asterisk.

A house of its own, as the demo's, but with one story only: it listens. So what is heard has gone through the
telephone's codec, Asterisk, the AudioSocket and a worker process, as an elder's words do.
"""

from __future__ import annotations

import asyncio
import time
from array import array
from collections import defaultdict
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Final

from twisted.internet.asyncioreactor import AsyncioSelectorReactor

from callcenter.app.clock import SystemClock
from callcenter.app.demo_house import DemoHouse
from callcenter.app.ears import ManagedEars, has_model, worker_command
from callcenter.config import Config
from callcenter.errors import DemoFailed, EarsAway
from callcenter.ports.story_call import Ending, Heard, Question, StoryCall
from dialplans import variables
from ivr import sound
from ivr.ears.client import EarsClient
from ivr.server import FastAgiServer

PAGER: Final = "p1001"
GREEN: Final = 0  #: which of the configured green numbers the pager dials
READY_WITHIN_SECONDS: Final = 30.0
#: For the call to begin.
SPARE_SECONDS: Final = 30.0
#: Beyond the recording, for the last answer: its own limits are shorter.
LAST_ANSWER_SECONDS: Final = 10.0
#: Before the recording; a telephone that has nothing to send sends nothing, so silence follows it.
_LEAD_SECONDS: Final = 1.0
_TAIL_SECONDS: Final = 60.0

#: Called with each answer as it comes, and its time since the caller began to speak.
Tell = Callable[[float, Heard], None]


async def listen(config: Config, recording: Path, phrases: Sequence[str], tell: Tell) -> None:
    """Plays the recording into a call and asks for `phrases` again and again until it has been heard to its end.

    Raises `EarsAway` without a model, `SoundUnusable`, and `DemoFailed` when the call does not come about.
    """
    samples = sound.resampled(*sound.read(recording))
    model = config.path(config.speech.model)
    if not has_model(model):
        raise EarsAway(f"no speech model in {model}")
    async with ListeningHouse(config, phrases) as house, house.listening():
        await house.hear(samples, tell)


class ListeningHouse(DemoHouse):
    """The demo's house, in which nothing but ears answers the telephone."""

    log_level = "error"

    def __init__(self, base: Config, phrases: Sequence[str], *, answer_seconds: float = 4.0) -> None:
        """Each question waits `answer_seconds` for an answer to begin; then it is asked anew."""
        super().__init__(base)
        self._question = Question(prompts=(), phrases=tuple(phrases), seconds=answer_seconds)
        self._answers: defaultdict[str, asyncio.Queue[Heard]] = defaultdict(asyncio.Queue)

    async def hear(self, samples: sound.Samples, tell: Tell, *, pager: str = PAGER) -> None:
        """One call from this pager, while `listening`; several pagers may call at once.

        Raises `DemoFailed` when nobody listens in it.
        """
        seconds = sound.seconds(samples)
        folder = self.folder / "phones" / pager
        folder.mkdir(parents=True)
        spoken = folder / "says.wav"
        silence = array("h", bytes(2 * sound.TELEPHONE_RATE))
        sound.write(spoken, silence * int(_LEAD_SECONDS) + samples + silence * int(_TAIL_SECONDS))
        phone = await self.phone_that_plays(pager, spoken, folder)
        await phone.dial(self.config.hotline.green_numbers[GREEN])
        try:
            async with asyncio.timeout(SPARE_SECONDS):
                await phone.until("CALL_ESTABLISHED")
        except TimeoutError:
            raise DemoFailed("nobody listens in the call") from None
        begun = time.monotonic() + _LEAD_SECONDS
        answers = 0
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds + LAST_ANSWER_SECONDS):
                while time.monotonic() - begun < seconds:
                    heard = await self._answers[pager].get()
                    answers += 1
                    tell(time.monotonic() - begun, heard)
        await phone.hang_up()
        if not answers:
            raise DemoFailed("nobody listens in the call")

    async def _serve(self) -> None:
        """Nothing yet: `listening` answers instead of the service."""

    @asynccontextmanager
    async def listening(self) -> AsyncIterator[None]:
        """A worker and a FastAGI server, until left. Raises `TimeoutError` when the worker does not come up."""
        reactor = AsyncioSelectorReactor(asyncio.get_running_loop())
        command, sounds = worker_command(self.folder / "config.yaml"), self.config.path(self.config.voice.sounds)
        async with (
            EarsClient(self.config.speech, reactor, sounds=sounds, distress=lambda _: False) as ears,
            ManagedEars(self.config, ears.links, command),
        ):
            server = FastAgiServer(
                reactor,
                config=self.config.fastagi,
                hotline=self.config.hotline,
                stories={variables.STORY_GREEN: self._story},
                clock=SystemClock(),
                ears=ears,
            )
            await server.start()
            try:
                async with asyncio.timeout(READY_WITHIN_SECONDS):
                    while not ears.ready:
                        await asyncio.sleep(0.05)
                yield
            finally:
                await server.stop(within_seconds=1.0)
        for reader in reactor.removeAll():  # type: ignore[no-untyped-call]
            reader.connectionLost(None)

    async def _story(self, call: StoryCall) -> None:
        """Asks until the caller hangs up, which ends it."""
        await call.forget_entry()
        await call.answer()
        while True:
            heard = await call.question(self._question)
            self._answers[call.entry.account].put_nowait(heard)
            if heard.ending is Ending.AWAY:
                await asyncio.sleep(0.5)
