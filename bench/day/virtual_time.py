"""An event loop whose clock goes on to the next timer as soon as nobody has anything to do."""

from __future__ import annotations

import asyncio
import selectors
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from datetime import datetime, timedelta
from typing import Any, TypeVar
from uuid import UUID

from callcenter.ports.storage import UnitOfWork
from storage.database import SqlStorage

T = TypeVar("T")

_REAL_WAIT_SECONDS = 5.0


class DayLoop(asyncio.SelectorEventLoop):
    """`asyncio.sleep(3600)` takes no time. While `at_work` is held (a thread is busy for us) the clock stands."""

    def __init__(self) -> None:
        self.seconds = 0.0
        self._working = 0
        self._last_in_turn: list[asyncio.Future[None]] = []
        super().__init__(_Selector(self))

    def time(self) -> float:
        return self.seconds

    @contextmanager
    def at_work(self) -> Iterator[None]:
        self._working += 1
        try:
            yield
        finally:
            self._working -= 1

    @property
    def idle(self) -> bool:
        return self._working == 0

    async def nothing_else(self) -> None:
        """Waits until all who can go on at this moment have done so; then one who waits here goes on, first come."""
        self._last_in_turn.append(turn := self.create_future())
        await turn

    def next_turn(self) -> bool:
        """Whether there is one who waited for that, and goes on now."""
        while self._last_in_turn:
            if not (turn := self._last_in_turn.pop(0)).done():
                turn.set_result(None)
                return True
        return False


class _Selector(selectors.DefaultSelector):
    def __init__(self, loop: DayLoop) -> None:
        super().__init__()
        self._loop = loop

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        if (timeout is not None and timeout <= 0) or self._loop.next_turn():
            return super().select(0)
        if isinstance(self._loop, PacedLoop):
            return super().select(None if timeout is None else timeout / self._loop.pace)
        if not self._loop.idle or timeout is None:
            return super().select(_REAL_WAIT_SECONDS)
        if not (ready := super().select(0)):
            self._loop.seconds += timeout
        return ready


class PacedLoop(DayLoop):
    """The day goes so many times faster than the wall, for every process that was given the same beginning."""

    def __init__(self, epoch: float, pace: float) -> None:
        self._epoch = epoch
        self.pace = pace
        super().__init__()

    def time(self) -> float:
        self.seconds = (time.time() - self._epoch) * self.pace
        return self.seconds


class DayClock:
    """`callcenter.ports.clock.Clock` by the loop's time. Ids are in order, and the same in every run."""

    def __init__(self, loop: DayLoop, begins: datetime) -> None:
        self._loop = loop
        self._begins = begins
        self._ids = 0
        self.steps: list[tuple[float, float]] = []  #: from which second on the machine's clock is wrong, by how many

    def now(self) -> datetime:
        seconds = self._loop.time()
        for at, by in self.steps:
            seconds += by if self._loop.seconds >= at else 0.0
        return self._begins + timedelta(seconds=seconds)

    def new_id(self) -> UUID:
        """Version 7's layout: the milliseconds, then a number that counts up."""
        self._ids += 1
        milliseconds = int(self.now().timestamp() * 1000)
        return UUID(int=milliseconds << 80 | 7 << 76 | 2 << 62 | self._ids)


class StandingStill:
    """The storage, asked one question at a time; the clock stands while an answer is on its way.

    Who is answered goes on after everybody else who can, so that how long a thread takes changes nothing in the day.
    """

    def __init__(self, storage: SqlStorage, loop: DayLoop) -> None:
        self._storage = storage
        self._loop = loop
        self._one_at_a_time = asyncio.Lock()
        self.transactions = 0
        self.look_ups = 0

    async def transact(self, name: str, work: Callable[[UnitOfWork], T], *, urgent: bool = True) -> T:
        self.transactions += 1
        async with self._in_turn():
            return await self._storage.transact(name, work, urgent=urgent)

    async def look_up(
        self, name: str, read: Callable[[UnitOfWork], T], *, within_seconds: float, urgent: bool = True
    ) -> T:
        self.look_ups += 1
        async with self._in_turn():
            return await self._storage.look_up(name, read, within_seconds=within_seconds, urgent=urgent)

    @asynccontextmanager
    async def _in_turn(self) -> AsyncIterator[None]:
        async with self._one_at_a_time:
            try:
                with self._loop.at_work():
                    yield
            finally:
                await self._loop.nothing_else()

    @property
    def away(self) -> bool:
        return self._storage.away


def run(main: Callable[[DayLoop], Any]) -> Any:
    """Runs a coroutine on such a loop."""
    loop = DayLoop()
    try:
        return loop.run_until_complete(main(loop))
    finally:
        loop.close()
