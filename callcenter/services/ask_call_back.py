"""回拨: an agent asks that the elder of an open emergency be rung, and is brought together with her."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from uuid import UUID

from callcenter.domain.emergencies import Attended, Closed, Open, Step, Waiting
from callcenter.errors import AgentUnknown, ElderConnected, EmergencyClosed, EmergencyTaken, EmergencyUnknown
from callcenter.ports.storage import UnitOfWork
from callcenter.services.call_back import call_back
from callcenter.services.desk import Desk
from callcenter.services.ring import ToRing, ring_all
from callcenter.services.take import offer_to


async def ask_call_back(desk: Desk, emergency: UUID, extension: str) -> None:
    """Who has it: she is rung now. What nobody has: the agent's own phone first, hers when somebody is in the room.

    Raises `EmergencyUnknown`, `EmergencyClosed` (open it again first), `EmergencyTaken` by somebody else,
    `ElderConnected`, `AgentUnknown`, and `AgentBusy`.
    """

    def work(unit: UnitOfWork) -> tuple[Open, list[ToRing]]:
        current = _not_connected(unit, emergency)
        if not extension:
            raise AgentUnknown
        if isinstance(current, Attended) and current.owner != extension:
            raise EmergencyTaken(str(emergency))
        rings: list[ToRing] = []
        later = desk.clock.now()
        if isinstance(current, Waiting):
            rings = offer_to(desk, unit, current, extension)
            later += timedelta(seconds=desk.config.offers.agent_ring_seconds)
        asked = current
        if not _rings_already(unit, current):
            asked = replace(current, call_back_at=min(later, current.call_back_at or later), call_back_try=0)
            unit.emergencies.save(asked)
        desk.tell(unit, emergency, Step.CALLING_BACK, who=f"agent:{extension}", detail="asked for")
        return asked, rings

    asked, rings = await desk.storage.transact("ask call-back", work)
    await ring_all(desk, rings)
    desk.announce(asked)
    await call_back(desk, emergency)


def _not_connected(work: UnitOfWork, id_: UUID) -> Open:
    match work.emergencies.get(id_):
        case None:
            raise EmergencyUnknown(str(id_))
        case Closed():
            raise EmergencyClosed(str(id_))
        case current if current.elder_connected:
            raise ElderConnected(str(id_))
        case current:
            return current


def _rings_already(work: UnitOfWork, emergency: Open) -> bool:
    return any(not call.inbound for call in work.calls.open_of(emergency.id))
