"""A worker that listens:  python -m ivr.ears --config config.yaml [--worker NAME] [--parent PID]"""

from __future__ import annotations

import argparse
import asyncio
import sys
from pathlib import Path
from typing import Any, Final

import structlog

from callcenter import logs
from callcenter.config import Config, load
from callcenter.config.speech import EarsWorker
from callcenter.errors import ConfigurationFaulty, EarsAway
from callcenter.lifeline import die_with
from callcenter.reactor import as_deferred, install

FAULTY_CONFIGURATION: Final = 2

log = structlog.get_logger()


def main() -> int:
    """Runs until SIGTERM or SIGINT. Returns 0 after an orderly end, 1 when it cannot start, 2 for a wrong setting."""
    parser = argparse.ArgumentParser(prog="python -m ivr.ears", description=__doc__)
    parser.add_argument("--config", type=Path, default=Path("config.yaml"))
    parser.add_argument("--worker", default="", help="its name in speech.workers; the first one's if left out")
    parser.add_argument("--parent", type=int, default=0, help="end with this process, which started us")
    arguments = parser.parse_args()
    if arguments.parent:
        die_with(arguments.parent)
    try:
        config = load(arguments.config)
        worker = _named(config, arguments.worker)
    except ConfigurationFaulty as error:
        print("\n".join(error.faults), file=sys.stderr)  # noqa: T201 - there are no settings to log by
        return FAULTY_CONFIGURATION
    logs.configure(config.logging)
    return _run(config, worker)


def _named(config: Config, name: str) -> EarsWorker:
    for worker in config.speech.workers:
        if not name or worker.name == name:
            return worker
    raise ConfigurationFaulty([f"speech.workers: there is none named {name!r}"])


def _run(config: Config, worker: EarsWorker) -> int:
    install()
    from twisted.internet import reactor

    life = _Life(config, worker, reactor)
    _send_twisted_logs_to_ours()
    reactor.callWhenRunning(life.begin)
    reactor.run()  # type: ignore[misc]
    return life.code


class _Life:
    def __init__(self, config: Config, worker: EarsWorker, reactor: Any) -> None:
        self._config = config
        self._worker = worker
        self._reactor = reactor
        self._stopping = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self.code = 0

    def begin(self) -> None:
        self._task = asyncio.ensure_future(self._live())
        self._reactor.addSystemEventTrigger("before", "shutdown", self._finish)

    async def _live(self) -> None:
        from twisted.internet.error import CannotListenError

        from ivr.ears.recognizer import Recognizer
        from ivr.ears.server import EarsServer
        from ivr.ears.worker import Ears

        speech = self._config.speech
        try:
            recognizer = await asyncio.to_thread(Recognizer, self._config.path(speech.model))
        except EarsAway as error:
            log.error("ears_deaf", why=str(error))
            recognizer = None
        ears = Ears(speech, self._config.path(self._config.voice.sounds), recognizer)
        server = EarsServer(self._reactor, self._worker, speech, ears)
        try:
            await server.start()
            await self._stopping.wait()
        except CannotListenError as error:
            log.error("ears_cannot_listen", why=str(error))
            self.code = 1
        await server.stop()
        if not self._stopping.is_set():
            self._reactor.callLater(0, self._reactor.stop)

    def _finish(self) -> Any:
        """Twisted waits for this before it ends the loop."""
        self._stopping.set()
        return as_deferred(self._ended())

    async def _ended(self) -> None:
        if self._task is not None:
            await asyncio.wait([self._task])


def _send_twisted_logs_to_ours() -> None:
    from twisted.python.log import PythonLoggingObserver

    PythonLoggingObserver().start()  # type: ignore[no-untyped-call]


if __name__ == "__main__":
    sys.exit(main())
