"""重排: an emergency begins its ladder anew, whoever had it."""

from __future__ import annotations

from uuid import UUID

from callcenter.domain.emergencies import Attended, Closed
from callcenter.domain.ladder import Position
from callcenter.domain.supervision import Intervention
from callcenter.errors import EmergencyClosed, EmergencyUnattended, EmergencyUnknown
from callcenter.ports.storage import UnitOfWork
from callcenter.services.climb_ladder import take_step
from callcenter.services.desk import Desk
from callcenter.services.put_on_hold import end_break
from callcenter.services.ring import ToRing, ring_all
from callcenter.services.rooms import offer_again
from callcenter.services.supervise import Supervisor, write_down


async def requeue(desk: Desk, emergency: UUID, by: Supervisor, why: str) -> None:
    """The leg of whoever has it ends: if nobody else is in the room, it is offered again at once, from the first rung.

    One that is on hold is offered again as well, and one that waits begins at its first rung.

    Raises `ReasonMissing`, `EmergencyUnknown`, `EmergencyClosed`, `EmergencyUnattended` when the responder's leg is not
    known, `AsteriskAway`, and `StorageAway`.
    """

    def work(unit: UnitOfWork) -> tuple[UUID | None, list[ToRing]]:
        current = unit.emergencies.get(emergency)
        if current is None:
            raise EmergencyUnknown(str(emergency))
        if isinstance(current, Closed):
            raise EmergencyClosed(str(emergency))
        owner = current.owner if isinstance(current, Attended) else ""
        write_down(desk, unit, current.id, Intervention.REQUEUE, by, why, leg=None, agent=owner)
        if isinstance(current, Attended) and current.on_hold:
            end_break(desk, unit, current)
            return None, offer_again(desk, unit, current)[1]
        if isinstance(current, Attended):
            if current.offer is None:
                raise EmergencyUnattended(str(emergency))
            return current.offer, []
        return None, take_step(desk, unit, current.climbed(Position(), desk.clock.now()))

    leg, rings = await desk.storage.transact("requeue", work, urgent=False)
    await ring_all(desk, rings)
    if leg is not None:
        await desk.telephony.hang_up(str(leg))
