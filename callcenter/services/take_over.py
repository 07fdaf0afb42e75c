"""接管: the emergency is the supervisor's in the same moment in which it is no longer the agent's, and only then is the
agent let go: the elder is never alone.
"""

from __future__ import annotations

from dataclasses import replace
from uuid import UUID

from callcenter.domain.calls import LegOutcome, Offer, Role
from callcenter.domain.emergencies import Attended, Open, Step, Waiting
from callcenter.domain.supervision import Intervention
from callcenter.ports.storage import UnitOfWork
from callcenter.services.desk import Desk
from callcenter.services.ring import who


def hand_to(desk: Desk, work: UnitOfWork, emergency: Open, offer: Offer) -> UUID | None:
    """Inside the running transaction. Gives back the leg of whoever had it, to be ended after the commit.

    Somebody of hers who had it stays with her.
    """
    before = emergency.offer if isinstance(emergency, Attended) else None
    if before == offer.id:
        return None
    stays = isinstance(emergency, Attended) and emergency.owner_role is Role.CONTACT
    match emergency:
        case Waiting():
            taken = emergency.claimed(
                by=offer.target,
                role=offer.role,
                offer=offer.id,
                now=desk.clock.now(),
                review_seconds=desk.config.offers.review_seconds,
            )
        case Attended():
            taken = emergency.handed_over(by=offer.target, role=offer.role, offer=offer.id)
    work.emergencies.save(taken)
    for other in work.offers.open_of(emergency.id):
        if other.outcome is LegOutcome.CLAIMED and other.id != offer.id:
            work.offers.save(replace(other, outcome=LegOutcome.JOINED))  # in the room for a moment still
    work.offers.save(replace(offer, outcome=LegOutcome.CLAIMED))
    desk.tell(work, emergency.id, Step.CLAIMED, who=who(offer.role, offer.target), detail="takes over")
    return None if stays else before


def supervisor_entered(desk: Desk, work: UnitOfWork, emergency: Open, offer: Offer | None) -> UUID | None:
    """A responder's leg is in the room: if it is a supervisor's who wanted to take over, it is hers now.

    So is one that nobody has any more. Gives back the leg to be ended.
    """
    if offer is None or offer.role is not Role.AGENT or offer.claims:
        return None
    if isinstance(emergency, Waiting):
        return hand_to(desk, work, emergency, offer)
    row = None if work.journalled else work.supervisions.of_leg(offer.id)
    wanted = row is not None and row.kind is Intervention.TAKE_OVER
    return hand_to(desk, work, emergency, offer) if wanted else None
