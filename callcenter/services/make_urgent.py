"""What came in by an ordinary key turned out to be an emergency: red from now on, with the ladder to family and 120."""

from __future__ import annotations

from dataclasses import replace
from uuid import UUID

from callcenter.domain.calls import Key
from callcenter.domain.emergencies import Attended, Step, Waiting
from callcenter.ports.storage import UnitOfWork
from callcenter.services.climb_ladder import take_step
from callcenter.services.desk import Desk
from callcenter.services.ring import ToRing, ring_all


async def make_urgent(desk: Desk, emergency: UUID) -> None:
    """Raises an open emergency to a red key's; what rings already goes on ringing."""

    def work(unit: UnitOfWork) -> list[ToRing]:
        current = unit.emergencies.get(emergency)
        if not isinstance(current, Waiting | Attended) or current.key is Key.RED:
            return []
        profile = unit.people.profile(current.elder) if current.elder else None
        urgent = replace(current, key=Key.RED, ladder=profile.elder.ladder if profile else "default")
        desk.tell(unit, emergency, Step.RAISED, detail=Key.RED)
        if isinstance(urgent, Waiting):
            return take_step(desk, unit, urgent)
        unit.emergencies.save(urgent)
        return []

    await ring_all(desk, await desk.storage.transact("make urgent", work))
