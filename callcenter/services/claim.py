"""接警: the dialplan's lock was won by one responder; write it down, stop the other phones, bring the elder in."""

from __future__ import annotations

from dataclasses import replace

import structlog

from callcenter.domain.calls import LegOutcome, Offer
from callcenter.domain.emergencies import Attended, Open, Step, Waiting
from callcenter.ports.asterisk_events import Claimed
from callcenter.ports.storage import UnitOfWork
from callcenter.services.desk import Desk
from callcenter.services.fallback_legs import fallback_offer
from callcenter.services.offers import end_offer, offer_of
from callcenter.services.ring import who

log = structlog.get_logger()


async def claim(desk: Desk, claimed: Claimed) -> None:
    """Records the claim. First one wins in the dialplan; here it can only be repeated, never contradicted."""

    def work(unit: UnitOfWork) -> tuple[Open, list[Offer]] | None:
        emergency = unit.emergencies.open_in_room(claimed.room)
        if emergency is None:
            return None
        offer = _offer(desk, unit, claimed, emergency)
        taken = _take(desk, emergency, offer)
        unit.emergencies.save(taken)
        unit.offers.save(replace(offer, outcome=LegOutcome.CLAIMED))
        desk.tell(unit, emergency.id, Step.CLAIMED, who=who(offer.role, offer.target))
        return taken, _cancel_others(desk, unit, offer)

    result = await desk.storage.transact("claim", work)
    if result is None:
        log.warning("claim_without_emergency", room=claimed.room)
        return
    emergency, others = result
    for other in others:
        desk.background.start("stop ringing", desk.telephony.hang_up(str(other.id)))
    desk.announce(emergency)


def _offer(desk: Desk, work: UnitOfWork, claimed: Claimed, emergency: Open) -> Offer:
    """The offer that rang this leg; one that the dialplan's fallback rang by itself is written down now."""
    offer = offer_of(work, claimed.uniqueid)
    if offer is not None:
        return offer
    offer = fallback_offer(
        desk,
        work,
        emergency,
        uniqueid=claimed.uniqueid,
        channel=claimed.channel,
        role=claimed.role,
        target=claimed.target,
    )
    offer = replace(offer, outcome=LegOutcome.ANSWERED)
    work.offers.add(offer)
    return offer


def _take(desk: Desk, emergency: Open, offer: Offer) -> Attended:
    match emergency:
        case Waiting():
            return emergency.claimed(
                by=offer.target,
                role=offer.role,
                offer=offer.id,
                now=desk.clock.now(),
                review_seconds=desk.config.offers.review_seconds,
            )
        case Attended():
            return emergency.handed_over(by=offer.target, role=offer.role, offer=offer.id)


def _cancel_others(desk: Desk, work: UnitOfWork, winner: Offer) -> list[Offer]:
    """Everyone who still rings is let off; who is being asked already hears that it is taken when pressing 1."""
    others = [
        offer
        for offer in work.offers.open_of(winner.emergency)
        if offer.id != winner.id and offer.outcome is LegOutcome.RINGING and offer.claims
    ]
    for offer in others:
        end_offer(desk, work, offer, LegOutcome.CANCELLED)
    return others
