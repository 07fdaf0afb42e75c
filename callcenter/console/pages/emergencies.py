"""警情: what happened in one, step by step. Every look is written down first."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from http import HTTPStatus
from uuid import UUID

from aiohttp import web

from callcenter.console.house import Visit
from callcenter.console.looking import note
from callcenter.domain.emergencies import Closed, state_of
from callcenter.domain.looks import Seen
from callcenter.domain.people import Agent, Presence
from callcenter.errors import EmergencyUnknown
from callcenter.ports.storage import UnitOfWork
from callcenter.services.emergency_record import EmergencyRecord, emergency_record
from callcenter.services.timeline_folds import folded
from callcenter.services.timeline_words import detail, who


async def one(visit: Visit) -> web.StreamResponse:
    """Raises `EmergencyUnknown`."""
    return await show(visit, id_of(visit))


def id_of(visit: Visit) -> UUID:
    """Of the address. Raises `EmergencyUnknown` for what is no id."""
    try:
        return UUID(visit.request.match_info["id"])
    except ValueError as error:
        raise EmergencyUnknown from error


async def show(
    visit: Visit, id_: UUID, *, refusal: str = "", typed: Mapping[str, str] | None = None
) -> web.StreamResponse:
    """With why something was refused, and what had been typed. Raises `EmergencyUnknown`."""
    await note(visit, Seen.TIMELINE, why="emergency's page", emergency=id_)
    config = visit.house.desk.config
    recordings = config.path(config.asterisk.recordings)

    def read(work: UnitOfWork) -> tuple[EmergencyRecord | None, list[Agent]]:
        return emergency_record(work, id_, recordings), work.agents.all()

    record, agents = await visit.read("emergency", read)
    if record is None:
        raise EmergencyUnknown(str(id_))
    emergency = record.told.emergency
    closed = emergency if isinstance(emergency, Closed) else None
    return visit.page(
        "emergency.html",
        status=HTTPStatus.CONFLICT if refusal else HTTPStatus.OK,
        record=record,
        told=record.told,
        rows=folded(record.told.entries),
        who=partial(who, visit.language, record.told),
        detail=partial(detail, visit.language),
        state=state_of(emergency),
        closed=closed,
        disposition=visit.language.disposition(closed.disposition) if closed else "",
        choices=visit.dispositions.items(),
        checklists=visit.checklists,
        checklist_of=config.records.checklists.get,
        limits=config.records,
        keep_days=config.records.keep_days(closed.disposition) if closed else 0,
        free=[agent for agent in agents if agent.presence is Presence.FREE],
        refusal=refusal,
        typed=typed or {},
    )
