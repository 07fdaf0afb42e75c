"""What may be changed about clients of the API, by name: the running service does it, or the command line alone."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from callcenter.config import Config
from callcenter.domain.clients import ApiScope
from callcenter.ports.clock import Clock
from callcenter.ports.storage import Storage, UnitOfWork
from callcenter.services.api_clients import add_client, revoke_client

Words = Mapping[str, Any]


def client_verbs(storage: Storage, clock: Clock, config: Config) -> dict[str, Callable[[Words], Awaitable[Words]]]:
    """They raise `HotlineError`, and `KeyError`, `ValueError` or `TypeError` for words that do not fit."""

    async def add(words: Words) -> Words:
        scopes = frozenset(ApiScope(scope) for scope in words["scopes"])
        token_hash, days, by = bytes.fromhex(words["token_hash"]), config.api.token_days, str(words["by"])

        def work(unit: UnitOfWork) -> Words:
            client = add_client(unit, clock, str(words["name"]), token_hash, scopes, days=days, by=by)
            return {"client": client.name, "ends_at": client.ends_at.isoformat()}

        return await storage.transact("add API client", work, urgent=False)

    async def revoke(words: Words) -> Words:
        def work(unit: UnitOfWork) -> Words:
            return {"client": revoke_client(unit, clock, str(words["name"]), by=str(words["by"])).name}

        return await storage.transact("revoke API client", work, urgent=False)

    return {"client_add": add, "client_revoke": revoke}
