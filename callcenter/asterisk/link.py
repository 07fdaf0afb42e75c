"""The link to Asterisk's manager interface: kept up, watched by a heartbeat, opened again with growing waits."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Callable
from types import TracebackType
from typing import Final, Self

import structlog

from callcenter.asterisk.connection import Connection
from callcenter.asterisk.pyst2_manager import Answer, Fields
from callcenter.asterisk.wire import Message
from callcenter.config.asterisk import Ami
from callcenter.errors import ActionRefused, AsteriskAway

FIRST_WAIT_SECONDS: Final = 0.1  #: before the second attempt; doubled up to `reconnect_at_most_seconds`

_log = structlog.get_logger()


class AmiLink:
    """Use as `async with AmiLink(...) as link`. On entry one attempt to connect has been made, well or not.

    `on_up` is called after each login, when Asterisk is fully booted, `on_down` when that connection has ended;
    `on_event` for every event, in order. All run on the event loop, so they must return soon; one that fails is
    reported to the loop and stops nothing. Events that come while nobody is connected are lost: reconcile on `on_up`.
    """

    def __init__(
        self,
        config: Ami,
        secret: str,
        on_event: Callable[[Message], None],
        on_up: Callable[[], None],
        on_down: Callable[[], None],
    ) -> None:
        self._config = config
        self._secret = secret
        self._on_event = on_event
        self._on_up = on_up
        self._on_down = on_down
        self._connection: Connection | None = None
        self._keeper: asyncio.Task[None] | None = None
        self._tried = asyncio.Event()
        self._list_numbers = itertools.count(1)

    @property
    def up(self) -> bool:
        return self._connection is not None

    async def __aenter__(self) -> Self:
        self._keeper = asyncio.create_task(self._keep_up(), name="ami-link")
        self._keeper.add_done_callback(_report)
        await self._tried.wait()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None
    ) -> None:
        if self._keeper is not None:
            self._keeper.cancel()
            await asyncio.wait([self._keeper])

    async def act(self, action: str, fields: Fields | None = None) -> Message:
        """One action and its own answer.

        Raises `AsteriskAway` if the link is down, ends, or gives no answer within `reply_within_seconds` (the action
        may have been done all the same), `ActionRefused` if Asterisk says no or a value cannot be sent safely.
        """
        manager = self._connected().manager
        return await self._reply(action, manager.send_action({"Action": action, **(fields or {})}))

    async def collect(self, action: str, fields: Fields | None = None) -> list[Message]:
        """A list action (CoreShowChannels, ConfbridgeList …): its items, whole or not at all. Raises as `act` does."""
        connection = self._connected()
        action_id = f"cc-list-{next(self._list_numbers)}"
        items = connection.list_of(action_id)
        try:
            await self.act(action, {**(fields or {}), "ActionID": action_id})
            async with asyncio.timeout(self._config.reply_within_seconds):
                return await items
        except TimeoutError as error:
            raise AsteriskAway(f"{action}: the list was not completed in time") from error
        finally:
            items.cancel()

    def _connected(self) -> Connection:
        if self._connection is None:
            raise AsteriskAway("the manager link is down")
        return self._connection

    async def _reply(self, action: str, answer: Answer) -> Message:
        # Not `asyncio.timeout`: after a stall of ours it would throw away an answer that has come meanwhile.
        await asyncio.wait([answer], timeout=self._config.reply_within_seconds)
        if not answer.done():
            answer.cancel()
            raise AsteriskAway(f"{action}: no answer within {self._config.reply_within_seconds:g} s")
        response = answer.result()
        if response.get("Response") == "Error":
            raise ActionRefused(f"{action}: {response.get('Message', '')[:100]}")
        return response

    async def _keep_up(self) -> None:
        at_most = self._config.reconnect_at_most_seconds
        loop = asyncio.get_running_loop()
        wait = FIRST_WAIT_SECONDS
        while True:
            began = loop.time()
            try:
                await self._stay(await self._open())
            except (OSError, AsteriskAway, ActionRefused) as error:
                if loop.time() - began > 2 * at_most:
                    wait = FIRST_WAIT_SECONDS
                _log.warning("ami_down", why=str(error), again_in_seconds=wait)
            finally:
                self._tried.set()
            await asyncio.sleep(wait)
            wait = min(wait * 2, at_most)

    async def _open(self) -> Connection:
        """A connection that is logged in. Raises `OSError`, `AsteriskAway` or `ActionRefused` (the secret is wrong)."""
        connection = Connection(self._on_event)
        ready = False
        try:
            async with asyncio.timeout(self._config.reply_within_seconds):
                loop = asyncio.get_running_loop()
                await loop.create_connection(lambda: connection, self._config.host, self._config.port)
                await connection.greeted
            await self._reply("Login", connection.manager.login(self._config.user, self._secret))
            await self._until_booted(connection)
            ready = True
        except TimeoutError as error:
            raise AsteriskAway("no greeting in time") from error
        finally:
            if not ready:
                await connection.close()
        return connection

    async def _until_booted(self, connection: Connection) -> None:
        """Asterisk lets us in before all its modules are loaded (0.13 s, 22.10); a leg rung then seems unreachable."""
        try:
            async with asyncio.timeout(self._config.reply_within_seconds):
                await connection.booted.wait()
        except TimeoutError:
            _log.warning("ami_boot_unknown", hint="FullyBooted did not come; manager.conf's read= needs system")

    async def _stay(self, connection: Connection) -> None:
        """Until the connection is lost or silent."""
        self._connection = connection
        self._tried.set()
        _log.info("ami_up")
        self._tell(self._on_up)
        try:
            while not connection.lost.done():
                await self._reply("Ping", connection.manager.ping())
                await asyncio.wait([connection.lost], timeout=self._config.ping_every_seconds)
            raise AsteriskAway("Asterisk closed the connection")
        finally:
            self._connection = None
            self._tell(self._on_down)
            await connection.close()

    def _tell(self, callback: Callable[[], None]) -> None:
        """From the loop, not from the keeper, so that a failing callback cannot end it."""
        asyncio.get_running_loop().call_soon(callback)


def _report(keeper: asyncio.Task[None]) -> None:
    """A keeper that dies of a fault of ours must be seen in the log at once, not when it is collected."""
    if not keeper.cancelled():
        keeper.result()
