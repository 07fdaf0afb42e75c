"""What is due: rungs to climb, responders to look after, elders to ring back. Read from the tables, each on its own."""

from __future__ import annotations

from uuid import UUID

from callcenter.services.call_back import call_back
from callcenter.services.climb_ladder import climb_ladder
from callcenter.services.desk import Desk
from callcenter.services.rooms import review

#: How many due emergencies one tick takes on; the next tick, a quarter of a second later, takes the next.
AT_ONCE = 50


class DueRungs:
    """Each tick starts what is due; an emergency that is still being worked on is left alone."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._working: set[UUID] = set()

    async def tick(self) -> None:
        """Starts work on everything that is due now. Never waits for it."""
        desk = self._desk
        due = await desk.storage.transact(
            "what is due",
            lambda work: work.emergencies.due(desk.config.node.name, desk.clock.now(), AT_ONCE),
        )
        for emergency in due:
            if emergency not in self._working:
                self._working.add(emergency)
                desk.background.start("due", self._work_on(emergency))

    async def _work_on(self, emergency: UUID) -> None:
        try:
            await climb_ladder(self._desk, emergency)
            await review(self._desk, emergency)
            await call_back(self._desk, emergency)
        finally:
            self._working.discard(emergency)
