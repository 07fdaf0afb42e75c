"""The door itself: one listener, TLS or plain, and where each path leads."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final

import structlog
from aiohttp import ClientSession, DummyCookieJar, TCPConnector, UnixConnector, web

from callcenter.config import Config
from callcenter.console.door.beyond import Beyond
from callcenter.console.door.phones import Phones
from callcenter.console.door.shelf import FOLDER, Shelf
from callcenter.console.door.ticket import PATH, ticket_secret
from callcenter.errors import ConfigurationFaulty

_CLOSE_WITHIN_SECONDS: Final = 2.0
_BACKLOG: Final = 512

log = structlog.get_logger()


@asynccontextmanager
async def open_door(config: Config, static: Path = FOLDER) -> AsyncIterator[None]:
    """Listens at `console.host` and `.port`. Raises `OSError` when the port is taken, `ConfigurationFaulty` for a bad
    certificate. The service and Asterisk may come and go meanwhile.
    """
    console = config.console
    tls = _tls(config)
    shelf = Shelf(static)
    if not shelf:
        log.warning("no_static_files", hint="make setup")
    async with (
        _client(TCPConnector(limit=0)) as to_asterisk,
        _client(UnixConnector(str(config.path(console.socket)), limit=0)) as to_service,
    ):
        app = web.Application(client_max_size=console.request_bytes_at_most)
        app.router.add_get(PATH, Phones(config, ticket_secret(config), to_asterisk).connect)
        app.router.add_get("/static/{name:.+}", shelf.hand)
        app.router.add_route("*", "/{path:.*}", Beyond(console, to_service).pass_on)
        app.on_response_prepare.append(_unsigned)
        runner = web.AppRunner(
            app,
            handle_signals=False,
            access_log=None,
            shutdown_timeout=_CLOSE_WITHIN_SECONDS,
            keepalive_timeout=console.request_within_seconds,  # for the first request, too
            handler_cancellation=True,
            auto_decompress=False,
        )
        await runner.setup()
        try:
            async with await _listen(config, runner, tls) as listener:
                log.info("door_open", host=console.host, port=console.port, tls=tls is not None, files=len(shelf))
                yield
                listener.close()
        finally:
            await runner.cleanup()


async def _listen(config: Config, runner: web.AppRunner, tls: ssl.SSLContext | None) -> asyncio.Server:
    server = runner.server
    assert server is not None

    def accept() -> asyncio.BaseProtocol:
        full = len(server.connections) >= config.console.connections_at_most
        return _Refused() if full else server()

    return await asyncio.get_running_loop().create_server(
        accept, config.console.host, config.console.port, ssl=tls, backlog=_BACKLOG
    )


async def _unsigned(_request: web.Request, response: web.StreamResponse) -> None:
    """Nobody needs to know which program answers, in which version."""
    response.headers.pop("Server", None)


class _Refused(asyncio.Protocol):
    """One connection too many."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        transport.abort()


def _client(connector: TCPConnector | UnixConnector) -> ClientSession:
    return ClientSession(connector=connector, cookie_jar=DummyCookieJar(), auto_decompress=False, trust_env=False)


def _tls(config: Config) -> ssl.SSLContext | None:
    certificate, key = config.console.certificate, config.console.key
    if certificate is None or key is None:
        return None
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    try:
        context.load_cert_chain(config.path(certificate), config.path(key))
    except (OSError, ssl.SSLError) as error:
        raise ConfigurationFaulty([f"console.certificate: cannot be used: {error}"]) from error
    return context
