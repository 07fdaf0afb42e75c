"""`/metrics` and `/healthz` over HTTP."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Final

from aiohttp import web
from prometheus_client import CONTENT_TYPE_LATEST

from callcenter.app.metrics import Metrics
from callcenter.config.process import Web

_CLOSE_WITHIN_SECONDS: Final = 1.0


@dataclass(frozen=True, kw_only=True)
class Part:
    """A part of the house and whether it is well now."""

    name: str
    ok: Callable[[], bool]
    needed: bool = True  #: False: shown, but the whole is well without it (Redis)


def health_app(metrics: Metrics, parts: Sequence[Part]) -> web.Application:
    """`/healthz` answers 200 while every needed part is well, else 503; its JSON names each part either way."""

    async def healthz(_request: web.Request) -> web.Response:
        well = {part.name: part.ok() for part in parts}
        whole = all(well[part.name] for part in parts if part.needed)
        return web.json_response({"ok": whole, "parts": well}, status=200 if whole else 503)

    async def show_metrics(_request: web.Request) -> web.Response:
        return web.Response(body=metrics.text(), headers={"Content-Type": CONTENT_TYPE_LATEST})

    app = web.Application()
    app.add_routes([web.get("/healthz", healthz), web.get("/metrics", show_metrics)])
    return app


@asynccontextmanager
async def open_web(section: Web, app: web.Application) -> AsyncIterator[None]:
    """Serves `app` at `section.host` and `.port`. Raises `OSError` when the port is taken."""
    runner = web.AppRunner(app, handle_signals=False, access_log=None, shutdown_timeout=_CLOSE_WITHIN_SECONDS)
    await runner.setup()
    try:
        await web.TCPSite(runner, section.host, section.port).start()
        yield
    finally:
        await runner.cleanup()
