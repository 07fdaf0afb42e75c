"""Where clients of the API are kept."""

from __future__ import annotations

from typing import Protocol

from callcenter.domain.clients import ApiClient


class ApiClients(Protocol):
    """Every verb raises `NotWhileStorageAway` while the journal stands in."""

    def add(self, client: ApiClient) -> None: ...
    def save(self, client: ApiClient) -> None:
        """Writes its revoking."""

    def named(self, name: str) -> ApiClient | None: ...
    def of_token(self, token_hash: bytes) -> ApiClient | None:
        """Whether it was revoked or not."""

    def all(self) -> list[ApiClient]:
        """By name."""
