"""Whole lists of elders, in and out: what takes longer than a page may, done beside the calls, one at a time."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Coroutine
from contextlib import suppress
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any, Final

from callcenter.errors import HotlineError, ListBusy, ListUnknown
from callcenter.services.desk import Desk
from callcenter.services.elder_sheet import read_sheet
from callcenter.services.export_elders import export_elders
from callcenter.services.import_elders import ImportReport, import_elders
from callcenter.services.preview_import import Preview, preview_import

_PACKED: Final = b"PK\x03\x04"  #: how an .xlsx begins, whatever it is called


class JobState(StrEnum):
    PREVIEWING = "previewing"  #: 正在检查
    PREVIEWED = "previewed"  #: 已检查，待确认
    APPLYING = "applying"  #: 正在导入
    APPLIED = "applied"  #: 已导入
    EXPORTING = "exporting"  #: 正在导出
    EXPORTED = "exported"  #: 已导出
    FAILED = "failed"  #: 未完成


_RUNS: Final = frozenset({JobState.PREVIEWING, JobState.APPLYING, JobState.EXPORTING})


@dataclass(kw_only=True)
class ListJob:
    """Of one user. Forgotten with its file after `imports.forget_after_seconds`, and with the process."""

    token: str
    user: str
    path: Path
    state: JobState
    preview: Preview
    report: ImportReport = field(default_factory=ImportReport)
    exported: int = 0
    fault: str = ""  #: why it failed, in the error's words

    @property
    def runs(self) -> bool:
        return self.state in _RUNS


class ListJobs:
    """Lives on one event loop, and closes with the console."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._jobs: dict[str, ListJob] = {}
        self._tasks: set[asyncio.Task[Any]] = set()
        self._folder = desk.config.path(desk.config.imports.folder)

    def open(self) -> None:
        """Whatever a killed process left there is nobody's."""
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        for left in self._folder.iterdir():
            if left.is_file():
                left.unlink()

    def close(self) -> None:
        for task in self._tasks:
            task.cancel()
        for token in list(self._jobs):
            self._forget(token)

    def of(self, token: str, user: str) -> ListJob:
        """Raises `ListUnknown` for another user's, too."""
        job = self._jobs.get(token)
        if job is None or job.user != user:
            raise ListUnknown
        return job

    def place(self) -> Path:
        """Where an upload may be put. Raises `ListBusy`."""
        if any(job.runs for job in self._jobs.values()):
            raise ListBusy
        return self._folder / f"{secrets.token_urlsafe(16)}.upload"

    def preview(self, path: Path, user: str) -> ListJob:
        """Begins to look at a file that was put at its `place`, which is ours from now on."""
        suffix = ".xlsx" if _begins(path) == _PACKED else ".csv"
        job = self._new(path.rename(path.with_suffix(suffix)), user, JobState.PREVIEWING)
        self._run(job, self._preview(job))
        return job

    def apply(self, job: ListJob) -> None:
        """Takes the same file in. Nothing, for one that was not looked at first."""
        if job.state is JobState.PREVIEWED:
            job.state = JobState.APPLYING
            self._run(job, self._apply(job))

    def export(self, user: str) -> ListJob:
        """Begins to write all elders. Raises `ListBusy`."""
        job = self._new(self.place().with_suffix(".xlsx"), user, JobState.EXPORTING)
        self._run(job, self._export(job))
        return job

    def _new(self, path: Path, user: str, state: JobState) -> ListJob:
        shown = self._desk.config.access.rows_at_most
        job = ListJob(token=path.stem, user=user, path=path, state=state, preview=Preview(shown=shown))
        self._jobs[job.token] = job
        loop = asyncio.get_running_loop()
        loop.call_later(self._desk.config.imports.forget_after_seconds, self._forget, job.token)
        return job

    def _run(self, job: ListJob, work: Coroutine[Any, Any, None]) -> None:
        task = self._desk.background.start("elders' list", self._watched(job, work))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _watched(self, job: ListJob, work: Coroutine[Any, Any, None]) -> None:
        """A job that ends in whatever way does not keep others waiting."""
        try:
            await work
        except HotlineError as error:
            job.fault = str(error)
        finally:
            if job.runs:
                job.state = JobState.FAILED

    async def _preview(self, job: ListJob) -> None:
        desk = self._desk
        rows = read_sheet(job.path, desk.config.imports)
        await preview_import(desk.storage, desk.clock, desk.config, rows, job.preview)
        job.state = JobState.PREVIEWED

    async def _apply(self, job: ListJob) -> None:
        desk = self._desk
        rows = read_sheet(job.path, desk.config.imports)
        job.report = await import_elders(desk.storage, desk.clock, desk.config, rows, by=job.user)
        job.state = JobState.APPLIED
        job.path.unlink(missing_ok=True)

    async def _export(self, job: ListJob) -> None:
        job.exported = await export_elders(self._desk.storage, self._desk.clock, job.path)
        job.state = JobState.EXPORTED

    def _forget(self, token: str) -> None:
        job = self._jobs.pop(token, None)
        if job is not None:
            with suppress(OSError):
                job.path.unlink(missing_ok=True)


def _begins(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(len(_PACKED))
