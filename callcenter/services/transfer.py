"""转接: an agent hands her elder to a named colleague, whose phone rings while the first goes on talking.

Answering is the claim (`claim`), and only when the colleague is in the room does the first leg end (`rooms`): the elder
is alone at no moment. Who does not answer within `desk.transfer_seconds` leaves everything as it was.
"""

from __future__ import annotations

from uuid import UUID

from callcenter.domain.calls import LegOutcome, Offer, Role
from callcenter.domain.emergencies import Attended
from callcenter.domain.people import Agent, Presence
from callcenter.errors import AgentNotFree, AgentUnknown
from callcenter.ports.storage import UnitOfWork
from callcenter.services.desk import Desk
from callcenter.services.offers import end_offer
from callcenter.services.put_on_hold import leg_of
from callcenter.services.ring import ToRing, new_offer, ring_all, write_offer
from callcenter.services.whose import owned

_MAY_BE_RUNG = (Presence.FREE, Presence.WRAP_UP)


async def transfer(desk: Desk, emergency: UUID, extension: str, *, to: str) -> None:
    """Rings the colleague at this extension, and stops ringing another one that was asked before.

    Raises `EmergencyUnknown`, `EmergencyClosed`, `EmergencyNotYours`, `AgentUnknown`, and `AgentNotFree`.
    """

    def work(unit: UnitOfWork) -> tuple[list[Offer], list[ToRing]]:
        mine = owned(unit, emergency, extension)
        asked = offers_of_transfer(mine, unit.offers.open_of(emergency))
        if any(offer.target == to for offer in asked):
            return [], []
        agent = _colleague(unit, to, extension)
        _end(desk, unit, asked)
        return asked, [_write(desk, unit, mine, agent, leg_of(unit, emergency, extension))]

    asked, rings = await desk.storage.transact("transfer", work)
    await _stop_ringing(desk, asked)
    await ring_all(desk, rings)


async def stop_transfer(desk: Desk, emergency: UUID, extension: str) -> None:
    """Nobody is asked any more. Raises `EmergencyUnknown`, `EmergencyClosed`, `EmergencyNotYours`."""

    def work(unit: UnitOfWork) -> list[Offer]:
        asked = offers_of_transfer(owned(unit, emergency, extension), unit.offers.open_of(emergency))
        _end(desk, unit, asked)
        return asked

    await _stop_ringing(desk, await desk.storage.transact("stop transfer", work))


def offers_of_transfer(emergency: Attended, offers: list[Offer]) -> list[Offer]:
    """Those of them that ring at an agent who shall have it instead of its owner."""
    return [
        offer
        for offer in offers
        if offer.role is Role.AGENT
        and offer.claims
        and offer.outcome is LegOutcome.RINGING
        and offer.target != emergency.owner
    ]


def _colleague(work: UnitOfWork, extension: str, mine: str) -> Agent:
    agent = work.agents.by_extension(extension)
    if agent is None or extension == mine:
        raise AgentUnknown(extension)
    if agent.presence not in _MAY_BE_RUNG:
        raise AgentNotFree(extension)
    return agent


def _write(desk: Desk, work: UnitOfWork, emergency: Attended, to: Agent, leg: UUID | None) -> ToRing:
    offer = new_offer(
        desk,
        work,
        emergency,
        role=Role.AGENT,
        target=to.extension,
        destination=f"PJSIP/{to.extension}",
        ring_seconds=desk.config.desk.transfer_seconds,
        round_=0,
        rung=0,
        replaces=leg,
    )
    return write_offer(desk, work, emergency, offer, detail=f"transfer from {emergency.owner}")


def _end(desk: Desk, work: UnitOfWork, offers: list[Offer]) -> None:
    for offer in offers:
        end_offer(desk, work, offer, LegOutcome.CANCELLED)


async def _stop_ringing(desk: Desk, offers: list[Offer]) -> None:
    for offer in offers:
        desk.background.start("stop ringing", desk.telephony.hang_up(str(offer.id)))
