"""How the command line reaches the database: reading beside the service; writing through it or, while none runs, alone.

Only one process writes (the journal's lock sees to it), so a verb that changes something asks the running service over
its control socket first, and opens the storage only when nobody is there.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final, TypeVar

import sqlalchemy as sa

from callcenter.app.ask_service import ANSWER_WITHIN_SECONDS, ask_service
from callcenter.app.clock import SystemClock
from callcenter.config import Config
from callcenter.errors import ServiceAway, StorageAway, StorageInUse
from callcenter.ports.storage import UnitOfWork
from storage.arrival import is_blank
from storage.database import open_storage
from storage.engines import open_engine
from storage.transaction import Transaction
from storage.unit_of_work import unit_of_work
from storage.vault import Vault, read_data_key

T = TypeVar("T")

_STARTS_OR_STOPS_WITHIN_SECONDS: Final = 15.0
_LOOK_SECONDS: Final = 0.2


async def read(config: Config, look: Callable[[UnitOfWork], T]) -> T:
    """Reads, whether the service runs or not; makes the database if it was never used.

    Raises `StorageAway`, `DataKeyMissing` and `WrongDataKey`.
    """
    if await asyncio.to_thread(is_blank, config):
        await write(config, "make the database", lambda work: None)
    return await asyncio.to_thread(_read, config, look)


async def write(config: Config, name: str, work: Callable[[UnitOfWork], T]) -> T:
    """One transaction while no service runs. Raises `StorageInUse` when one does."""
    async with open_storage(config, SystemClock()) as storage:
        return await storage.transact(name, work, urgent=False)


async def ask_or(
    config: Config,
    words: Mapping[str, Any],
    instead: Callable[[], Awaitable[Mapping[str, Any]]],
    *,
    within_seconds: float = ANSWER_WITHIN_SECONDS,
) -> Mapping[str, Any]:
    """What the running service answers to these words; while none runs, what `instead()` returns when awaited.

    A service that is just starting or stopping is waited for. Raises what the service refuses with, and `ServiceAway`
    when it runs and does not answer.
    """
    loop = asyncio.get_running_loop()
    ends = loop.time() + _STARTS_OR_STOPS_WITHIN_SECONDS
    while True:
        try:
            return await ask_service(config, within_seconds, **words)
        except ServiceAway as away:
            try:
                return await instead()
            except StorageInUse:
                if loop.time() > ends:
                    raise ServiceAway("it runs, but its control socket is silent") from away
        await asyncio.sleep(_LOOK_SECONDS)


def _read(config: Config, look: Callable[[UnitOfWork], T]) -> T:
    vault = Vault(read_data_key(config.path(config.database.data_key_file)))
    engine = open_engine(config, read_only=True)
    try:
        with engine.connect() as connection:
            return look(unit_of_work(Transaction(connection, vault, SystemClock().now())))
    except sa.exc.DBAPIError as error:
        raise StorageAway(type(error.orig).__name__) from error
    finally:
        engine.dispose()
