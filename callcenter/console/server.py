"""The console's server: one aiohttp application on a unix socket of mode 0600, for the door alone to reach.

It shares the loop with the calls and nothing else: whatever goes wrong here ends a page, never a call.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from pathlib import Path
from typing import Final

import aiohttp_jinja2
import jinja2
import structlog
from aiohttp import web

from callcenter.console.access import answer_every_fault, guarded
from callcenter.console.api.known_clients import KnownClients
from callcenter.console.compiled import compiled
from callcenter.console.door.ticket import ticket_secret
from callcenter.console.house import HOUSE, Around, House
from callcenter.console.language import Languages
from callcenter.console.list_jobs import ListJobs
from callcenter.console.listening import Listening
from callcenter.console.live.board import Board
from callcenter.console.live.open_pages import OpenPages
from callcenter.console.routes import ROUTES
from callcenter.console.sessions import Sessions
from callcenter.errors import ConfigurationFaulty, NotWhileStorageAway, StorageAway
from callcenter.services.desk import Desk
from callcenter.services.page_gone import pages_gone
from callcenter.services.passwords import Passwords
from callcenter.services.reports import Reports
from callcenter.services.sign_in import SignIns

log = structlog.get_logger()

_TEMPLATES: Final = Path(__file__).parent / "templates"
_CLOSE_WITHIN_SECONDS: Final = 1.0
_BOARD_AGAIN_AFTER_SECONDS: Final = 1.0


@asynccontextmanager
async def open_console_or_none(desk: Desk, around: Around) -> AsyncIterator[House | None]:
    """The same, but nothing at all where `console.enabled` is false or it cannot be opened: calls need no console."""
    async with AsyncExitStack() as stack:
        house = None
        if desk.config.console.enabled:
            try:
                house = await stack.enter_async_context(open_console(desk, around))
            except (OSError, ConfigurationFaulty) as error:
                log.error("console_not_open", error=str(error))
        yield house


@asynccontextmanager
async def open_console(desk: Desk, around: Around) -> AsyncIterator[House]:
    """Serves `console.socket`. Raises `OSError` or `ConfigurationFaulty` when socket or secret cannot be made."""
    access = desk.config.access
    passwords = Passwords(access)
    house = House(
        desk=desk,
        languages=Languages(around.words),
        sessions=Sessions(desk.storage, desk.clock, access),
        passwords=passwords,
        sign_ins=SignIns(desk.storage, desk.clock, passwords, access),
        board=Board(desk),
        lists=ListJobs(desk),
        open_pages=_open_pages(desk),
        listening=Listening(),
        prompts=around.prompts,
        api_clients=KnownClients(desk),
        phone_of=around.phone_of,
        health=around.health,
        reports=Reports(desk.storage, desk.clock, desk.config),
        simulate=around.simulate if desk.config.console.demo else None,
        ticket_secret=ticket_secret(desk.config),
    )
    runner = web.AppRunner(
        console_app(house), handle_signals=False, access_log=None, shutdown_timeout=_CLOSE_WITHIN_SECONDS
    )
    await runner.setup()
    board = asyncio.ensure_future(_keep(house.board))
    try:
        house.lists.open()
        await _listen(runner, desk.config.path(desk.config.console.socket))
        desk.background.start("pages before", _expect_pages(desk, house.open_pages))
        log.info("console_open")
        yield house
    finally:
        house.open_pages.close()
        house.lists.close()
        await runner.cleanup()
        board.cancel()
        with suppress(asyncio.CancelledError):
            await board
        passwords.close()


def console_app(house: House) -> web.Application:
    """Every route of the table, each behind its permission."""
    app = web.Application(middlewares=[answer_every_fault], client_max_size=house.desk.config.access.body_kib * 1024)
    app[HOUSE] = house
    aiohttp_jinja2.setup(
        app,
        loader=jinja2.FileSystemLoader(_TEMPLATES),
        bytecode_cache=compiled(),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    for route in ROUTES:
        app.router.add_route(route.method, route.path, guarded(route))
    return app


def _open_pages(desk: Desk) -> OpenPages:
    section = desk.config.desk
    return OpenPages(
        at_most=section.pages_at_most,
        gone_after_seconds=section.page_gone_seconds,
        gone=lambda extensions: desk.background.start("pages gone", pages_gone(desk, extensions)),
    )


async def _expect_pages(desk: Desk, open_pages: OpenPages) -> None:
    """Of everybody who may have one. While the database is away nobody is known, and nobody is taken off duty."""
    try:
        users = await desk.storage.look_up(
            "users", lambda work: work.access.users(), within_seconds=desk.config.access.read_within_seconds
        )
    except (StorageAway, NotWhileStorageAway):
        return
    open_pages.expect(user.extension for user in users if user.extension)


async def _listen(runner: web.AppRunner, path: Path) -> None:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with suppress(FileNotFoundError):
        path.unlink()
    before = os.umask(0o177)
    try:
        await web.UnixSite(runner, path).start()
    finally:
        os.umask(before)


async def _keep(board: Board) -> None:
    """A board that fails is logged, and begins again."""
    while True:
        running = asyncio.ensure_future(board.run())
        try:
            await asyncio.wait([running])
        finally:
            running.cancel()
        log.error("board_failed", exc_info=running.exception())
        await asyncio.sleep(_BOARD_AGAIN_AFTER_SECONDS)
