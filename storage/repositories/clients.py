"""Clients of the API. Of the database alone."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

import sqlalchemy as sa

from callcenter.domain.clients import ApiClient, ApiScope
from callcenter.errors import NotWhileStorageAway
from storage.mapping import Row
from storage.tables import api_clients
from storage.transaction import Transaction


class SqlApiClients:
    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    def add(self, client: ApiClient) -> None:
        """See `callcenter.ports.client_storage.ApiClients`, as for all of these."""
        self._in.insert(api_clients, _row_of(client))

    def save(self, client: ApiClient) -> None:
        self._in.update(api_clients, _row_of(client))

    def named(self, name: str) -> ApiClient | None:
        row = self._in.row(sa.select(api_clients).where(api_clients.c.name == name))
        return _client_of(row) if row else None

    def of_token(self, token_hash: bytes) -> ApiClient | None:
        row = self._in.row(sa.select(api_clients).where(api_clients.c.token_hash == token_hash))
        return _client_of(row) if row else None

    def all(self) -> list[ApiClient]:
        return [_client_of(row) for row in self._in.rows(sa.select(api_clients).order_by(api_clients.c.name))]

    @property
    def _in(self) -> Transaction:
        """The database's. The stand-in has no such table."""
        if self._transaction.journalled:
            raise NotWhileStorageAway("API clients")
        return self._transaction


def _row_of(client: ApiClient) -> dict[str, Any]:
    return asdict(client) | {"scopes": sorted(client.scopes)}


def _client_of(row: Row) -> ApiClient:
    return ApiClient(**{**row, "scopes": frozenset(map(ApiScope, row["scopes"]))})
