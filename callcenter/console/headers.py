"""What a browser is told with every answer: to run nothing that is not ours, and to keep nothing."""

from __future__ import annotations

import re
from typing import Final

from aiohttp import web

_HOST: Final = re.compile(r"[A-Za-z0-9.\-]+(:\d{1,5})?|\[[0-9A-Fa-f:]+\](:\d{1,5})?")
_POLICY: Final = (
    "default-src 'self'; connect-src 'self'{live}; object-src 'none'; base-uri 'none'; form-action 'self'; "
    "frame-ancestors 'none'"
)
_ALWAYS: Final = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "microphone=(self), camera=(), geolocation=()",
    "Cache-Control": "no-store",
}


def is_secure(request: web.Request) -> bool:
    """Whether the browser came by TLS, as the door says."""
    return request.headers.get("X-Forwarded-Proto", "http") == "https"


def address_of(request: web.Request) -> str:
    """The browser's address, as the door says; the door lets no browser say it."""
    return request.headers.get("X-Forwarded-For", "").strip()[:80] or "local"


def host_of(request: web.Request) -> str:
    """What the browser calls us."""
    return request.headers.get("X-Forwarded-Host", request.host)


def same_origin(request: web.Request) -> bool:
    """Whether this comes from one of our own pages. A request that says nothing about it does not."""
    scheme = "https" if is_secure(request) else "http"
    return request.headers.get("Origin", "") == f"{scheme}://{host_of(request)}"


def add_headers(request: web.Request, headers: web.StreamResponse) -> None:
    live = ""
    host = host_of(request)
    if _HOST.fullmatch(host):  # some browsers do not count a WebSocket of the same host as 'self'
        live = f" {'wss' if is_secure(request) else 'ws'}://{host}"
    headers.headers.update(_ALWAYS)
    headers.headers["Content-Security-Policy"] = _POLICY.format(live=live)
    if is_secure(request):
        headers.headers["Strict-Transport-Security"] = "max-age=31536000"
