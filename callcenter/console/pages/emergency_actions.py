"""What is done about one emergency at its page. Refused, the page says why, and what was typed stays in it."""

from __future__ import annotations

from collections.abc import Awaitable, Mapping
from http import HTTPStatus
from typing import Final
from uuid import UUID

from aiohttp import web

from callcenter.console.house import Visit
from callcenter.console.live.refusals import refusal_text
from callcenter.console.pages.emergencies import id_of, show
from callcenter.domain.access import Permission
from callcenter.errors import EmergencyUnknown, HotlineError
from callcenter.services.ask_call_back import ask_call_back
from callcenter.services.close_emergency import NOTE_AT_MOST, close_emergency, only_if_ticked
from callcenter.services.reopen_emergency import reopen_emergency
from callcenter.services.transfer import transfer
from callcenter.services.whose import only_mine

_TICK: Final = "tick-"  #: begins the name of each item of a checklist in the form
_WHY: Final = "「原因」必须填写，最多 {limit} 字。"


async def close(visit: Visit) -> web.StreamResponse:
    """结案: of one's own, or by a supervisor of anybody's. What its checklist asks for must be ticked."""
    form, id_, desk = await visit.form(), id_of(visit), visit.house.desk
    disposition = form.get("disposition", "")
    ticked = tuple(name.removeprefix(_TICK) for name in form if name.startswith(_TICK))

    async def done() -> None:
        if not visit.may(Permission.CLOSE_ANY):
            await only_mine(desk, id_, visit.user.extension)
        only_if_ticked(desk.config, disposition, ticked)
        note = form.get("note", "")[:NOTE_AT_MOST]
        await close_emergency(desk, id_, by=_by(visit), disposition=disposition, note=note, items=ticked)

    return await _do(visit, id_, form, done())


async def reopen(visit: Visit) -> web.StreamResponse:
    """重新打开, with a reason; and with `call_back` she is rung."""
    form, id_, desk = await visit.form(), id_of(visit), visit.house.desk
    why, limit = form.get("why", "").strip(), desk.config.records.why_characters_at_most
    if not why or len(why) > limit:
        return await show(visit, id_, refusal=visit.language.t(_WHY, limit=limit), typed=form)
    wanted = "call_back" in form
    reopened = reopen_emergency(
        desk, id_, by=_by(visit), why=why, extension=visit.user.extension, call_back=wanted
    )  # fmt: skip
    return await _do(visit, id_, form, reopened)


async def call_back(visit: Visit) -> web.StreamResponse:
    """回拨 of an open one."""
    form, id_ = await visit.form(), id_of(visit)
    return await _do(visit, id_, form, ask_call_back(visit.house.desk, id_, visit.user.extension))


async def hand(visit: Visit) -> web.StreamResponse:
    """移交, of one's own."""
    form, id_ = await visit.form(), id_of(visit)
    return await _do(visit, id_, form, transfer(visit.house.desk, id_, visit.user.extension, to=form.get("to", "")))


def _by(visit: Visit) -> str:
    """Who did it, as the timeline says it."""
    return f"agent:{visit.user.extension}" if visit.user.extension else visit.user.name


async def _do(visit: Visit, id_: UUID, form: Mapping[str, str], action: Awaitable[object]) -> web.StreamResponse:
    try:
        await action
    except EmergencyUnknown:
        raise
    except HotlineError as refused:
        return await show(visit, id_, refusal=refusal_text(visit, type(refused).__name__), typed=form)
    return web.Response(status=HTTPStatus.SEE_OTHER, headers={"Location": f"/emergencies/{id_}"})
