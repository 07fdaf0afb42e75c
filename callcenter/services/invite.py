"""The agent asks for company in the room: the next contact, or 120. They join, they do not claim."""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID

from callcenter.domain.calls import Offer, Role
from callcenter.domain.emergencies import Attended, Open, Waiting
from callcenter.errors import EmergencyClosed, EmergencyUnknown
from callcenter.ports.storage import UnitOfWork
from callcenter.services.climb_ladder import contact_offer, dispatch_offer
from callcenter.services.desk import Desk
from callcenter.services.ring import ToRing, ring_all, write_offer

_Whom = Callable[[Desk, UnitOfWork, Open], Offer | None]


async def invite_contact(desk: Desk, emergency: UUID) -> bool:
    """Rings the next contact who was not invited yet (the first again after the last). False if there is none."""
    return await _invite(desk, emergency, _contact)


async def invite_120(desk: Desk, emergency: UUID) -> bool:
    """Rings 120 by the next route. False if no route is configured."""
    return await _invite(desk, emergency, _dispatcher)


async def _invite(desk: Desk, emergency: UUID, whom: _Whom) -> bool:
    def work(unit: UnitOfWork) -> list[ToRing]:
        current = unit.emergencies.get(emergency)
        if current is None:
            raise EmergencyUnknown(str(emergency))
        if not isinstance(current, Waiting | Attended):
            raise EmergencyClosed(str(emergency))
        offer = whom(desk, unit, current)
        return [write_offer(desk, unit, current, offer)] if offer is not None else []

    rings = await desk.storage.transact("invite", work)
    await ring_all(desk, rings)
    return bool(rings)


def _contact(desk: Desk, work: UnitOfWork, emergency: Open) -> Offer | None:
    profile = work.people.profile(emergency.elder) if emergency.elder else None
    contacts = profile.contacts if profile else ()
    if not contacts:
        return None
    asked = _invited(work, emergency, Role.CONTACT)
    contact = contacts[asked % len(contacts)]
    return contact_offer(desk, work, emergency, str(contact.id), contact.number, round_=0, rung=0, claims=False)


def _dispatcher(desk: Desk, work: UnitOfWork, emergency: Open) -> Offer | None:
    routes = desk.config.dispatch.routes
    if not routes:
        return None
    return dispatch_offer(
        desk, work, emergency, _invited(work, emergency, Role.DISPATCHER) % len(routes), round_=0, rung=0
    )


def _invited(work: UnitOfWork, emergency: Open, role: Role) -> int:
    return sum(1 for offer in work.offers.all_of(emergency.id) if offer.role is role and not offer.claims)
