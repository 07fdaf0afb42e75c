"""The service process: Twisted's reactor on an asyncio loop, one Task for the house, an orderly end on SIGTERM."""

from __future__ import annotations

import asyncio
import gc
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import structlog

from callcenter import logs
from callcenter.app.watchdog import FAULTY_CONFIGURATION
from callcenter.config import Config
from callcenter.errors import ConfigurationFaulty, DataKeyMissing, HotlineError, WrongDataKey
from callcenter.reactor import as_deferred, install

log = structlog.get_logger()

#: Faults that another start would meet again: the parent gives up and says so.
_NOT_BY_ITSELF = (ConfigurationFaulty, WrongDataKey, DataKeyMissing)


def serve(config: Config, file: Path, *, ready: Callable[[], None], beat: Callable[[], Awaitable[None]]) -> int:
    """Runs until SIGTERM or SIGINT. `ready` is called once it is open; `beat` runs as long as the loop lives.

    `file` is where `config` was read from: the ears, processes of their own, read it, too.

    Returns 0 after an orderly end, otherwise what `callcenter.app.watchdog` understands.
    """
    logs.configure(config.logging)
    install()
    from twisted.internet import reactor

    life = _Life(config, file, reactor, ready, beat)
    reactor.callWhenRunning(life.begin)
    reactor.run()  # type: ignore[misc]
    return life.code


class _Life:
    def __init__(
        self,
        config: Config,
        file: Path,
        reactor: Any,
        ready: Callable[[], None],
        beat: Callable[[], Awaitable[None]],
    ) -> None:
        self._config = config
        self._file = file
        self._reactor = reactor
        self._ready = ready
        self._beat = beat
        self._stopping = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self.code = 0

    def begin(self) -> None:
        self._task = asyncio.ensure_future(self._live())
        self._task.add_done_callback(self._ended)
        self._reactor.addSystemEventTrigger("before", "shutdown", self._finish)

    async def _live(self) -> None:
        from callcenter.app.build import open_house

        beating = asyncio.ensure_future(self._beat())
        try:
            async with open_house(self._config, self._file, self._reactor):
                gc.freeze()  # what lives as long as we do is not looked through again in the middle of a call
                self._ready()
                await self._stopping.wait()
        finally:
            beating.cancel()

    def _ended(self, task: asyncio.Task[None]) -> None:
        if not task.cancelled() and (error := task.exception()) is not None:
            self.code = FAULTY_CONFIGURATION if isinstance(error, _NOT_BY_ITSELF) else 1
            known = isinstance(error, HotlineError)
            log.error(
                "service_failed", error=str(error) if known else type(error).__name__, exc_info=not known and error
            )
        if not self._stopping.is_set():
            self._stopping.set()
            self._reactor.stop()

    def _finish(self) -> Any:
        """Twisted waits for this before it ends the loop."""
        self._stopping.set()
        return as_deferred(self._ended_task())

    async def _ended_task(self) -> None:
        if self._task is not None:
            await asyncio.wait([self._task])
