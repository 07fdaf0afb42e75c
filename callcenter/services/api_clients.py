"""接口: a client is added with a token that is said once, and revoked for good."""

from __future__ import annotations

import re
import secrets
from dataclasses import replace
from datetime import timedelta
from typing import Final

from callcenter.domain.clients import ApiClient, ApiScope
from callcenter.errors import ClientFaulty, ClientTaken, ClientUnknown
from callcenter.ports.clock import Clock
from callcenter.ports.storage import UnitOfWork
from callcenter.services.sign_in import hash_of

NAME: Final = re.compile(r"[a-z0-9][a-z0-9.-]{1,39}")
_TOKEN_BYTES: Final = 32


def new_token() -> str:
    """256 random bits, as a client sends them."""
    return secrets.token_urlsafe(_TOKEN_BYTES)


def add_client(
    work: UnitOfWork, clock: Clock, name: str, token_hash: bytes, scopes: frozenset[ApiScope], *, days: int, by: str
) -> ApiClient:
    """Good for `days`. Raises `ClientFaulty`, and `ClientTaken`, also for one that was revoked: logs name it."""
    if not NAME.fullmatch(name) or not scopes:
        raise ClientFaulty("2 to 40 small letters, digits, dots, dashes; and at least one scope")
    if work.api_clients.named(name) is not None:
        raise ClientTaken(name)
    now = clock.now()
    client = ApiClient(
        id=work.new_id(),
        name=name,
        token_hash=token_hash,
        scopes=scopes,
        added_at=now,
        added_by=by,
        ends_at=now + timedelta(days=days),
    )
    work.api_clients.add(client)
    return client


def revoke_client(work: UnitOfWork, clock: Clock, name: str, *, by: str) -> ApiClient:
    """One that was revoked stays as it is. Raises `ClientUnknown`."""
    client = work.api_clients.named(name)
    if client is None:
        raise ClientUnknown(name)
    if client.revoked_at is not None:
        return client
    revoked = replace(client, revoked_at=clock.now(), revoked_by=by)
    work.api_clients.save(revoked)
    return revoked


def token_hash_of(token: str) -> bytes:
    return hash_of(token)
