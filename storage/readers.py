"""Connections held for look-ups, in autocommit and read-only: a look-up pays for its statement and nothing else."""

from __future__ import annotations

import queue
from collections.abc import Callable
from concurrent.futures import Future
from typing import TypeVar

import sqlalchemy as sa

from storage.threads import Threads

T = TypeVar("T")


class Readers:
    """`size` threads. Readers of SQLite in WAL mode never wait for the writer."""

    def __init__(self, engine: sa.Engine, *, size: int) -> None:
        self._engine = engine
        self._threads = Threads(size, "database-reader")
        self._held: queue.SimpleQueue[sa.Connection] = queue.SimpleQueue()

    def submit(self, read: Callable[[sa.Connection], T]) -> Future[T]:
        return self._threads.submit(lambda: self._read(read))

    def reconnect(self) -> None:
        """Connections that are held now are not used again."""
        while True:
            try:
                connection = self._held.get_nowait()
            except queue.Empty:
                return
            _drop(connection)

    def close(self) -> None:
        self._threads.close()
        self.reconnect()

    def _read(self, read: Callable[[sa.Connection], T]) -> T:
        try:
            connection = self._held.get_nowait()
        except queue.Empty:
            connection = self._engine.connect()
        try:
            result = read(connection)
        except BaseException:
            _drop(connection)  # whatever state it is in, a fresh one is cheap
            raise
        self._held.put(connection)
        return result


def _drop(connection: sa.Connection) -> None:
    connection.invalidate()
    connection.close()
