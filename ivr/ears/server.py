"""The worker's two doors: Asterisk's sound comes in at one, services at the other."""

from __future__ import annotations

import asyncio
from typing import Any, Final, Protocol

import structlog
from twisted.internet.interfaces import IAddress
from twisted.internet.protocol import Factory

from callcenter.config.speech import EarsWorker, Speech
from callcenter.reactor import as_future
from ivr.ears.connection import AudioConnection
from ivr.ears.control import ControlConnection
from ivr.ears.worker import Ears

_BACKLOG: Final = 256
_SERVICES_AT_MOST: Final = 32

log = structlog.get_logger()


class Reactor(Protocol):
    """What we use of Twisted's reactor."""

    def listenTCP(self, port: int, factory: Factory, backlog: int, interface: str) -> Any: ...


class EarsServer:
    """Listens for a worker of the configuration. Raises `CannotListenError` of Twisted's when a port is taken."""

    def __init__(self, reactor: Reactor, worker: EarsWorker, speech: Speech, ears: Ears) -> None:
        self._reactor = reactor
        self._worker = worker
        self._speech = speech
        self._ears = ears
        self._doors: list[Any] = []
        self._services: set[ControlConnection] = set()

    async def start(self) -> None:
        for section, factory in (
            (self._worker.audio, _Made(self._sound)),
            (self._worker.control, _Made(self._service)),
        ):
            self._doors.append(self._reactor.listenTCP(section.port, factory, backlog=_BACKLOG, interface=section.host))
        log.info("ears_listening", worker=self._worker.name, model=self._ears.has_model)

    async def stop(self) -> None:
        """Takes nobody new, ends every stream and tells its service, then closes. About a second at most."""
        for door in self._doors:
            await as_future(door.stopListening())
        await self._ears.stop()
        for service in list(self._services):
            service.end()
        log.info("ears_stopped", worker=self._worker.name)

    def _sound(self) -> AudioConnection | None:
        if not self._ears.has_room_to_ask():
            log.warning("sound_refused", why="too many connections")
            return None
        loop = asyncio.get_running_loop()
        connection = AudioConnection(self._ears, loop, uuid_within_seconds=self._speech.uuid_within_seconds)
        self._ears.made(connection)
        return connection

    def _service(self) -> ControlConnection | None:
        if len(self._services) >= _SERVICES_AT_MOST:
            log.warning("service_refused", why="too many connections")
            return None
        connection = ControlConnection(self._ears, self._speech, self._services.discard)
        self._services.add(connection)
        return connection


class _Made(Factory):
    noisy = False

    def __init__(self, make: Any) -> None:
        self._make = make

    def buildProtocol(self, addr: IAddress | None) -> Any:
        return self._make()
