"""统计: a period's facts, read day by day so that nothing else waits for long; one report at a time."""

from __future__ import annotations

import asyncio
from datetime import date

from callcenter.config import Config
from callcenter.domain.periods import Period
from callcenter.domain.report import DayFacts, Report
from callcenter.errors import StorageAway
from callcenter.ports.clock import Clock
from callcenter.ports.storage import Storage


class Reports:
    """For all who ask at once: who comes later waits, within the same bound."""

    def __init__(self, storage: Storage, clock: Clock, config: Config) -> None:
        self._storage = storage
        self._clock = clock
        self._config = config
        self._one_at_a_time = asyncio.Semaphore(1)

    async def read(self, period: Period, district: str = "") -> Report:
        """Of all, or of who lives in one district. Raises `NotWhileStorageAway`, and `StorageAway` after
        `figures.report_within_seconds`.
        """
        try:
            async with asyncio.timeout(self._config.figures.report_within_seconds), self._one_at_a_time:
                days = [await self._day(day, district) for day in period.days]
        except TimeoutError as error:
            raise StorageAway("report") from error
        return Report(period=period, now=self._clock.now(), days=tuple(days), district=district)

    async def _day(self, day: date, district: str) -> DayFacts:
        within = self._config.access.read_within_seconds
        return await self._storage.look_up(
            "report", lambda work: work.figures.of_day(day, district), within_seconds=within, urgent=False
        )
