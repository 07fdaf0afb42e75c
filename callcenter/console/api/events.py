"""`/api/v1/events`: news as Server-Sent Events. A transcript's text is no news for a program."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Final

from aiohttp import web

from callcenter.console.api.asking import Asked
from callcenter.console.api.known_clients import KnownClients
from callcenter.console.api.models import Event
from callcenter.console.headers import add_headers
from callcenter.ports.news import News, NewsKind

_BEAT: Final = b": beat\n\n"


async def stream(asked: Asked, clients: KnownClients, token: str) -> web.StreamResponse:
    """Until the client goes, takes no more, loses its token, or `api.stream_seconds` are over."""
    api = asked.desk.config.api
    response = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
    add_headers(asked.request, response)
    clients.streams += 1
    try:
        async with asyncio.timeout(api.stream_seconds), asked.desk.live.subscribe() as news:
            await response.prepare(asked.request)
            await _send(asked, response, _BEAT)
            while await clients.of(token) is not None:
                await _send(asked, response, await _next(asked, news))
    except (TimeoutError, StopAsyncIteration, ConnectionError):
        pass  # the client asks again
    finally:
        clients.streams -= 1
    return response


async def _next(asked: Asked, news: AsyncIterator[News]) -> bytes:
    """The next event, or a beat after a while without one."""
    waiting = asyncio.ensure_future(anext(news))
    try:
        await asyncio.wait([waiting], timeout=asked.desk.config.api.beat_seconds)
        if not waiting.done():
            return _BEAT
        item = waiting.result()
    finally:
        waiting.cancel()
    if item.kind is NewsKind.TRANSCRIPT:
        return _BEAT
    event = Event(kind=item.kind, subject=item.subject, at=asked.desk.clock.now(), words=dict(item.words))
    return f"event: {item.kind}\ndata: {event.model_dump_json()}\n\n".encode()


async def _send(asked: Asked, response: web.StreamResponse, part: bytes) -> None:
    async with asyncio.timeout(asked.desk.config.api.send_within_seconds):
        await response.write(part)
