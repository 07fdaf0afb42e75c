"""The one way in: who is it, may they, does the form come from our own page; and what answers a fault.

The last resort of the web (design §6.3): whatever a page raises becomes a page that says so, and touches no call.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final

import structlog
from aiohttp import web
from aiohttp.typedefs import Handler

from callcenter.console.api.operations import BASE
from callcenter.console.api.problems import problem
from callcenter.console.api.serving import served
from callcenter.console.headers import add_headers, same_origin
from callcenter.console.house import HOUSE, LANGUAGE_COOKIE, SESSION_COOKIE, Visit
from callcenter.console.routes import Route
from callcenter.console.sent_file import sent_file_of
from callcenter.domain.access import may
from callcenter.errors import (
    DeviceUnknown,
    ElderUnknown,
    EmergencyUnknown,
    HotlineError,
    ListUnknown,
    LookNotNoted,
    NotWhileStorageAway,
    RecordingMissing,
    StorageAway,
    UploadUnusable,
)

log = structlog.get_logger()

_FAILED: Final = "服务出错，电话不受影响。 Something is wrong with this page; calls go on."
_NOT_FOUND: Final = (DeviceUnknown, ElderUnknown, EmergencyUnknown, ListUnknown, RecordingMissing)
_AWAY: Final = (StorageAway, NotWhileStorageAway, LookNotNoted)


def guarded(route: Route) -> Handler:
    """The route's page behind its permission, or its operation behind its scope."""
    if route.operation is not None:
        return served(route.operation)
    assert route.page is not None
    page = route.page

    async def serve(request: web.Request) -> web.StreamResponse:
        visit = await visit_of(request)
        role = visit.known.user.role if visit.known else None
        if not may(role, route.permission):
            return _refused(visit, route)
        if route.live and not same_origin(request):
            return _fault(visit, 403)
        if route.streamed:
            visit = await _with_file(visit)
        if route.method == "POST" and not await _from_our_own_page(visit, upload=route.upload):
            return _fault(visit, 403)
        return await page(visit)

    return serve


async def visit_of(request: web.Request) -> Visit:
    house = request.app[HOUSE]
    known = await house.sessions.of(request.cookies.get(SESSION_COOKIE, ""))
    language = house.languages.named(request.cookies.get(LANGUAGE_COOKIE))
    return Visit(request=request, house=house, known=known, language=language)


@web.middleware
async def answer_every_fault(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Headers on every answer; a page for every fault."""
    try:
        response = await handler(request)
    except web.HTTPException as error:
        response = await _fault_of(request, error.status)
    except _NOT_FOUND:
        response = await _fault_of(request, 404)
    except _AWAY:
        response = await _fault_of(request, 503)
    except HotlineError as error:
        log.info("page_refused", error=type(error).__name__)
        response = await _fault_of(request, 409)
    except Exception as error:
        log.error("page_failed", exc_info=error)
        response = problem(500) if _is_api(request) else web.Response(status=500, text=_FAILED)
    if not response.prepared:
        add_headers(request, response)
    return response


async def _from_our_own_page(visit: Visit, *, upload: bool) -> bool:
    """A form of ours carries the session's token, and its browser says where it comes from."""
    if not same_origin(visit.request):
        return False
    if visit.sent is not None:
        return visit.form_token_fits(visit.sent.token)
    try:
        form = (await visit.upload()).fields if upload else await visit.form()
    except ValueError:
        return False
    return visit.known is None or visit.form_token_fits(form.get("form_token", ""))


async def _with_file(visit: Visit) -> Visit:
    """As it is, when it carries none: then its form is asked for the token in vain."""
    try:
        sent = await sent_file_of(visit.request, within_seconds=visit.house.desk.config.access.upload_within_seconds)
    except UploadUnusable:
        return visit
    return replace(visit, sent=sent)


def _refused(visit: Visit, route: Route) -> web.StreamResponse:
    if visit.known is not None or route.method == "POST" or route.live:
        return _fault(visit, 403 if visit.known else 401)
    return web.Response(status=303, headers={"Location": "/login"})


async def _fault_of(request: web.Request, status: int) -> web.Response:
    return problem(status) if _is_api(request) else _fault(await visit_of(request), status)


def _is_api(request: web.Request) -> bool:
    return request.path.startswith(f"{BASE}/")


def _fault(visit: Visit, status: int) -> web.Response:
    return visit.page("fault.html", status=status, status_code=status)
