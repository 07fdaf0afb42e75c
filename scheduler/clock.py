"""The clock: APScheduler only wakes us. What is due stands in our tables, so nothing is lost with its memory."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import structlog
from apscheduler.events import EVENT_JOB_ERROR, JobExecutionEvent
from apscheduler.schedulers.asyncio import AsyncIOScheduler

log = structlog.get_logger()

#: A tick that comes late is still done once; the tables know what it has to do.
MISFIRE_GRACE_SECONDS = 60


class TickingClock:
    """Calls each job every so many seconds, never twice at once, until stopped.

    A job that raises is logged and called again at its next tick.
    """

    def __init__(self) -> None:
        self._scheduler = AsyncIOScheduler(
            job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": MISFIRE_GRACE_SECONDS}
        )
        self._scheduler.add_listener(_log_failure, EVENT_JOB_ERROR)

    def every(self, seconds: float, name: str, job: Callable[[], Awaitable[None]]) -> None:
        """Adds a job; before `start`."""
        self._scheduler.add_job(job, "interval", seconds=seconds, id=name, name=name)

    def start(self) -> None:
        self._scheduler.start()

    def stop(self) -> None:
        self._scheduler.shutdown(wait=False)


def _log_failure(event: JobExecutionEvent) -> None:
    log.error("job_failed", job=event.job_id, exc_info=event.exception)
