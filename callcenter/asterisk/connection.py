"""One connection to the manager interface: bytes in, answers to their waiters, events out in batches."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from typing import Final, cast

import structlog

from callcenter.asterisk.pyst2_manager import Pyst2Manager
from callcenter.asterisk.wire import MESSAGE_AT_MOST, Message, MessageReader
from callcenter.errors import AsteriskAway

GREETING: Final = "Asterisk Call Manager/"
CLOSE_SECONDS: Final = 1.0  #: an aborted socket is closed in the loop's next turn

_log = structlog.get_logger()


class Connection(asyncio.Protocol):
    """From the greeting to the end. `manager` speaks; `lost` is done when the socket is gone, and never fails."""

    def __init__(self, on_event: Callable[[Message], None]) -> None:
        loop = asyncio.get_running_loop()
        self._loop = loop
        self._on_event = on_event
        self._reader = MessageReader()
        self._events: deque[Message] = deque()
        self._lists: dict[str, tuple[list[Message], asyncio.Future[list[Message]]]] = {}
        self._transport: asyncio.WriteTransport | None = None
        self.manager = Pyst2Manager(self._write)
        self.greeted: asyncio.Future[None] = loop.create_future()
        self.booted = asyncio.Event()  #: Asterisk has said that all its modules are loaded
        self.lost: asyncio.Future[None] = loop.create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.WriteTransport, transport)  # uvloop's is one, and does not inherit

    def connection_lost(self, exc: Exception | None) -> None:
        self.manager.close()
        if not self.greeted.done():
            self.greeted.set_exception(AsteriskAway("the connection ended before the greeting"))
            self.greeted.exception()  # nobody may be waiting any more
        for _, complete in self._lists.values():
            if not complete.done():
                complete.set_exception(AsteriskAway("the connection ended inside a list"))
                complete.exception()
        if not self.lost.done():
            self.lost.set_result(None)

    def data_received(self, data: bytes) -> None:
        left_out = self._reader.too_long
        messages = self._reader.feed(data)
        if self._reader.too_long > left_out:
            _log.warning("ami_message_left_out", longer_than=MESSAGE_AT_MOST)
        if not self.greeted.done() and not self._greet():
            return
        waiting = len(self._events)
        for message in messages:
            if not message.is_event:
                self.manager.answered(message)
            elif message.get("ActionID") in self._lists:
                self._collect(message)
            else:
                self._events.append(message)
        if self._events and not waiting:
            self._loop.call_soon(self._deliver)

    def list_of(self, action_id: str) -> asyncio.Future[list[Message]]:
        """The items of a list action, complete when Asterisk says so. Ask before the action is sent."""
        complete: asyncio.Future[list[Message]] = self._loop.create_future()
        self._lists[action_id] = ([], complete)
        complete.add_done_callback(lambda _: self._lists.pop(action_id, None))
        return complete

    async def close(self) -> None:
        """Closes the socket at once, without a farewell, and returns when it is closed."""
        if self._transport is not None:
            self._transport.abort()
            await asyncio.wait([self.lost], timeout=CLOSE_SECONDS)

    def _write(self, packet: bytes) -> None:
        if self._transport is None or self._transport.is_closing():
            raise AsteriskAway("the connection has ended")
        self._transport.write(packet)

    def _greet(self) -> bool:
        greeting = self._reader.greeting
        if greeting.startswith(GREETING):
            self.greeted.set_result(None)
            return True
        if greeting:
            self.greeted.set_exception(AsteriskAway("what answers there is no Asterisk manager interface"))
            if self._transport is not None:
                self._transport.abort()
        return False

    def _collect(self, message: Message) -> None:
        items, complete = self._lists[message["ActionID"]]
        if message.get("EventList") != "Complete":
            items.append(message)
        elif not complete.done():
            complete.set_result(items)

    def _deliver(self) -> None:
        """A failing callback costs its own event only: the error goes to the loop, the rest follows in order."""
        events = self._events
        try:
            while events:
                event = events.popleft()
                if event["Event"] == "FullyBooted":
                    self.booted.set()
                self._on_event(event)
        finally:
            if events:
                self._loop.call_soon(self._deliver)
