"""What each operation reads, in the API's models. Elders leave masked."""

from __future__ import annotations

from uuid import UUID

from callcenter.console.api import models
from callcenter.console.api.asking import Asked
from callcenter.domain.emergencies import Attended, Closed, Emergency, state_of
from callcenter.domain.looks import Seen
from callcenter.domain.people import Profile
from callcenter.errors import ElderUnknown, EmergencyUnknown, NumberUnusable
from callcenter.ports.storage import UnitOfWork
from callcenter.services.numbers import e164

_ENDS: int = 4


async def elders(asked: Asked, query: models.EldersQuery) -> models.Elders:
    """Those reached at `number`; without one, all of them by id."""
    await asked.note(Seen.LIST)
    limit = min(query.limit, asked.desk.config.api.rows_at_most)

    def read(work: UnitOfWork) -> tuple[list[UUID], list[Profile]]:
        ids = _by_number(asked, work, query.number) if query.number else work.people.ids_after(query.after, limit)
        profiles = [work.people.profile(id_) for id_ in ids[:limit]]
        return ids[:limit], [profile for profile in profiles if profile is not None]

    ids, profiles = await asked.read("elders for API", read)
    more = len(ids) == limit and query.number is None
    return models.Elders(items=tuple(map(_elder, profiles)), after=ids[-1] if more else None)


async def elder(asked: Asked, _query: models.Nothing) -> models.Elder:
    """Raises `ElderUnknown`."""
    assert asked.id is not None
    id_ = asked.id
    await asked.note(Seen.PROFILE, elder=id_)
    profile = await asked.read("elder for API", lambda work: work.people.profile(id_))
    if profile is None:
        raise ElderUnknown(str(id_))
    return _elder(profile)


async def emergencies(asked: Asked, query: models.EmergenciesQuery) -> models.Emergencies:
    await asked.note(Seen.LIST)
    limit = min(query.limit, asked.desk.config.api.rows_at_most)
    found = await asked.read("emergencies for API", lambda work: work.emergencies.recent(limit, query.state))
    return models.Emergencies(items=tuple(models.Emergency(**_emergency(each)) for each in found))


async def emergency(asked: Asked, _query: models.Nothing) -> models.EmergencyWhole:
    """Raises `EmergencyUnknown`."""
    assert asked.id is not None
    id_ = asked.id
    await asked.note(Seen.TIMELINE, emergency=id_)

    def read(work: UnitOfWork) -> models.EmergencyWhole:
        found = work.emergencies.get(id_)
        if found is None:
            raise EmergencyUnknown(str(id_))
        timeline = tuple(
            models.TimelineStep(at=entry.at, step=entry.step, who=entry.who, detail=entry.detail)
            for entry in work.emergencies.timeline(id_)
        )
        return models.EmergencyWhole(**_emergency(found), timeline=timeline)

    return await asked.read("emergency for API", read)


async def calls(asked: Asked, query: models.CallsQuery) -> models.Calls:
    """Raises `EmergencyUnknown`."""
    await asked.note(Seen.TIMELINE, emergency=query.emergency)
    found = await asked.read("calls for API", lambda work: work.calls.all_of(query.emergency))
    return models.Calls(
        items=tuple(
            models.Call(
                id=call.id,
                emergency=call.emergency,
                inbound=call.inbound,
                started_at=call.started_at,
                ended_at=call.ended_at,
                outcome=call.outcome,
                recorded=bool(call.recording),
            )
            for call in found
        )
    )


async def agents(asked: Asked, _query: models.Nothing) -> models.Agents:
    found = await asked.read("agents for API", lambda work: work.agents.all())
    return models.Agents(
        items=tuple(
            models.Agent(
                extension=agent.extension,
                name=agent.name,
                presence=agent.presence,
                since=agent.presence_since,
                skills=tuple(sorted(agent.skills)),
                supervisor=agent.supervisor,
            )
            for agent in found
        )
    )


def _by_number(asked: Asked, work: UnitOfWork, typed: str) -> list[UUID]:
    """Nobody for what is no number."""
    hotline = asked.desk.config.hotline
    try:
        number = e164(typed, country=hotline.country, area_code=hotline.area_code)
    except NumberUnusable:
        return []
    return work.people.by_number(number, asked.desk.clock.now())


def _elder(profile: Profile) -> models.Elder:
    elder, home = profile.elder, profile.household
    return models.Elder(
        id=elder.id,
        name=elder.name,
        sex=elder.sex,
        born=elder.born,
        district=home.district,
        street=home.street,
        estate=home.estate,
        dialect=elder.dialect,
        how_to_talk=elder.how_to_talk,
        lines_end=tuple(line.number[-_ENDS:] for line in profile.lines),
        contacts=tuple(
            models.Contact(
                name=contact.name,
                role=contact.role,
                number_ends=contact.number[-_ENDS:],
                has_key=contact.has_key,
            )
            for contact in profile.contacts
        ),
    )


def _emergency(emergency: Emergency) -> dict[str, object]:
    attended = emergency if isinstance(emergency, Attended) else None
    closed = emergency if isinstance(emergency, Closed) else None
    return {
        "id": emergency.id,
        "key": emergency.key,
        "state": state_of(emergency),
        "elder": emergency.elder,
        "candidates": len(emergency.candidates),
        "opened_at": emergency.opened_at,
        "presses": emergency.presses,
        "connected": emergency.elder_connected,
        "owner": attended.owner if attended else "",
        "owner_role": attended.owner_role if attended else None,
        "claimed_at": attended.claimed_at if attended else None,
        "closed_at": closed.closed_at if closed else None,
        "closed_by": closed.closed_by if closed else "",
        "disposition": closed.disposition if closed else "",
    }
