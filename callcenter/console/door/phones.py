"""`/sip`: an agent's telephone in the browser, brought to Asterisk, which listens on loopback only."""

from __future__ import annotations

import asyncio
from collections import Counter
from datetime import UTC, datetime
from typing import Final

import structlog
from aiohttp import ClientError, ClientSession, ClientWSTimeout, web

from callcenter.config import Config
from callcenter.console.door.forwarding import Visitor, is_ours
from callcenter.console.door.ticket import COOKIE, Ticket, read
from callcenter.console.door.tied import Pace, tie

_SUBPROTOCOL: Final = "sip"

log = structlog.get_logger()


class Phones:
    """Ties browsers with a ticket to Asterisk. Sees SIP messages as bytes: who may register, Asterisk decides."""

    def __init__(self, config: Config, secret: str, client: ClientSession) -> None:
        self._console = config.console
        self._asterisk = f"ws://127.0.0.1:{config.asterisk.http_port}/ws"
        self._secret = secret
        self._client = client
        self._connected: Counter[str] = Counter()

    async def connect(self, request: web.Request) -> web.StreamResponse:
        """401 without a valid ticket, 403 from another origin, 429 and 503 when it is full, 502 without Asterisk."""
        if not is_ours(request, Visitor(request, self._console.trusted_proxies)):
            log.warning("phone_refused", why="another origin")
            raise web.HTTPForbidden(text="another origin\n")
        ticket = read(self._secret, request.cookies.get(COOKIE, ""), datetime.now(UTC))
        if ticket is None:
            log.warning("phone_refused", why="no valid ticket")
            raise web.HTTPUnauthorized(text="no valid ticket: log in\n")
        if self._connected.total() >= self._console.phones_at_most:
            raise web.HTTPServiceUnavailable(text="full\n")
        if self._connected[ticket.account] >= self._console.phones_per_account_at_most:
            raise web.HTTPTooManyRequests(text="too many telephones for this account\n")
        browser = web.WebSocketResponse(
            protocols=(_SUBPROTOCOL,),
            heartbeat=2 * self._console.ping_every_seconds,  # aiohttp waits half as long for the answer
            max_msg_size=self._console.phone_bytes_at_most,
        )
        if not browser.can_prepare(request):
            raise web.HTTPUpgradeRequired(text="a WebSocket is expected\n")
        self._connected[ticket.account] += 1
        try:
            return await self._bring(request, browser, ticket)
        finally:
            self._connected[ticket.account] -= 1
            self._connected += Counter()  # forgets who has none

    async def _bring(self, request: web.Request, browser: web.WebSocketResponse, ticket: Ticket) -> web.StreamResponse:
        loop = asyncio.get_running_loop()
        seconds_left = (ticket.until - datetime.now(UTC)).total_seconds()
        try:
            async with asyncio.timeout(self._console.connect_within_seconds):
                asterisk = await self._client.ws_connect(
                    self._asterisk,
                    protocols=(_SUBPROTOCOL,),
                    max_msg_size=4 * self._console.phone_bytes_at_most,
                    timeout=ClientWSTimeout(ws_close=self._console.connect_within_seconds),
                )
        except (ClientError, OSError, TimeoutError) as error:
            log.warning("phone_refused", account=ticket.account, why=type(error).__name__)
            raise web.HTTPBadGateway(text="Asterisk is away\n") from error
        async with asterisk:
            await browser.prepare(request)
            log.info("phone_connected", account=ticket.account)
            why = await tie(
                browser,
                asterisk,
                idle_seconds=self._console.idle_seconds,
                send_within_seconds=self._console.connect_within_seconds,
                until=loop.time() + seconds_left,
                pace=Pace(self._console.phone_messages_per_second_at_most, loop.time()),
            )
            log.info("phone_gone", account=ticket.account, why=why)
        return browser
