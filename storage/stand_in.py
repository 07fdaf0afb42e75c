"""What stands in for the database while it is away: the working set in memory, the people in the hot cache.

The very same repositories run on it. What they write goes to the journal before anybody hears of it. While the
database is there, this copy follows every commit: half a second later, since it would take the processor from the very
call that was committed, and at once when it is asked for something.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from functools import partial
from typing import Final, TypeVar

import sqlalchemy as sa
import structlog

from callcenter.errors import NotWhileStorageAway
from callcenter.ports.clock import Clock
from callcenter.ports.storage import UnitOfWork
from storage import working_set
from storage.changes import Change
from storage.engines import memory_engine
from storage.faults import is_read_only
from storage.fresh_ids import FreshIds
from storage.hot_cache import HotCache
from storage.journal import Journal
from storage.tables import WORKING, looks, metadata
from storage.threads import Threads
from storage.transaction import Transaction
from storage.unit_of_work import look, unit_of_work
from storage.vault import Vault

T = TypeVar("T")

_REST_SECONDS: Final = 0.5

_log = structlog.get_logger()


class StandIn:
    """One thread owns the memory; everything is done in the order in which it was asked for."""

    def __init__(self, journal: Journal, hot_cache: HotCache, vault: Vault, clock: Clock) -> None:
        self._journal = journal
        self._vault = vault
        self._clock = clock
        self._thread = Threads(1, "stand-in")
        self._behind: deque[Sequence[Change]] = deque()  #: commits that are not repeated yet, oldest first
        self._asked = threading.Event()
        self._engine = memory_engine()
        self._connection = self._engine.connect()
        # A table that is not in memory is found in the attached file.
        self._connection.execute(sa.text("ATTACH DATABASE :uri AS hot"), {"uri": hot_cache.uri})
        metadata.create_all(self._connection, tables=[*WORKING, looks], checkfirst=False)

    def follow(self, changes: Sequence[Change]) -> None:
        """Repeats a commit of the database before anything that is asked for later. Does not wait."""
        if changes:
            behind = self._behind
            behind.append(changes)
            self._thread.submit(lambda: self._catch_up_later(behind))

    def begin_with(self, rows: Sequence[Change]) -> Future[None]:
        """Forgets everything and begins with these."""
        self._behind = deque()  # what is followed from now on is repeated after this, what was before never
        self._asked.set()
        return self._thread.submit(
            lambda: self._in_transaction(partial(working_set.write_working_set, self._connection, rows))
        )

    def transact(self, work: Callable[[UnitOfWork], T], ids: FreshIds) -> Future[T]:
        """Durable in the journal before the result is there."""
        return self._run(lambda: self._journalled(work, ids))

    def read(self, read: Callable[[UnitOfWork], T]) -> Future[T]:
        return self._ask(lambda: look(self._transaction(journalled=True), read))

    def clear_journal(self) -> Future[None]:
        """After everything that was asked for before."""
        return self._thread.submit(self._journal.clear)

    def close(self) -> None:
        self._asked.set()
        if self._thread.close():
            self._connection.close()
            self._engine.dispose()

    def _journalled(self, work: Callable[[UnitOfWork], T], ids: FreshIds) -> T:
        transaction = self._transaction(journalled=True)
        try:
            result = work(unit_of_work(transaction, ids.from_start()))
            transaction.flush()
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
        return self._ask(lambda: self._in_transaction(do))

    def _ask(self, do: Callable[[], T]) -> Future[T]:
        behind = self._behind

        def ask() -> T:
            self._catch_up(behind)
            return do()

        self._asked.set()
        return self._thread.submit(ask)

    def _catch_up_later(self, behind: deque[Sequence[Change]]) -> None:
        if behind:
            self._asked.wait(_REST_SECONDS)
            self._catch_up(behind)

    def _catch_up(self, behind: deque[Sequence[Change]]) -> None:
        self._asked.clear()
        while behind:
            changes = behind.popleft()
            try:
                self._in_transaction(partial(working_set.follow, self._connection, changes))
            except sa.exc.SQLAlchemyError as error:
                _log.error("stand_in_behind", why=type(error).__name__)

    def _in_transaction(self, do: Callable[[], T]) -> T:
        self._connection.exec_driver_sql("BEGIN")
        try:
            result = do()
        except BaseException:
            self._connection.exec_driver_sql("ROLLBACK")
            raise
        self._connection.exec_driver_sql("COMMIT")
        return result
