"""Everything else goes to the service's own pages, on its unix socket, and what they say comes back."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import structlog
from aiohttp import ClientError, ClientSession, ClientTimeout, ClientWSTimeout, WSServerHandshakeError, web
from yarl import URL

from callcenter.config.console import Console
from callcenter.console.door.away import away
from callcenter.console.door.forwarding import Visitor, is_ours, to_the_browser, to_the_service
from callcenter.console.door.tied import tie

_OF_THE_HANDSHAKE = frozenset({"sec-websocket-key", "sec-websocket-version", "sec-websocket-extensions"})

log = structlog.get_logger()


class _Room:
    """For so many at once; whoever enters when it is full is told so at once."""

    def __init__(self, at_most: int) -> None:
        self._left = at_most

    def __enter__(self) -> None:
        if self._left == 0:
            raise web.HTTPServiceUnavailable(text="full\n", headers={"Retry-After": "1"})
        self._left -= 1

    def __exit__(self, *_: object) -> None:
        self._left += 1


class Beyond:
    """`client` speaks to the service's socket. A service that is away is 503 to the browser, after a bounded time."""

    def __init__(self, console: Console, client: ClientSession) -> None:
        self._console = console
        self._client = client
        self._requests = _Room(console.requests_at_most)
        self._links = _Room(console.links_at_most)

    async def pass_on(self, request: web.Request) -> web.StreamResponse:
        if not request.raw_path.startswith("/"):
            raise web.HTTPBadRequest(text="a path is expected\n")
        if request.headers.get("Upgrade", "").lower() == "websocket":
            with self._links:
                return await self._tie(request)
        with self._requests:
            return await self._ask(request)

    async def _ask(self, request: web.Request) -> web.StreamResponse:
        if (request.content_length or 0) > self._console.request_bytes_at_most:
            return self._too_large()
        visitor = Visitor(request, self._console.trusted_proxies)
        upload = _Upload(request, self._console) if request.body_exists else None
        response = web.StreamResponse()
        try:
            async with self._client.request(
                request.method,
                _beyond(request),
                headers=to_the_service(request, visitor),
                data=upload and upload.parts(),
                allow_redirects=False,
                timeout=ClientTimeout(
                    total=None,
                    sock_connect=self._console.connect_within_seconds,
                    sock_read=self._console.answer_within_seconds,
                ),
            ) as answer:
                response.set_status(answer.status, answer.reason)
                response.headers.extend(to_the_browser(answer.headers))
                await response.prepare(request)
                async for part in answer.content.iter_any():
                    async with asyncio.timeout(self._console.answer_within_seconds):
                        await response.write(part)
        except (ClientError, OSError, TimeoutError) as error:
            if not response.prepared:
                return self._too_large() if upload is not None and upload.left < 0 else away(request, error)
            log.warning("answer_broken_off", why=type(error).__name__)
            response.force_close()
            if request.transport is not None:
                request.transport.abort()  # half an answer must not look like a whole one
            return response
        await response.write_eof()
        return response

    def _too_large(self) -> web.Response:
        return web.Response(status=413, text=f"at most {self._console.request_bytes_at_most} bytes\n")

    async def _tie(self, request: web.Request) -> web.StreamResponse:
        visitor = Visitor(request, self._console.trusted_proxies)
        if not is_ours(request, visitor):
            raise web.HTTPForbidden(text="another origin\n")
        headers = to_the_service(request, visitor)
        protocols = [name.strip() for name in headers.pop("Sec-WebSocket-Protocol", "").split(",") if name.strip()]
        for name in _OF_THE_HANDSHAKE:
            headers.pop(name, None)
        browser = web.WebSocketResponse(
            protocols=protocols,
            heartbeat=2 * self._console.ping_every_seconds,  # aiohttp waits half as long for the answer
            max_msg_size=self._console.link_bytes_at_most,
        )
        if not browser.can_prepare(request):
            raise web.HTTPUpgradeRequired(text="a WebSocket is expected\n")
        try:
            async with asyncio.timeout(self._console.answer_within_seconds):
                behind = await self._client.ws_connect(
                    _beyond(request),
                    headers=headers,
                    protocols=protocols,
                    max_msg_size=self._console.link_bytes_at_most,
                    timeout=ClientWSTimeout(ws_close=self._console.connect_within_seconds),
                )
        except WSServerHandshakeError as error:
            return web.Response(status=error.status if error.status >= 400 else 502)
        except (ClientError, OSError, TimeoutError) as error:
            return away(request, error)
        async with behind:
            await browser.prepare(request)
            await tie(
                browser,
                behind,
                idle_seconds=self._console.idle_seconds,
                send_within_seconds=self._console.answer_within_seconds,
            )
        return browser


class _Upload:
    """A body on its way through. Its length is known when it has passed."""

    def __init__(self, request: web.Request, console: Console) -> None:
        self._content = request.content
        self._part_within_seconds = console.answer_within_seconds
        self.left = console.request_bytes_at_most  #: below 0 when there was more, and then it has ended early

    async def parts(self) -> AsyncIterator[bytes]:
        while True:
            async with asyncio.timeout(self._part_within_seconds):
                part = await self._content.readany()
            self.left -= len(part)
            if self.left < 0:
                raise ConnectionError("the upload is too long")  # the service must not take it for a whole one
            if not part:
                return
            yield part


def _beyond(request: web.Request) -> URL:
    return URL(f"http://service{request.raw_path}", encoded=True)
