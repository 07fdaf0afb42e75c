"""A leg whose end nobody told us: its row is ended too, so that no agent seems to ring for ever."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from callcenter.domain.calls import LegOutcome, Offer
from callcenter.ports.storage import UnitOfWork
from callcenter.services.desk import Desk
from callcenter.services.offers import end_offer, offer_id

#: After its ringing time a leg has ended, or its end is late; so late it never is.
TOLD_WITHIN_SECONDS: Final = 10.0


async def end_lost_legs(desk: Desk) -> None:
    """Ends offers that should have stopped ringing and are no channel any more. Raises `AsteriskAway`."""
    if not await desk.storage.transact("overdue legs", lambda work: bool(_overdue(desk, work))):
        return
    alive = {offer_id(channel.uniqueid) for channel in await desk.telephony.channels()}

    def work(unit: UnitOfWork) -> None:
        for offer in _overdue(desk, unit):
            if offer.id not in alive:
                end_offer(desk, unit, offer, LegOutcome.LOST)

    await desk.storage.transact("end lost legs", work)


def _overdue(desk: Desk, work: UnitOfWork) -> list[Offer]:
    """Still ringing by their rows, long after they should have ended."""
    now = desk.clock.now()
    return [
        offer
        for offer in work.offers.all_open()
        if offer.outcome in (LegOutcome.RINGING, LegOutcome.ANSWERED)
        and offer.started_at + timedelta(seconds=offer.ring_seconds + TOLD_WITHIN_SECONDS) < now
    ]
