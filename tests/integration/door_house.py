"""A door in this process, with a small service behind it."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp
from aiohttp import web

from callcenter.app.free_port import free_port
from callcenter.config import Config, check
from callcenter.console.door.server import open_door

SCRIPT = "export const answer = 42;\n" * 40


@dataclass
class Behind:
    """The service's side of the unix socket, as small as can be."""

    path: Path
    runner: web.AppRunner
    heard: list[str] = field(default_factory=list)

    async def open(self) -> None:
        await self.runner.setup()
        await web.UnixSite(self.runner, str(self.path)).start()


def small_service(path: Path) -> Behind:
    async def tell(request: web.Request) -> web.Response:
        body = await request.read()
        headers = [[name, value] for name, value in request.headers.items()]
        return web.json_response(
            {"method": request.method, "path": request.raw_path, "headers": headers, "bytes": len(body)},
            headers={"X-Answer": "yes", "Set-Cookie": "desk=1; HttpOnly"},
        )

    async def slowly(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse()
        await response.prepare(request)
        await response.write(b"first")
        await asyncio.Event().wait()
        return response

    async def never(_request: web.Request) -> web.Response:
        behind.heard.append("never")
        await asyncio.Event().wait()
        raise AssertionError

    async def echo(request: web.Request) -> web.WebSocketResponse:
        socket_ = web.WebSocketResponse(protocols=("desk",), max_msg_size=0)
        await socket_.prepare(request)
        behind.heard.append(request.headers["X-Forwarded-For"])
        async for message in socket_:
            if message.type is aiohttp.WSMsgType.BINARY:
                await socket_.send_bytes(message.data)
            elif message.data == "close":
                await socket_.close(code=1008)
            elif message.data == "flood":
                await socket_.send_str("x" * 5000)
            else:
                await socket_.send_str(message.data)
        behind.heard.append("closed")
        return socket_

    async def refused(_request: web.Request) -> web.Response:
        return web.Response(status=401)

    async def moved(_request: web.Request) -> web.Response:
        raise web.HTTPSeeOther("/login")

    app = web.Application(client_max_size=1 << 22)
    app.router.add_get("/slowly", slowly)
    app.router.add_get("/never", never)
    app.router.add_get("/live", echo)
    app.router.add_get("/refused", refused)
    app.router.add_get("/moved", moved)
    app.router.add_route("*", "/{path:.*}", tell)
    behind = Behind(path, web.AppRunner(app, shutdown_timeout=0.1, handler_cancellation=True))
    return behind


@dataclass
class House:
    config: Config
    behind: Behind
    client: aiohttp.ClientSession
    links: list[aiohttp.ClientWebSocketResponse] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.config.console.port}"

    async def link(self, path: str = "/live", **options: Any) -> aiohttp.ClientWebSocketResponse:
        """It is closed with the house at the latest."""
        link = await self.client.ws_connect(self.url + path, origin=options.pop("origin", self.url), **options)
        self.links.append(link)
        return link

    async def raw(self, *said: bytes, closes: bool = False) -> bytes:
        """What a peer that speaks plain TCP gets until the door hangs up."""
        reader, writer = await asyncio.open_connection("127.0.0.1", self.config.console.port)
        try:
            for part in said:
                writer.write(part)
                await writer.drain()
            if closes:
                writer.write_eof()
            async with asyncio.timeout(10):
                return await reader.read()
        except ConnectionError:
            return b""
        finally:
            writer.close()


@asynccontextmanager
async def open_house(settings: dict[str, Any] | None = None) -> AsyncIterator[House]:
    """Small bounds, so that they are met soon; `settings` has others."""
    console = {
        "port": free_port(),
        "socket": "console.sock",
        "answer_within_seconds": 0.5,
        "request_within_seconds": 0.5,
        "request_bytes_at_most": 100_000,
        "link_bytes_at_most": 4096,
        "idle_seconds": 20,
    } | (settings or {})
    with tempfile.TemporaryDirectory(prefix="cd-") as name:
        folder = Path(name)
        static = folder / "static"
        (static / "shared").mkdir(parents=True)
        (static / "desk.js").write_text(SCRIPT)
        (static / ".bundled").write_text("stamp")
        (static / "shared" / "chunk-ABC.js").write_text(SCRIPT)
        (folder / "secret.txt").write_text("not to be seen")
        config = check({"console": console}, folder)
        behind = small_service(config.path(config.console.socket))
        await behind.open()
        async with open_door(config, static), aiohttp.ClientSession(auto_decompress=False) as client:
            house = House(config, behind, client)
            yield house
            # What the garbage collector finds open is an error, in whatever test it finds it.
            for link in house.links:
                await link.close()
        await behind.runner.cleanup()
