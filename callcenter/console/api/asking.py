"""One request of a client, and what an operation may reach by it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, TypeVar
from uuid import UUID

from aiohttp import web

from callcenter.console.api.models import Model
from callcenter.domain.clients import ApiClient, ApiScope
from callcenter.domain.looks import Seen
from callcenter.ports.storage import UnitOfWork
from callcenter.services.desk import Desk
from callcenter.services.note_look import note_look

T = TypeVar("T")


@dataclass(frozen=True, kw_only=True)
class Asked:
    """Whose request it is has been seen to."""

    request: web.Request
    desk: Desk
    client: ApiClient
    id: UUID | None  #: of the address

    async def read(self, name: str, read: Callable[[UnitOfWork], T]) -> T:
        """Raises `StorageAway` after `access.read_within_seconds`."""
        return await self.desk.storage.look_up(
            name, read, within_seconds=self.desk.config.access.read_within_seconds, urgent=False
        )

    async def note(self, what: Seen, *, elder: UUID | None = None, emergency: UUID | None = None) -> None:
        """Raises what `note_look` does: then nothing is answered."""
        await note_look(
            self.desk.storage,
            self.desk.clock,
            who=f"api:{self.client.name}",
            what=what,
            why="API",
            elder=elder,
            emergency=emergency,
        )


@dataclass(frozen=True, kw_only=True)
class Operation:
    """One address of the API: what it takes, what it gives, and who serves it."""

    name: str  #: operationId
    path: str
    summary: str
    scope: ApiScope
    query: type[Model]
    result: type[Model]
    serve: Callable[[Asked, Any], Awaitable[Model]] | None = None  #: None: a stream of events
    may_be_missing: bool = False  #: answers 404

    @property
    def streams(self) -> bool:
        return self.serve is None
