"""老人档案 by hand: added, changed. What was typed stays in the form until it is saved."""

from __future__ import annotations

from dataclasses import dataclass
from http import HTTPStatus
from uuid import UUID

from aiohttp import web

from callcenter.console.house import Visit
from callcenter.console.looking import note
from callcenter.console.pages.elders import elder_of
from callcenter.domain.elder_changes import ElderChange
from callcenter.domain.elder_status import ElderStatus, Purpose
from callcenter.domain.looks import Seen
from callcenter.domain.people import ContactRole, LineKind
from callcenter.errors import ElderUnknown
from callcenter.ports.storage import UnitOfWork
from callcenter.services.edit_elder import Edited, edit_elder, seen_as
from callcenter.services.elder_columns import COLUMN_BY_KEY
from callcenter.services.elder_form import ROWS_AT_MOST, ElderForm

_SAVE = "save"


@dataclass(frozen=True, kw_only=True)
class _Around:
    """What stands beside the form."""

    form: ElderForm
    seen: str
    mates: tuple[str, ...]  #: who lives with her
    last: ElderChange | None


async def ask_new(visit: Visit) -> web.StreamResponse:
    """An empty form."""
    return _form(visit, None, ElderForm(), seen="")


async def ask(visit: Visit) -> web.StreamResponse:
    """The form with everything in it: a look at the whole profile. Raises `ElderUnknown`."""
    elder = elder_of(visit)
    await note(visit, Seen.PROFILE, why="elder's form, to change her profile", elder=elder)
    around = await visit.read("elder to edit", lambda work: _around(work, elder))
    return _form(visit, elder, around.form, seen=around.seen, around=around)


async def add(visit: Visit) -> web.StreamResponse:
    """Somebody new; then her card."""
    return await _take(visit, None)


async def save(visit: Visit) -> web.StreamResponse:
    """Changes her; then her card. Raises `ElderUnknown`."""
    return await _take(visit, elder_of(visit))


async def _take(visit: Visit, elder: UUID | None) -> web.StreamResponse:
    fields = await visit.form()
    form, seen, act = ElderForm.typed(fields), fields.get("seen", ""), fields.get("do", "")
    edited = Edited()
    if act == _SAVE:
        edited = await edit_elder(visit.house.desk, elder, form, seen=seen, by=visit.user.name)
    else:
        form.change_rows(act)
    if edited.elder is not None:
        return web.Response(status=HTTPStatus.SEE_OTHER, headers={"Location": f"/elders/{edited.elder}"})
    around = await visit.read("elder to edit", lambda work: _around(work, elder)) if elder else None
    return _form(visit, elder, form, seen=edited.seen or seen, around=around, edited=edited)


def _form(
    visit: Visit,
    elder: UUID | None,
    form: ElderForm,
    *,
    seen: str,
    around: _Around | None = None,
    edited: Edited | None = None,
) -> web.StreamResponse:
    edited = edited or Edited()
    status = HTTPStatus.CONFLICT if edited.conflict else HTTPStatus.UNPROCESSABLE_ENTITY if edited.faults else 200
    return visit.page(
        "elder_edit.html",
        status=status,
        elder=elder,
        form=form,
        seen=seen,
        edited=edited,
        faults={fault.column: fault for fault in edited.faults},
        mates=around.mates if around else (),
        last=around.last if around else None,
        columns=COLUMN_BY_KEY,
        rows_at_most=ROWS_AT_MOST,
        ladders=[ladder.name for ladder in visit.house.desk.config.ladders],
        statuses=list(ElderStatus),
        purposes=list(Purpose),
        roles=list(ContactRole),
        kinds=list(LineKind),
    )


def _around(work: UnitOfWork, elder: UUID) -> _Around:
    profile = work.people.profile(elder)
    if profile is None:
        raise ElderUnknown(str(elder))
    mates = (work.people.profile(mate) for mate in work.people.housemates(elder))
    return _Around(
        form=ElderForm.of(profile),
        seen=seen_as(profile),
        mates=tuple(mate.elder.name for mate in mates if mate is not None),
        last=next(iter(work.history.of(elder, 1)), None),
    )
