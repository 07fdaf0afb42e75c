"""班长: who answers, since when and with whom; listen, whisper, join, take over, offer again. Each for a reason."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from http import HTTPStatus
from typing import Any, Final
from uuid import UUID

from aiohttp import web

from callcenter.console.house import Visit
from callcenter.console.live.refusals import refusal_text
from callcenter.console.looking import note
from callcenter.domain.calls import Offer, Role
from callcenter.domain.emergencies import Attended, Open, Waiting
from callcenter.domain.looks import Seen
from callcenter.domain.people import Agent, Presence
from callcenter.domain.shifts import RosterNow
from callcenter.domain.supervision import Intervention, Supervision
from callcenter.errors import AgentUnknown, EmergencyUnknown, HotlineError
from callcenter.ports.storage import UnitOfWork
from callcenter.services.requeue import requeue
from callcenter.services.roster import read_roster
from callcenter.services.supervise import Supervisor, leave
from callcenter.services.supervise import intervene as supervise

_LATEST: Final = 20  #: interventions that the page shows


@dataclass(frozen=True, kw_only=True)
class AtWork:
    """An agent, and what this agent does now."""

    agent: Agent
    since: datetime | None
    emergency: Open | None
    elder: str  #: her name, "" while unknown or nobody


async def supervisor(visit: Visit) -> web.StreamResponse:
    """The page shows elders' names, so it is a look."""
    await note(visit, Seen.LIST, why="supervisor's page")
    return await _shown(visit)


async def agents(visit: Visit) -> web.StreamResponse:
    """The part that is asked for again and again."""
    return visit.page("supervisor_agents.html", **await _state(visit))


async def intervene(visit: Visit) -> web.StreamResponse:
    """What a button says: `listen:<emergency>`, or `leave`. A refusal is on the page, and the reason stays typed."""
    form = await visit.form()
    word, _, emergency = form.get("do", "").partition(":")
    why = form.get("why", "")
    by = Supervisor(name=visit.user.name, extension=visit.user.extension)
    try:
        await _do(visit, word, emergency, by, why)
    except HotlineError as refusal:
        return await _shown(
            visit,
            status=HTTPStatus.CONFLICT,
            why=why,
            refusal=refusal_text(visit, type(refusal).__name__),
        )
    return web.Response(status=HTTPStatus.SEE_OTHER, headers={"Location": "/supervisor"})


async def _do(visit: Visit, word: str, emergency: str, by: Supervisor, why: str) -> None:
    desk = visit.house.desk
    if word == "leave":
        return await leave(desk, by)
    try:
        kind, id_ = Intervention(word), UUID(emergency)
    except ValueError as error:
        raise EmergencyUnknown from error
    if kind is Intervention.REQUEUE:
        return await requeue(desk, id_, by, why)
    if not by.extension:
        raise AgentUnknown(by.name)
    if kind is Intervention.ENDED:
        return await leave(desk, by)
    await supervise(desk, id_, kind, by, why)


async def _shown(visit: Visit, status: int = HTTPStatus.OK, why: str = "", refusal: str = "") -> web.Response:
    seconds = visit.house.desk.config.supervision.refresh_seconds
    state = await _state(visit)
    return visit.page(
        "supervisor.html", status=status, why=why, refusal=refusal, refresh_seconds=f"{seconds:g}", **state
    )


async def _state(visit: Visit) -> dict[str, Any]:
    desk = visit.house.desk
    since = desk.clock.now() - timedelta(seconds=desk.config.supervision.listen_at_most_seconds)

    def read(work: UnitOfWork) -> tuple[list[AtWork], list[AtWork], list[Supervision], list[Supervision], RosterNow]:
        roster = read_roster(work, desk.clock.now(), desk.config.supervision)
        opened = work.emergencies.all_open(desk.config.node.name)
        offers = work.offers.all_open()
        at_work = [_at_work(work, agent, opened, offers) for agent in work.agents.all()]
        hers = {
            row.emergency.id for row in at_work if row.emergency is not None and isinstance(row.emergency, Attended)
        }
        left = [each for each in opened if each.id not in hers]
        others = [_without_agent(work, each) for each in left[: desk.config.access.rows_at_most]]
        return at_work, others, work.supervisions.unended(since), work.supervisions.recent(_LATEST), roster

    at_work, others, now_on, latest, roster = await visit.read("supervisor", read)
    mine = next((row for row in now_on if row.extension == visit.user.extension), None)
    return {
        "now": desk.clock.now(),
        "at_work": at_work,
        "others": others,
        "now_on": {row.emergency: row for row in now_on},
        "mine": mine,
        "latest": latest,
        "roster": roster,
        "offered_kinds": (Intervention.LISTEN, Intervention.WHISPER, Intervention.JOIN, Intervention.TAKE_OVER),
        "Intervention": Intervention,
    }


def _at_work(work: UnitOfWork, agent: Agent, opened: list[Open], offers: list[Offer]) -> AtWork:
    has = next((each for each in opened if isinstance(each, Attended) and each.owner == agent.extension), None)
    if has is not None:
        return AtWork(agent=agent, since=has.claimed_at, emergency=has, elder=_elder(work, has))
    rings = next((each for each in offers if each.role is Role.AGENT and each.target == agent.extension), None)
    if rings is not None and agent.presence in (Presence.RINGING, Presence.TALKING):
        emergency = next((each for each in opened if each.id == rings.emergency), None)
        return AtWork(
            agent=agent, since=rings.started_at, emergency=emergency, elder=_elder(work, emergency) if emergency else ""
        )
    return AtWork(agent=agent, since=agent.presence_since, emergency=None, elder="")


def _without_agent(work: UnitOfWork, emergency: Open) -> AtWork:
    owner = emergency.owner if isinstance(emergency, Attended) else ""
    agent = Agent(id=emergency.id, name=owner, extension="")
    since = emergency.opened_at if isinstance(emergency, Waiting) else emergency.claimed_at
    return AtWork(agent=agent, since=since, emergency=emergency, elder=_elder(work, emergency))


def _elder(work: UnitOfWork, emergency: Open) -> str:
    profile = work.people.profile(emergency.elder) if emergency.elder else None
    return profile.elder.name if profile else ""
