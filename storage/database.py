"""The storage of the hotline: the database, and what stands in for it while it is away.

    transact ──▶ writer ──COMMIT──▶ database ──▶ stand-in follows
                    │ away, or slower than answer_within_seconds
                    └──▶ stand-in ──▶ journal (fdatasync) … replayed when the database is back

Who may be where is decided on the event loop alone, so that no transaction slips between: going away is one
assignment; coming back closes a gate, waits for the transactions on either side, replays, and opens the gate.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from concurrent.futures import Future
from types import TracebackType
from typing import Any, Self, TypeVar

import sqlalchemy as sa
import structlog

from callcenter.config import Config
from callcenter.errors import HotlineError, StorageAway
from callcenter.ports.clock import Clock
from callcenter.ports.storage import UnitOfWork
from storage.arrival import Arrival, arrive, is_blank
from storage.engines import is_sqlite, open_engine
from storage.faults import DatabaseGone, is_read_only, means_away, took_too_long
from storage.fresh_ids import FreshIds
from storage.hot_cache import HotCache
from storage.job import Job
from storage.journal import Journal
from storage.readers import Readers
from storage.stand_in import StandIn
from storage.threads import Threads
from storage.transaction import Transaction
from storage.unit_of_work import look
from storage.vault import Vault, ensure_data_key, read_data_key
from storage.waiting import bounded, to_the_end
from storage.writers import open_writer

T = TypeVar("T")

_READERS = 2  #: threads of SQLite's look-ups
_SWITCHES = 5  #: how often the database may come and go under one transaction
_PATIENCE = 10  #: a transaction that is not urgent waits so many times longer
_LOOK_UP_SHARE = 0.7  #: of a look-up's time; the rest is left for the stand-in

_log = structlog.get_logger()


def open_storage(config: Config, clock: Clock) -> SqlStorage:
    """To be entered with `async with`. Makes the data key if the database is blank.

    Raises `DataKeyMissing`, `StorageInUse`, and `StorageAway` when even the journal cannot be opened.
    """
    key_file = config.path(config.database.data_key_file)
    if not key_file.exists() and not config.path(config.journal.path).exists() and is_blank(config):
        ensure_data_key(key_file)
    return SqlStorage(config, clock, Vault(read_data_key(key_file)))


class SqlStorage:
    """`callcenter.ports.storage.Storage`. One event loop uses it."""

    def __init__(self, config: Config, clock: Clock, vault: Vault) -> None:
        self._config = config
        self._clock = clock
        self._vault = vault
        self._away = True
        self._gate = asyncio.Event()
        self._jobs: set[Job] = set()  #: on the database, those that were given up included
        self._arriving: set[Future[Any]] = set()
        self._on_stand_in: set[Future[Any]] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self._told: tuple[Callable[[], None], Callable[[], None]] = (_nothing, _nothing)
        journal = config.journal
        self._journal = Journal(config.path(journal.path), vault, size_mib=journal.size_mib)
        try:
            self._hot_cache = HotCache(config.path(journal.hot_cache))
            self._stand_in = StandIn(self._journal, self._hot_cache, vault, clock)
        except (OSError, sa.exc.DBAPIError) as error:
            self._journal.close()
            raise StorageAway("the hot cache cannot be made") from error
        self._writer = open_writer(config, self._begin_on, self._stand_in.follow)
        self._readers = Readers(
            open_engine(config, read_only=True), size=_READERS if is_sqlite(config) else config.database.pool_size
        )
        self._unhurried_readers = Readers(open_engine(config, read_only=True, patience=_PATIENCE), size=_READERS)
        self._aside = Threads(2, "database-aside")  # arrivals and refreshes

    def tell(self, *, on_away: Callable[[], None], on_back: Callable[[], None]) -> None:
        """Called on the event loop when the database goes away, and when it is back."""
        self._told = (on_away, on_back)

    @property
    def away(self) -> bool:
        return self._away

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.stop()

    async def start(self) -> None:
        """Upgrades, replays what a killed process left, and is ready; also when the database is away.

        Raises `WrongDataKey` and `DatabaseTooNew`.
        """
        try:
            arrival = await self._arrive(may_be_new=True)
        except DatabaseGone as error:
            await self._begin_without_database()
            self._gate.set()
            self._run(self._come_back())
            _log.warning("storage_away_at_start", why=error.detail)
        except BaseException:
            await self.stop()
            raise
        else:
            await self._begin(arrival)
        self._run(self._keep_hot())

    async def stop(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await asyncio.to_thread(self._close)

    async def transact(self, name: str, work: Callable[[UnitOfWork], T], *, urgent: bool = True) -> T:
        """See `callcenter.ports.storage.Storage`. Cancelling it waits until the transaction has ended."""
        return await to_the_end(self._transact(name, work, urgent=urgent))

    async def look_up(
        self, name: str, read: Callable[[UnitOfWork], T], *, within_seconds: float, urgent: bool = True
    ) -> T:
        """See `callcenter.ports.storage.Storage`."""
        ends = asyncio.get_running_loop().time() + within_seconds
        if not self._away:
            readers = self._readers if urgent else self._unhurried_readers
            found = readers.submit(lambda connection: look(self._begin_on(connection, False), read))
            try:
                return await bounded(found, within_seconds * (_LOOK_UP_SHARE if urgent else 1.0))
            except TimeoutError:
                _log.warning("look_up_slow", look_up=name)
                if not urgent:
                    raise StorageAway(f"{name} takes too long") from None
            except sa.exc.DBAPIError as error:
                if took_too_long(error):
                    _log.warning("look_up_slow", look_up=name)
                    if not urgent:
                        raise StorageAway(f"{name} takes too long") from error
                elif is_read_only(error) or not means_away(error):
                    raise
                else:
                    self._go_away(type(error.orig).__name__)
        try:
            return await bounded(self._stand_in.read(read), max(0.0, ends - asyncio.get_running_loop().time()))
        except TimeoutError as error:
            raise StorageAway(name) from error

    async def refresh_hot_cache(self) -> int:
        """Now, instead of at its time; returns the number of rows. Raises `StorageAway`."""
        if self._away:
            raise StorageAway
        return await asyncio.wrap_future(self._aside.submit(self._refresh))

    # ------------------------------------------------------------------------------ one transaction

    async def _transact(self, name: str, work: Callable[[UnitOfWork], T], *, urgent: bool) -> T:
        ids = FreshIds(self._clock.new_id)
        for _ in range(_SWITCHES):
            if not self._away:
                try:
                    result: T = await self._commit(Job(name, work, ids=ids, urgent=urgent))
                    return result
                except DatabaseGone as gone:
                    self._go_away(gone.detail or "")
            if not urgent:
                raise StorageAway(name)
            await self._through_gate()
            if self._away:
                return await self._journalled(work, ids)
        raise StorageAway(name)

    async def _commit(self, job: Job) -> Any:
        """Raises `DatabaseGone` when the answer takes too long; the transaction may still be committed then."""
        within = self._config.database.answer_within_seconds
        self._jobs.add(job)
        self._when_done(job.outcome, lambda: self._jobs.discard(job))
        self._writer.submit(job)
        try:
            return await bounded(job.outcome, within if job.urgent else within * _PATIENCE)
        except TimeoutError:
            job.given_up = True
            raise DatabaseGone(f"{job.name} took more than {within} s") from None

    async def _journalled(self, work: Callable[[UnitOfWork], T], ids: FreshIds) -> T:
        future = self._stand_in.transact(work, ids)
        self._on_stand_in.add(future)
        self._when_done(future, lambda: self._on_stand_in.discard(future))
        return await asyncio.wrap_future(future)

    def _when_done(self, future: Future[Any], do: Callable[[], None]) -> None:
        loop = asyncio.get_running_loop()
        future.add_done_callback(lambda _: loop.call_soon_threadsafe(do))

    async def _through_gate(self) -> None:
        """Closed only while the database comes back; then not for longer than one answer may take."""
        if not self._gate.is_set():
            try:
                async with asyncio.timeout(self._config.database.answer_within_seconds):
                    await self._gate.wait()
            except TimeoutError:
                self._gate.set()  # the return has failed: whoever closed it finds it open

    # ------------------------------------------------------------------------------- away and back

    def _go_away(self, why: str) -> None:
        if self._away:
            return
        self._away = True
        for job in self._jobs:  # they go to the journal, too
            job.given_up = True
        self._writer.reconnect()
        self._readers.reconnect()
        self._unhurried_readers.reconnect()
        _log.error("storage_away", why=why)
        self._told[0]()
        self._run(self._come_back())

    async def _come_back(self) -> None:
        """Tries until the database is back."""
        while self._away:
            await asyncio.sleep(self._config.database.retry_every_seconds)
            if self._jobs or self._arriving:
                continue  # what was given up may still be at work
            try:
                # Everything until now, while calls go on; then, behind the gate, what came meanwhile.
                await self._arrive(may_be_new=False)
                if await self._return():
                    return
            except (HotlineError, sa.exc.SQLAlchemyError, OSError) as error:
                _log.warning("storage_still_away", why=type(error).__name__)

    async def _return(self) -> bool:
        self._gate.clear()
        try:
            async with asyncio.timeout(self._config.database.answer_within_seconds):
                while self._on_stand_in:
                    await asyncio.wait([asyncio.wrap_future(future) for future in self._on_stand_in])
                arrival = await self._arrive(may_be_new=False)
            if self._gate.is_set():  # somebody could not wait and is on the stand-in again
                return False
            await self._begin(arrival)
            return True
        except TimeoutError:
            return False
        finally:
            self._gate.set()

    async def _arrive(self, *, may_be_new: bool) -> Arrival:
        arriving = self._aside.submit(
            lambda: arrive(self._config, self._vault, self._journal.records, self._clock.now(), may_be_new=may_be_new)
        )
        self._arriving.add(arriving)
        self._when_done(arriving, lambda: self._arriving.discard(arriving))
        try:
            return await bounded(arriving, self._config.database.arrive_within_seconds)
        except TimeoutError:
            raise DatabaseGone("slow to arrive") from None

    async def _begin(self, arrival: Arrival) -> None:
        """The stand-in's thread does this before anything that is asked of it later, so nobody need wait."""
        clearing = self._stand_in.clear_journal()
        self._stand_in.begin_with(arrival.working_set)
        self._away = False
        self._gate.set()
        await asyncio.wrap_future(clearing)
        _log.info("storage_ready", replayed=arrival.replayed.records, skipped=arrival.replayed.skipped)
        self._told[1]()

    async def _begin_without_database(self) -> None:
        rows = await asyncio.to_thread(self._hot_cache.working_set)
        await asyncio.wrap_future(self._stand_in.begin_with(rows))
        for record in await asyncio.to_thread(self._journal.records):
            self._stand_in.follow(record.changes)

    async def _keep_hot(self) -> None:
        while True:
            if not self._away:
                try:
                    await asyncio.wrap_future(self._aside.submit(self._refresh))
                except (HotlineError, sa.exc.SQLAlchemyError, OSError) as error:
                    _log.warning("hot_cache_stale", why=type(error).__name__)
            await asyncio.sleep(self._config.journal.refresh_seconds)

    # ------------------------------------------------------------------------------ in the threads

    def _begin_on(self, connection: sa.Connection, locks: bool) -> Transaction:
        return Transaction(connection, self._vault, self._clock.now(), locks=locks)

    def _refresh(self) -> int:
        engine = open_engine(self._config, read_only=True)
        try:
            with engine.connect() as connection:
                return self._hot_cache.refresh(connection, self._clock.now())
        finally:
            engine.dispose()

    def _close(self) -> None:
        self._writer.close()
        self._readers.close()
        self._unhurried_readers.close()
        self._hot_cache.close()
        self._aside.close()
        self._stand_in.close()
        self._journal.close()

    def _run(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.ensure_future(work)
        self._tasks.add(task)
        task.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            _log.critical("storage_task_failed", why=type(error).__name__, exc_info=error)


def _nothing() -> None:
    pass
