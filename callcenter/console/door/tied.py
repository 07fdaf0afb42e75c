"""Two WebSockets tied together: what one says the other hears, in bounds, until either ends."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress
from typing import Any, Final

from aiohttp import ClientError, ClientWebSocketResponse, WSCloseCode, WSMessage, WSMsgType, web

_CLOSE_WITHIN_SECONDS: Final = 1.0
_PASSED_ON: Final = frozenset({WSCloseCode.OK, WSCloseCode.POLICY_VIOLATION, WSCloseCode.MESSAGE_TOO_BIG})

Socket = web.WebSocketResponse | ClientWebSocketResponse


class TooMany(Exception):
    """The browser says more than it may."""


class Pace:
    """So many messages a second, and twice as many after a pause. Times are the loop's, in seconds."""

    def __init__(self, per_second: float, now: float) -> None:
        self._per_second, self._left, self._at = per_second, 2 * per_second, now

    def take(self, now: float) -> None:
        """Counts one message. Raises `TooMany`."""
        self._left = min(2 * self._per_second, self._left + (now - self._at) * self._per_second) - 1
        self._at = now
        if self._left < 0:
            raise TooMany


async def tie(
    browser: web.WebSocketResponse,
    behind: ClientWebSocketResponse,
    *,
    idle_seconds: float,
    send_within_seconds: float,
    until: float | None = None,
    pace: Pace | None = None,
) -> str:
    """Returns why it ended, with both closed: browser, behind, idle, over (`until`, by the loop), too_many, stuck."""
    loop = asyncio.get_running_loop()

    def heard() -> None:
        idle.reschedule(min(loop.time() + idle_seconds, until or float("inf")))

    def from_browser() -> None:
        if pace is not None:
            pace.take(loop.time())
        heard()

    there = asyncio.create_task(_pump(browser, behind, from_browser, send_within_seconds), name="from the browser")
    back = asyncio.create_task(_pump(behind, browser, heard, send_within_seconds), name="to the browser")
    why = "idle"
    try:
        async with asyncio.timeout(idle_seconds) as idle:
            ended, _ = await asyncio.wait((there, back), return_when=asyncio.FIRST_COMPLETED)
            first = there if there in ended else back
            why = _why(first, "browser" if first is there else "behind")
    except TimeoutError:
        if until is not None and loop.time() >= until:
            why = "over"
    finally:
        for task in (there, back):
            task.cancel()
        await asyncio.wait((there, back))
        code = behind.close_code if why == "behind" else browser.close_code
        await _close(browser, WSCloseCode.POLICY_VIOLATION if why in ("too_many", "over") else _passed_on(code))
        await _close(behind, WSCloseCode.OK)
    return why


async def _pump(source: Any, sink: Any, heard: Callable[[], None], send_within_seconds: float) -> None:
    message: WSMessage
    async for message in source:
        heard()
        async with asyncio.timeout(send_within_seconds):
            if message.type is WSMsgType.TEXT:
                await sink.send_str(message.data)
            elif message.type is WSMsgType.BINARY:
                await sink.send_bytes(message.data)


def _why(task: asyncio.Task[None], side: str) -> str:
    match task.exception():
        case TooMany():
            return "too_many"
        case TimeoutError():
            return "stuck"
        case None | ClientError() | ConnectionError():
            return side
        case error:
            raise error


def _passed_on(code: int | None) -> int:
    return code if code in _PASSED_ON else WSCloseCode.GOING_AWAY


async def _close(socket: Socket, code: int) -> None:
    with suppress(TimeoutError, ClientError, ConnectionError):
        async with asyncio.timeout(_CLOSE_WITHIN_SECONDS):
            await socket.close(code=code)
