"""The writer of SQLite: one thread, one connection, and one COMMIT for everything that waits at the moment."""

from __future__ import annotations

import itertools
import queue
import sqlite3
import threading
import time
from collections.abc import Callable
from typing import Any

import sqlalchemy as sa

from storage.changes import Change
from storage.faults import DatabaseGone, means_away
from storage.job import Committed, Job
from storage.transaction import Transaction
from storage.unit_of_work import unit_of_work

_URGENT, _PATIENT, _END = range(3)
_JOIN_SECONDS = 5.0


class GroupCommit:
    """A failing job does not hurt the others: all but the first, which has nobody before it, run in a savepoint. (What
    a savepoint keeps of the pages it changes costs a thousand inserted rows as much as the inserting.) Urgent jobs go
    first.

    Nobody waits for company: a batch is what queued up while the last COMMIT was on its way, and it is closed after
    `group_seconds`.
    """

    def __init__(
        self,
        engine: sa.Engine,
        begin: Callable[[sa.Connection], Transaction],
        committed: Committed,
        *,
        group_seconds: float,
    ) -> None:
        self._engine = engine
        self._begin = begin
        self._committed = committed
        self._group_seconds = group_seconds
        self._connection: sa.Connection | None = None
        self._driver: sqlite3.Connection | None = None
        self._old = False
        self._order = itertools.count()
        self._waiting: queue.PriorityQueue[tuple[int, int, Job | None]] = queue.PriorityQueue()
        self._thread = threading.Thread(target=self._work_off, name="database-writer", daemon=True)
        self._thread.start()

    def submit(self, job: Job) -> None:
        self._waiting.put((_URGENT if job.urgent else _PATIENT, next(self._order), job))

    def reconnect(self) -> None:
        self._old = True

    def close(self) -> None:
        self._waiting.put((_END, next(self._order), None))
        self._thread.join(_JOIN_SECONDS)

    def _work_off(self) -> None:
        while True:
            job = self._waiting.get()[2]
            if job is None:
                self._disconnect()
                return
            self._batch(job)

    def _batch(self, job: Job | None) -> None:
        done: list[tuple[Job, Any, list[Change]]] = []
        closes = time.monotonic() + self._group_seconds
        try:
            connection = self._connected()
            self._say("BEGIN IMMEDIATE")
            while job is not None:
                self._run(connection, job, done)
                job = None if time.monotonic() >= closes else self._next()
            if any(one.given_up for one, _, _ in done):
                raise DatabaseGone("slow")
            self._say("COMMIT")
        except BaseException as error:  # carried to whoever awaits the jobs
            self._disconnect()
            carried = _as_gone(error)
            for one in [*(one for one, _, _ in done), *([job] if job else [])]:
                one.outcome.set_exception(carried)
            return
        for one, result, changes in done:
            self._committed(changes)
            one.outcome.set_result(result)

    def _run(self, connection: sa.Connection, job: Job, done: list[tuple[Job, Any, list[Change]]]) -> None:
        """Raises only what concerns the whole batch."""
        if job.given_up:
            job.outcome.set_exception(DatabaseGone("slow"))
            return
        alone = not done
        if not alone:
            self._say("SAVEPOINT job")
        try:
            transaction = self._begin(connection)
            result = job.work(unit_of_work(transaction, job.ids.from_start()))
            transaction.flush()
        except BaseException as error:  # carried to whoever awaits the job
            if isinstance(error, sa.exc.DBAPIError) and means_away(error):
                raise
            for words in ("ROLLBACK", "BEGIN IMMEDIATE") if alone else ("ROLLBACK TO job", "RELEASE job"):
                self._say(words)
            job.outcome.set_exception(error)
        else:
            if not alone:
                self._say("RELEASE job")
            done.append((job, result, transaction.changes))

    def _next(self) -> Job | None:
        try:
            order, number, job = self._waiting.get_nowait()
        except queue.Empty:
            return None
        if order != _URGENT:  # not worth making an urgent one's commit wait
            self._waiting.put((order, number, job))
            return None
        return job

    def _say(self, words: str) -> None:
        """To the driver itself: four such words cost a red key as much as two of its statements otherwise."""
        assert self._driver is not None
        self._driver.execute(words)

    def _connected(self) -> sa.Connection:
        if self._old:
            self._old = False
            self._disconnect()
        if self._connection is None:
            self._connection = self._engine.connect()
            self._driver = self._connection.connection.driver_connection
        return self._connection

    def _disconnect(self) -> None:
        """Closing rolls back what was open."""
        if self._connection is not None:
            self._connection.invalidate()
            self._connection.close()
            self._connection = self._driver = None


def _as_gone(error: BaseException) -> BaseException:
    """An error of the database that breaks a whole batch means that the database is away."""
    if isinstance(error, sa.exc.DBAPIError):
        return DatabaseGone(str(error.orig))
    return DatabaseGone(str(error)) if isinstance(error, sqlite3.Error) else error
