"""The managed ears: worker processes that the service starts, watches and starts again."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self

import structlog

from callcenter.config import Config
from ivr.ears.client import EarsClient
from ivr.ears.worker_link import WorkerLink
from ivr.intents import Intents

log = structlog.get_logger()

#: Waits before a worker that ended is started again; the last one is kept to.
RESTART_WAITS_SECONDS: Final = (0.1, 0.25, 0.5, 1.0, 2.0)
_LIVED_SECONDS: Final = 10.0  #: who lived so long gets its next start after the first wait
_LOOK_EVERY_SECONDS: Final = 0.5


def has_model(folder: Path) -> bool:
    """Whether a speech model in Vosk's format lies there; not whether it is a good one."""
    return any((folder / name).is_file() for name in ("am/final.mdl", "final.mdl"))


class ManagedEars:
    """Use as a context manager. Keeps one process for each managed worker running, as soon as there is a model.

    A worker whose link is down for longer than it may take to start, or whose link goes down while it runs (it hangs:
    no beat is answered), is killed. None outlives this process.
    """

    def __init__(self, config: Config, links: Sequence[WorkerLink], command: Callable[[str], Sequence[str]]) -> None:
        """`command` gives the command line of the worker with this name."""
        self._speech = config.speech
        self._model = config.path(config.speech.model)
        self._links = [link for link in links if link.worker.managed]
        self._command = command
        self._keepers: list[asyncio.Task[None]] = []

    async def __aenter__(self) -> Self:
        self._keepers = [
            asyncio.create_task(self._keep(link), name=f"worker {link.worker.name}") for link in self._links
        ]
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for keeper in self._keepers:
            keeper.cancel()
        if self._keepers:
            await asyncio.wait(self._keepers)

    async def _keep(self, link: WorkerLink) -> None:
        await self._until_there_is_a_model(link.worker.name)
        loop = asyncio.get_running_loop()
        short_lives = 0
        while True:
            started = loop.time()
            process = await asyncio.create_subprocess_exec(
                *self._command(link.worker.name), stdin=asyncio.subprocess.DEVNULL
            )
            log.info("ears_started", worker=link.worker.name, pid=process.pid)
            try:
                await self._watch(link, process)
            finally:
                await self._end(process)
            short_lives = 0 if loop.time() - started >= _LIVED_SECONDS else short_lives + 1
            wait = RESTART_WAITS_SECONDS[min(short_lives, len(RESTART_WAITS_SECONDS) - 1)]
            log.error("ears_ended", worker=link.worker.name, status=process.returncode, again_in_seconds=wait)
            await asyncio.sleep(wait)

    async def _until_there_is_a_model(self, name: str) -> None:
        if not has_model(self._model):
            log.warning("no_speech_model", worker=name, hint="keys only; callcenter speech install")
        while not has_model(self._model):
            await asyncio.sleep(self._speech.look_for_model_every_seconds)

    async def _watch(self, link: WorkerLink, process: asyncio.subprocess.Process) -> None:
        """Until it has ended or hangs."""
        loop = asyncio.get_running_loop()
        answer_by = loop.time() + self._speech.start_within_seconds
        was_up = False
        while process.returncode is None:
            with suppress(TimeoutError):
                async with asyncio.timeout(_LOOK_EVERY_SECONDS):
                    await process.wait()
            if link.up:
                was_up = True
                answer_by = loop.time() + self._speech.beat_lost_after_seconds
            elif loop.time() > answer_by:
                log.error("ears_hung", worker=link.worker.name, was_up=was_up)
                process.kill()
                return

    async def _end(self, process: asyncio.subprocess.Process) -> None:
        """Orderly if it can be, in a bounded time."""
        with suppress(ProcessLookupError):
            process.terminate()
            with suppress(TimeoutError):
                async with asyncio.timeout(self._speech.stop_within_seconds):
                    await process.wait()
                    return
            process.kill()
        await process.wait()


@asynccontextmanager
async def listening(config: Config, file: Path, reactor: Any) -> AsyncIterator[EarsClient | None]:
    """The ears of this service, their managed workers running; None when `speech.enabled` is false."""
    if not config.speech.enabled:
        log.info("speech_off", hint="keys only")
        yield None
        return
    intents = Intents.load(config.path(config.voice.prompts).with_name("intents.yaml"))
    async with (
        EarsClient(
            config.speech,
            reactor,
            sounds=config.path(config.voice.sounds),
            distress=lambda words: intents.understand(words, ()).distress,
        ) as ears,
        ManagedEars(config, ears.links, worker_command(file)),
    ):
        yield ears


def worker_command(file: Path) -> Callable[[str], Sequence[str]]:
    """`python -m ivr.ears` for the configuration in this file."""

    def command(name: str) -> Sequence[str]:
        return (
            sys.executable, "-m", "ivr.ears", "--config", str(file), "--worker", name, "--parent", str(os.getpid()),
        )  # fmt: skip

    return command
