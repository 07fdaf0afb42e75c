"""名单导入和导出: a file is looked at first, then taken in; all elders as a file. Supervisors only, each noted."""

from __future__ import annotations

import os
from collections.abc import Mapping
from http import HTTPStatus
from typing import Final

from aiohttp import web

from callcenter.console.house import Visit
from callcenter.console.list_jobs import JobState, ListJob
from callcenter.console.looking import note
from callcenter.domain.looks import LONGEST, Seen
from callcenter.errors import HotlineError, ListBusy, ListUnknown, UploadTooLarge, UploadUnusable

_MIB: Final = 1024 * 1024
_AGAIN_AFTER_SECONDS: Final = 2  #: a page that waits asks again
_SHEET: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_REFUSED: Final[Mapping[type[HotlineError], str]] = {
    ListBusy: "另一份名单还在处理，请等它完成。",
    UploadTooLarge: "文件太大。",
    UploadUnusable: "没有收到文件。",
}


async def ask(visit: Visit) -> web.StreamResponse:
    """Two forms: a file in, or all out."""
    return _ask(visit)


async def take_file(visit: Visit) -> web.StreamResponse:
    """Looks at what was uploaded; nothing is changed by it."""
    config, jobs = visit.house.desk.config, visit.house.lists
    try:
        path = jobs.place()
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600), "wb") as file:
            try:
                size = await visit.file.save(
                    file,
                    at_most=config.imports.file_mib * _MIB,
                    within_seconds=config.access.upload_within_seconds,
                )
                if not size:
                    raise UploadUnusable("it is empty")
                await note(visit, Seen.LIST, why="import of elders, to be looked at")
            except BaseException:
                path.unlink(missing_ok=True)
                raise
    except (ListBusy, UploadTooLarge, UploadUnusable) as error:
        return _ask(visit, refused=_REFUSED[type(error)], status=HTTPStatus.UNPROCESSABLE_ENTITY)
    return _to(jobs.preview(path, visit.user.name))


async def apply(visit: Visit) -> web.StreamResponse:
    """Takes in what was looked at. Raises `ListUnknown`."""
    job = _job(visit)
    visit.house.lists.apply(job)
    return _to(job)


async def export(visit: Visit) -> web.StreamResponse:
    """Begins to write all of them, for the reason that was typed: it stands in the access log."""
    why = " ".join((await visit.form()).get("why", "").split())[:LONGEST]
    if not why or not why.isprintable():
        return _ask(visit, refused="请填写导出的原因。", status=HTTPStatus.UNPROCESSABLE_ENTITY)
    await note(visit, Seen.EXPORT, why=why)
    try:
        job = visit.house.lists.export(visit.user.name)
    except ListBusy:
        return _ask(visit, refused=_REFUSED[ListBusy], status=HTTPStatus.UNPROCESSABLE_ENTITY)
    return _to(job)


async def progress(visit: Visit) -> web.StreamResponse:
    """How far it is; asks again by itself while it runs. Raises `ListUnknown`."""
    job = _job(visit)
    page = visit.page("elder_list_job.html", job=job, states=JobState)
    if job.runs:
        page.headers["Refresh"] = str(_AGAIN_AFTER_SECONDS)
    return page


async def download(visit: Visit) -> web.StreamResponse:
    """The file that was written. Raises `ListUnknown`."""
    job = _job(visit)
    if job.state is not JobState.EXPORTED:
        raise ListUnknown
    headers = {"Content-Type": _SHEET, "Content-Disposition": 'attachment; filename="elders.xlsx"'}
    return web.FileResponse(job.path, headers=headers)


def _ask(visit: Visit, *, refused: str = "", status: int = HTTPStatus.OK) -> web.StreamResponse:
    imports = visit.house.desk.config.imports
    return visit.page("elder_lists.html", status=status, refused=refused and visit.language.t(refused), imports=imports)


def _job(visit: Visit) -> ListJob:
    return visit.house.lists.of(visit.request.match_info["token"], visit.user.name)


def _to(job: ListJob) -> web.Response:
    return web.Response(status=HTTPStatus.SEE_OTHER, headers={"Location": f"/elders/lists/{job.token}"})
