"""The red key, as the tabs of browsers show it."""

from __future__ import annotations

from typing import Final

from aiohttp import web

from callcenter.console.house import Visit

_RED_KEY: Final = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32"><rect width="32" height="32" rx="6" fill="#1d2733"/>'
    '<circle cx="16" cy="16" r="10" fill="#d13212" stroke="#fff" stroke-width="2"/></svg>'
)


async def icon(_visit: Visit) -> web.StreamResponse:
    return web.Response(text=_RED_KEY, content_type="image/svg+xml")
