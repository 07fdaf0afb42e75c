"""What the dispatcher has heard is written down, each time."""

from __future__ import annotations

from callcenter.domain.emergencies import Step
from callcenter.ports.storage import UnitOfWork
from callcenter.services.desk import Desk
from callcenter.services.offers import offer_of
from callcenter.services.ring import who


async def sheet_spoken(desk: Desk, uniqueid: str, *, times: int) -> None:
    """The hand-over sheet was spoken to the end for the `times`-th time on this leg."""

    def work(unit: UnitOfWork) -> None:
        offer = offer_of(unit, uniqueid)
        if offer is not None:
            desk.tell(unit, offer.emergency, Step.SHEET_SPOKEN, who=who(offer.role, offer.target), detail=f"×{times}")

    await desk.storage.transact("sheet spoken", work)
