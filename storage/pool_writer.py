"""The writer of PostgreSQL: some threads, a pooled connection and a COMMIT for each transaction."""

from __future__ import annotations

from collections.abc import Callable

import sqlalchemy as sa

from storage.faults import DatabaseGone, means_again, means_away
from storage.job import Committed, Job
from storage.threads import Threads
from storage.transaction import Transaction
from storage.unit_of_work import unit_of_work

_TRIES = 5


class PoolWriter:
    """Deadlocks, serialization failures, lost races and lost connections are tried again, five times in all.

    A connection lost during COMMIT is not: nobody can say what became of it, and the journal's replay skips what is
    there already.
    """

    def __init__(
        self, engine: sa.Engine, begin: Callable[[sa.Connection], Transaction], committed: Committed, *, size: int
    ) -> None:
        self._engine = engine
        self._begin = begin
        self._committed = committed
        self._threads = Threads(size, "database-writer")

    def submit(self, job: Job) -> None:
        self._threads.submit(lambda: self._run(job))

    def reconnect(self) -> None:
        self._engine.dispose()

    def close(self) -> None:
        self._threads.close()
        self._engine.dispose()

    def _run(self, job: Job) -> None:
        for tries_left in reversed(range(_TRIES)):
            if job.given_up:
                job.outcome.set_exception(DatabaseGone("slow"))
                return
            try:
                self._once(job)
            except BaseException as error:  # carried to whoever awaits the job
                if tries_left and isinstance(error, sa.exc.DBAPIError) and self._once_more(error):
                    continue
                if isinstance(error, sa.exc.TimeoutError):  # of the pool
                    job.outcome.set_exception(DatabaseGone("no free connection"))
                elif isinstance(error, sa.exc.DBAPIError) and means_away(error):
                    job.outcome.set_exception(DatabaseGone(type(error.orig).__name__))
                else:
                    job.outcome.set_exception(error)
            return

    def _once_more(self, error: sa.exc.DBAPIError) -> bool:
        return means_again(error) or error.connection_invalidated

    def _once(self, job: Job) -> None:
        pool = self._engine.pool
        with self._engine.connect() as connection:
            try:
                transaction = self._begin(connection)
                result = job.work(unit_of_work(transaction, job.ids.from_start()))
                transaction.flush()
                if job.given_up:
                    raise DatabaseGone("slow")
                self._commit(connection)
            finally:
                if self._engine.pool is not pool:  # its pool was left behind: nobody else would close it
                    connection.invalidate()
        self._committed(transaction.changes)
        job.outcome.set_result(result)

    def _commit(self, connection: sa.Connection) -> None:
        try:
            connection.commit()
        except sa.exc.DBAPIError as error:
            if means_away(error):
                raise DatabaseGone("lost during commit") from error
            raise
