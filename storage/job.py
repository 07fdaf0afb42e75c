"""A unit of work on its way to a writer thread and back."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import Future
from typing import Any, Protocol

from callcenter.ports.storage import UnitOfWork
from storage.changes import Change
from storage.fresh_ids import FreshIds

#: Told, in the thread that committed and in the order of commits, what a transaction wrote.
Committed = Callable[[Sequence[Change]], None]


class Job:
    """`outcome` gets the result of `work` after the commit, or the error."""

    def __init__(self, name: str, work: Callable[[UnitOfWork], Any], *, ids: FreshIds, urgent: bool) -> None:
        self.name = name
        self.work = work
        self.ids = ids
        self.urgent = urgent
        self.outcome: Future[Any] = Future()
        self.given_up = False  #: nobody waits any more and the journal has it: do not commit if it can be helped


class Writer(Protocol):
    """Runs jobs in transactions, on its own threads."""

    def submit(self, job: Job) -> None: ...

    def reconnect(self) -> None:
        """Connections made before this call are not used again."""

    def close(self) -> None:
        """Waits for what runs; refuses what waits."""
