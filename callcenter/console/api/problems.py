"""Every fault of the API as RFC 9457's `application/problem+json`."""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus
from typing import Final

from aiohttp import web
from pydantic import ValidationError

from callcenter.console.api.models import FieldFault, Problem

CONTENT_TYPE: Final = "application/problem+json"

#: What a client is told; the statuses are those of the OpenAPI document.
DETAILS: Final[Mapping[int, str]] = {
    401: "A token is needed: Authorization: Bearer …",
    403: "This client's token has no such scope.",
    404: "There is no such thing.",
    405: "The API is read only.",
    422: "Parameters do not fit.",
    429: "Too many requests; try again after Retry-After seconds.",
    500: "Something is wrong here; calls go on.",
    503: "The database is away, or too many streams are open; try again later.",
}


def problem(status: int, *, errors: tuple[FieldFault, ...] = (), **headers: str) -> web.Response:
    """`headers` with _ for -."""
    try:
        title = HTTPStatus(status).phrase
    except ValueError:
        title = "Fault"
    body = Problem(title=title, status=status, detail=DETAILS.get(status, title), errors=errors)
    return web.Response(
        status=status,
        text=body.model_dump_json(),
        content_type=CONTENT_TYPE,
        headers={name.replace("_", "-"): value for name, value in headers.items()},
    )


def faults_of(error: ValidationError) -> tuple[FieldFault, ...]:
    """What is wrong with each parameter, without what was sent."""
    return tuple(
        FieldFault(name=".".join(map(str, fault["loc"]))[:80] or "query", reason=fault["msg"])
        for fault in error.errors(include_input=False, include_url=False)
    )
