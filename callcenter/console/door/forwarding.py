"""Headers on their way through: what the service may believe about a browser, and what goes no further."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable, Mapping, Sequence
from typing import Final
from urllib.parse import urlsplit

from aiohttp import web
from multidict import CIMultiDict

#: Between two neighbours only (RFC 9110, 7.6.1); aiohttp writes its own.
_HOP_BY_HOP: Final = frozenset(
    {
        "connection", "keep-alive", "proxy-authenticate", "proxy-authorization", "proxy-connection", "te", "trailer",
        "transfer-encoding", "upgrade",
    }
)  # fmt: skip


class Visitor:
    """Who asks, as the connection itself says; a proxy's word counts if it is named in `console.trusted_proxies`."""

    def __init__(self, request: web.BaseRequest, trusted: Sequence[str]) -> None:
        peer = request.remote or ""
        self.address, self.scheme = peer, "https" if request.secure else "http"
        if _in_one_of(peer, trusted):
            said = request.headers.get("X-Forwarded-For", "").rpartition(",")[2].strip()
            if _is_address(said):
                self.address = said
            if (scheme := request.headers.get("X-Forwarded-Proto", "")) in ("http", "https"):
                self.scheme = scheme


def to_the_service(request: web.BaseRequest, visitor: Visitor) -> CIMultiDict[str]:
    """The browser's headers without what it could forge, and with who it is."""
    kept = _kept(request.headers)
    for name in [name for name in kept if _tells_who_asks(name)]:
        kept.popall(name, None)
    kept["X-Forwarded-For"] = visitor.address
    kept["X-Forwarded-Proto"] = visitor.scheme
    kept["X-Forwarded-Host"] = request.host
    return kept


def to_the_browser(headers: Mapping[str, str]) -> CIMultiDict[str]:
    """The service's headers."""
    return _kept(headers)


def is_ours(request: web.BaseRequest, visitor: Visitor) -> bool:
    """Whether a WebSocket is asked for by a page of ours: browsers let any page of the world ask, and say which."""
    origin = urlsplit(request.headers.get("Origin", ""))
    return origin.netloc == request.host and origin.scheme == visitor.scheme


def _kept(headers: Mapping[str, str]) -> CIMultiDict[str]:
    named = {name.strip().lower() for name in headers.get("Connection", "").split(",")}
    return CIMultiDict(
        (name, value)
        for name, value in headers.items()
        if name.lower() not in _HOP_BY_HOP and name.lower() not in named
    )


def _tells_who_asks(name: str) -> bool:
    plain = name.lower().replace("_", "-")
    return plain.startswith("x-forwarded") or plain in ("forwarded", "x-real-ip", "via")


def _in_one_of(address: str, networks: Iterable[str]) -> bool:
    return _is_address(address) and any(
        ipaddress.ip_address(address) in ipaddress.ip_network(network) for network in networks
    )


def _is_address(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True
