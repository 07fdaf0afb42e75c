"""警情: looked for by state, dates, agent, result, street and elder; the newest first, a page of rows at a time."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlencode

from aiohttp import web

from callcenter.console.house import Visit
from callcenter.console.looking import note
from callcenter.console.pages.sought import Sought, sought_by
from callcenter.domain.emergencies import Attended, Closed, Emergency, State, state_of
from callcenter.domain.looks import Seen
from callcenter.domain.people import Agent
from callcenter.domain.records import Wanted
from callcenter.ports.storage import UnitOfWork


@dataclass(frozen=True, kw_only=True)
class Row:
    emergency: Emergency
    state: State
    elder: str
    street: str
    agent: str  #: who has it, or closed it
    disposition: str


@dataclass(frozen=True, kw_only=True)
class _Found:
    rows: tuple[Row, ...]
    agents: tuple[Agent, ...]
    more: bool


async def listing(visit: Visit) -> web.StreamResponse:
    """A field that makes no sense is named, and nothing is looked for; what was typed stays in the form."""
    sought = sought_by(visit)
    await note(visit, Seen.LIST, why="emergencies")
    found = await visit.read("emergencies", lambda work: _read(visit, work, sought.wanted))
    return visit.page(
        "emergencies.html",
        status=200 if sought.wanted else 422,
        sought=sought,
        found=found,
        older=_older(sought, found),
        states=list(State),
        dispositions=visit.house.desk.config.dispositions.values(),
    )


def _read(visit: Visit, work: UnitOfWork, wanted: Wanted | None) -> _Found:
    a_page = visit.house.desk.config.records.rows_a_page
    found = work.records.page(wanted, a_page + 1) if wanted else []
    return _Found(
        rows=tuple(_row(visit, work, emergency) for emergency in found[:a_page]),
        agents=tuple(work.agents.all()),
        more=len(found) > a_page,
    )


def _older(sought: Sought, found: _Found) -> str:
    """The query of the next page: whatever comes meanwhile, no row stands on two and none on no page."""
    if not found.more:
        return ""
    last = found.rows[-1].emergency
    return urlencode(sought.typed | {"after": f"{last.opened_at.isoformat()}/{last.id}"})


def _row(visit: Visit, work: UnitOfWork, emergency: Emergency) -> Row:
    profile = work.people.profile(emergency.elder) if emergency.elder else None
    return Row(
        emergency=emergency,
        state=state_of(emergency),
        elder=profile.elder.name if profile else "",
        street=profile.household.street if profile else "",
        agent=_agent(emergency),
        disposition=visit.language.disposition(emergency.disposition) if isinstance(emergency, Closed) else "",
    )


def _agent(emergency: Emergency) -> str:
    match emergency:
        case Attended():
            return emergency.owner
        case Closed():
            return emergency.closed_by.removeprefix("agent:")
        case _:
            return ""
