"""The ticket to `/sip`: made at the log-in, kept by the browser as a cookie, understood by the door alone.

    service   response.set_cookie(COOKIE, issue(secret, account, until), path=PATH, httponly=True, samesite="Strict")
    door      ticket = read(secret, request.cookies.get(COOKIE, ""), now)

It opens the WebSocket, and nothing more: Asterisk asks for the account's password as well.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from callcenter.config import Config, make_once
from callcenter.config import secret as read_secret

COOKIE: Final = "phone_ticket"
PATH: Final = "/sip"
_LONGEST: Final = 200  #: characters; an account has 44


@dataclass(frozen=True, kw_only=True)
class Ticket:
    """`account` may connect a telephone until then."""

    account: str
    until: datetime


def issue(secret: str, account: str, until: datetime) -> str:
    """Letters, digits and signs that a cookie may hold."""
    return _signed(secret, f"{int(until.timestamp())}.{account}")


def read(secret: str, ticket: str, now: datetime) -> Ticket | None:
    """None for one that is not ours, was changed, or is over."""
    if len(ticket) > _LONGEST or not ticket.isascii():
        return None
    _, _, said = ticket.partition(".")
    if not hmac.compare_digest(_signed(secret, said), ticket):
        return None
    seconds, _, account = said.partition(".")
    until = datetime.fromtimestamp(int(seconds), UTC)
    return Ticket(account=account, until=until) if now < until else None


def ticket_secret(config: Config) -> str:
    """What tickets are signed with. Whoever starts first, the door or the service, makes it."""
    make_once(config.path(config.console.ticket_secret_file))
    return read_secret(config, config.console.ticket_secret_file, "CALLCENTER_TICKET_SECRET")


def _signed(secret: str, said: str) -> str:
    mark = hmac.new(secret.encode(), said.encode(), hashlib.sha256).digest()
    return f"{base64.urlsafe_b64encode(mark).decode().rstrip('=')}.{said}"
