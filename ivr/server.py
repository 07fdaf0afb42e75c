"""The FastAGI server: one asyncio Task per call tells the story that the dialplan asked for."""

from __future__ import annotations

import asyncio
import re
import traceback
from collections.abc import Awaitable, Callable, Mapping
from functools import partial
from typing import Any, Final, Protocol

import structlog
from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IAddress
from twisted.internet.protocol import Factory

from callcenter.config.asterisk import FastAgi
from callcenter.config.stories import Hotline
from callcenter.errors import CallerHungUp
from callcenter.logs import about
from callcenter.ports.clock import Clock
from callcenter.ports.story_call import StoryCall
from callcenter.reactor import as_future
from ivr.asking import Ears
from ivr.call import AgiCall
from ivr.protocol import FLUSH_WITHIN_SECONDS, AgiConnection


class Listening(Protocol):
    """What we use of Twisted's listening port."""

    def getHost(self) -> Any: ...
    def stopListening(self) -> Deferred[None]: ...


class Reactor(Protocol):
    """What we use of Twisted's reactor."""

    def listenTCP(self, port: int, factory: Factory, backlog: int, interface: str) -> Listening: ...


Story = Callable[[StoryCall], Awaitable[None]]

#: Once a story is cancelled it has so long to let go.
CANCEL_WITHIN_SECONDS: Final = 1.0
#: A line of the log costs 0.3 ms, and a call's first milliseconds are on the way to a ringing phone.
_TOLD_AFTER_SECONDS: Final = 0.05

_STORY = re.compile(r"[a-z0-9_]{1,40}")


class FastAgiServer:
    """Serves `agi://host:port/<story>` for the stories given by name.

    Whatever goes wrong, the socket is closed without `CC_DONE`, and the dialplan's fallback brings the caller to a
    human: an unknown story, an environment that is late or none, more than `calls_at_most` calls, a story that raised.
    """

    def __init__(
        self,
        reactor: Reactor,
        *,
        config: FastAgi,
        hotline: Hotline,
        stories: Mapping[str, Story],
        clock: Clock,
        ears: Ears | None = None,
    ) -> None:
        self._reactor = reactor
        self._config = config
        self._hotline = hotline
        self._stories = dict(stories)
        self._clock = clock
        self._ears = ears
        self._log = structlog.get_logger()
        self._listening: Listening | None = None
        self._connections: set[AgiConnection] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self._all_closed = asyncio.Event()

    async def start(self) -> None:
        """Listens. Raises `twisted.internet.error.CannotListenError` when the port is taken."""
        factory = _Factory(self, self._config)
        self._listening = self._reactor.listenTCP(
            self._config.port, factory, backlog=self._config.backlog, interface=self._config.host
        )
        self._log.info("fastagi_listening", port=self.port)

    @property
    def port(self) -> int:
        """The port it listens on; 0 when it does not."""
        return int(self._listening.getHost().port) if self._listening else 0

    @property
    def calls(self) -> int:
        """Stories being told now."""
        return len(self._tasks)

    async def stop(self, *, within_seconds: float) -> None:
        """Takes no new call, lets running stories go on for so long, then closes what is left."""
        listening, self._listening = self._listening, None
        if listening is not None:
            await as_future(listening.stopListening())
        for connection in [c for c in self._connections if not c.environment]:
            connection.end("stopping")
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=within_seconds)
        left = list(self._tasks)
        for task in left:
            task.cancel()
        if left:
            await asyncio.wait(left, timeout=CANCEL_WITHIN_SECONDS)
        for connection in list(self._connections):
            connection.end("stopping")
        if self._connections:
            self._all_closed.clear()
            async with asyncio.timeout(FLUSH_WITHIN_SECONDS + 1):
                await self._all_closed.wait()
        self._log.info("fastagi_stopped", cut=len(left))

    # -------------------------------------------------------------------------- told by the connections

    def has_room(self) -> bool:
        """Counts connections and stories: a story may outlive its socket, and a socket may come without a story."""
        return max(len(self._connections), len(self._tasks)) < self._config.calls_at_most

    def made(self, connection: AgiConnection) -> None:
        self._connections.add(connection)

    def opened(self, connection: AgiConnection) -> None:
        name = connection.environment["agi_network_script"].partition("?")[0]
        story = self._stories.get(name)
        if story is None:
            self._log.error("story_unknown", story=name if _STORY.fullmatch(name) else "?")
            connection.end("story unknown")
        elif self._listening is None:
            connection.end("stopping")
        else:
            task = asyncio.get_running_loop().create_task(self._tell(story, name, connection))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    def closed(self, connection: AgiConnection) -> None:
        self._connections.discard(connection)
        if not self._connections:
            self._all_closed.set()
        if not connection.environment:
            self._log.info("fastagi_refused", why=connection.ended)

    # ----------------------------------------------------------------------------------- the story runner

    async def _tell(self, story: Story, name: str, connection: AgiConnection) -> None:
        """One of the three doors of `except Exception`: it logs and leaves the caller to the dialplan's fallback."""
        with about(call_id=connection.environment["agi_uniqueid"]):
            loop = asyncio.get_running_loop()
            loop.call_later(_TOLD_AFTER_SECONDS, partial(self._log.info, "call_started", story=name))
            call = None
            outcome = "failed"
            try:
                call = AgiCall(
                    connection, config=self._config, hotline=self._hotline, clock=self._clock, ears=self._ears
                )
                await story(call)
                outcome = "done" if call.next_step else "left_open"
            except CallerHungUp:
                outcome = "session_ended"
            except asyncio.CancelledError:
                outcome = "cancelled"
                raise
            except Exception as error:
                # Not the message: it may quote what a caller sent.
                self._log.error("story_failed", story=name, error=type(error).__name__, where=_where(error))
            finally:
                why = connection.ended
                connection.end("story over")
                seconds = round(asyncio.get_running_loop().time() - connection.made_at, 3)
                step = call.next_step if call else ""
                self._log.info("call_ended", story=name, outcome=outcome, step=step, why=why, seconds=seconds)


class _Factory(Factory):
    noisy = False

    def __init__(self, server: FastAgiServer, config: FastAgi) -> None:
        self._server = server
        self._config = config

    def buildProtocol(self, addr: IAddress | None) -> Any:
        if not self._server.has_room():
            structlog.get_logger().error("fastagi_full", calls_at_most=self._config.calls_at_most)
            return None
        loop = asyncio.get_running_loop()
        connection = AgiConnection(self._server, loop, self._config.environment_within_seconds)
        self._server.made(connection)
        return connection


def _where(error: BaseException) -> list[str]:
    return [f"{frame.name}:{frame.lineno}" for frame in traceback.extract_tb(error.__traceback__)]
