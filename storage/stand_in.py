"""What stands in for the database while it is away: the working set in memory, the people in the hot cache.

The very same repositories run on it. What they write goes to the journal before anybody hears of it. While the
database is there, this copy follows every commit, so that it is complete the moment it is needed.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import Future
from typing import Any, TypeVar

import sqlalchemy as sa
import structlog

from callcenter.errors import NotWhileStorageAway
from callcenter.ports import Clock, UnitOfWork
from storage import working_set
from storage.changes import Change
from storage.engines import memory_engine
from storage.faults import is_read_only
from storage.fresh_ids import FreshIds
from storage.hot_cache import HotCache
from storage.journal import Journal
from storage.tables import WORKING, metadata
from storage.threads import Threads
from storage.transaction import Transaction
from storage.unit_of_work import unit_of_work
from storage.vault import Vault

T = TypeVar("T")

_log = structlog.get_logger()


class StandIn:
    """One thread owns the memory; everything is done in the order in which it was asked for."""

    def __init__(self, journal: Journal, hot_cache: HotCache, vault: Vault, clock: Clock) -> None:
        self._journal = journal
        self._vault = vault
        self._clock = clock
        self._thread = Threads(1, "stand-in")
        self._engine = memory_engine()
        self._connection = self._engine.connect()
        # A table that is not in memory is found in the attached file.
        self._connection.execute(sa.text("ATTACH DATABASE :uri AS hot"), {"uri": hot_cache.uri})
        metadata.create_all(self._connection, tables=list(WORKING))

    def follow(self, changes: Sequence[Change]) -> None:
        """Repeats a commit of the database. Does not wait."""
        if changes:
            done = self._run(lambda: working_set.follow(self._connection, changes))
            done.add_done_callback(_complain)

    def begin_with(self, rows: Sequence[Change]) -> Future[None]:
        """Forgets everything and begins with these."""
        return self._run(lambda: working_set.write_working_set(self._connection, rows))

    def transact(self, work: Callable[[UnitOfWork], T], ids: FreshIds) -> Future[T]:
        """Durable in the journal before the result is there."""
        return self._run(lambda: self._journalled(work, ids))

    def read(self, read: Callable[[UnitOfWork], T]) -> Future[T]:
        return self._thread.submit(lambda: read(unit_of_work(self._transaction(journalled=True))))

    def clear_journal(self) -> Future[None]:
        """After everything that was asked for before."""
        return self._thread.submit(self._journal.clear)

    def close(self) -> None:
        if self._thread.close():
            self._connection.close()
            self._engine.dispose()

    def _journalled(self, work: Callable[[UnitOfWork], T], ids: FreshIds) -> T:
        transaction = self._transaction(journalled=True)
        try:
            result = work(unit_of_work(transaction, ids.from_start()))
        except sa.exc.OperationalError as error:
            if is_read_only(error):  # the hot cache: people cannot be changed now
                raise NotWhileStorageAway from error
            raise
        if transaction.changes:
            self._journal.append(self._clock.new_id(), transaction.changes)
        return result

    def _transaction(self, *, journalled: bool) -> Transaction:
        return Transaction(self._connection, self._vault, self._clock.now(), journalled=journalled)

    def _run(self, do: Callable[[], T]) -> Future[T]:
        return self._thread.submit(lambda: self._in_transaction(do))

    def _in_transaction(self, do: Callable[[], T]) -> T:
        self._connection.exec_driver_sql("BEGIN")
        try:
            result = do()
        except BaseException:
            self._connection.exec_driver_sql("ROLLBACK")
            raise
        self._connection.exec_driver_sql("COMMIT")
        return result


def _complain(done: Future[Any]) -> None:
    if not done.cancelled() and (error := done.exception()) is not None:
        _log.error("stand_in_behind", why=type(error).__name__)
