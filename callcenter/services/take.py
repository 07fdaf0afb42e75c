"""An agent takes by hand what waits, or whom she has on hold: her own phone rings, and answering is the claim."""

from __future__ import annotations

from typing import Final
from uuid import UUID

from callcenter.domain.calls import LegOutcome, Role
from callcenter.domain.emergencies import Attended, Closed, Open, Step, Waiting
from callcenter.domain.ladder import Position
from callcenter.domain.people import Presence
from callcenter.errors import (
    AgentBusy,
    AgentUnknown,
    EmergencyClosed,
    EmergencyTaken,
    EmergencyUnknown,
)
from callcenter.ports.storage import UnitOfWork
from callcenter.services.climb_ladder import agent_offer
from callcenter.services.desk import Desk
from callcenter.services.put_on_hold import end_break, leg_of
from callcenter.services.ring import ToRing, ring_all, who
from callcenter.services.rooms import offer_again
from callcenter.services.whose import owned

_BUSY: Final = (Presence.RINGING, Presence.TALKING)


async def take(desk: Desk, emergency: UUID, extension: str) -> None:
    """Does nothing while it rings there already.

    Raises `EmergencyUnknown`, `EmergencyClosed`, `EmergencyTaken`, `AgentUnknown`, and `AgentBusy` when this phone
    rings for somebody else or is in a call.
    """

    def work(unit: UnitOfWork) -> list[ToRing]:
        match unit.emergencies.get(emergency):
            case None:
                raise EmergencyUnknown(str(emergency))
            case Closed():
                raise EmergencyClosed(str(emergency))
            case Attended() as held if held.on_hold and (held.owner_role, held.owner) == (Role.AGENT, extension):
                return offer_to(desk, unit, held, extension)
            case Attended():
                raise EmergencyTaken(str(emergency))
            case Waiting() as waiting:
                return offer_to(desk, unit, waiting, extension)

    await ring_all(desk, await desk.storage.transact("take", work))


async def hand_back(desk: Desk, emergency: UUID, extension: str) -> None:
    """The agent's leg ends, nothing else: if nobody else is with her, she is offered again at once.

    So is she whom the agent has on hold. Raises `EmergencyUnknown`, `EmergencyClosed`, `EmergencyNotYours` when this
    agent is not with her, and `AsteriskAway`.
    """

    def work(unit: UnitOfWork) -> tuple[UUID | None, Open | None, list[ToRing]]:
        mine = owned(unit, emergency, extension)
        if mine.on_hold is None:
            return leg_of(unit, emergency, extension), None, []
        end_break(desk, unit, mine)
        desk.tell(unit, emergency, Step.RESPONDER_LOST, who=who(Role.AGENT, extension), detail="handed back")
        return None, *offer_again(desk, unit, mine)

    leg, waiting, rings = await desk.storage.transact("hand back", work)
    await ring_all(desk, rings)
    if waiting is not None:
        desk.announce(waiting)
    elif leg is not None:
        await desk.telephony.hang_up(str(leg))


def offer_to(desk: Desk, work: UnitOfWork, emergency: Open, extension: str) -> list[ToRing]:
    """Offers it to this agent; nothing if it rings there already. Raises `AgentUnknown` and `AgentBusy`."""
    agent = work.agents.by_extension(extension)
    if agent is None:
        raise AgentUnknown(extension)
    open_here = [offer for offer in work.offers.open_of(emergency.id) if offer.target == extension]
    if any(offer.outcome is LegOutcome.RINGING for offer in open_here):
        return []
    if agent.presence in _BUSY and _is_busy(work, extension, emergency):
        raise AgentBusy(extension)
    position = emergency.position if isinstance(emergency, Waiting) else Position()
    return [agent_offer(desk, work, emergency, agent, round_=position.round, rung=position.rung)]


def can_be_rung(work: UnitOfWork, extension: str) -> bool:
    """Whether there is such an agent, whose phone neither rings nor is in a call."""
    agent = work.agents.by_extension(extension) if extension else None
    return agent is not None and agent.presence not in _BUSY


def _is_busy(work: UnitOfWork, extension: str, besides: Open) -> bool:
    """Whether a leg of hers is for somebody else. One whom she has put on hold does not count: it is about to end."""
    return any(
        offer.role is Role.AGENT
        and offer.target == extension
        and offer.emergency != besides.id
        and not _is_on_hold(work, offer.emergency)
        for offer in work.offers.all_open()
    )


def _is_on_hold(work: UnitOfWork, emergency: UUID) -> bool:
    current = work.emergencies.get(emergency)
    return isinstance(current, Attended) and current.on_hold is not None
