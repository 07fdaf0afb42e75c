"""接警: the dialplan's lock was won by one responder; write it down, stop the other phones, bring the elder in."""

from __future__ import annotations

from dataclasses import replace
from uuid import UUID

import structlog

from callcenter.domain.calls import LegOutcome, Offer
from callcenter.domain.emergencies import Attended, Open, Step, Waiting
from callcenter.ports.asterisk_events import Claimed
from callcenter.ports.storage import UnitOfWork
from callcenter.services.desk import Desk
from callcenter.services.fallback_legs import fallback_offer
from callcenter.services.offers import end_offer, offer_of
from callcenter.services.put_on_hold import end_break
from callcenter.services.ring import who

log = structlog.get_logger()


async def claim(desk: Desk, claimed: Claimed) -> None:
    """Records the claim. First one wins in the dialplan; here it can only be repeated, never contradicted."""

    def work(unit: UnitOfWork) -> tuple[Open, list[UUID]] | None:
        emergency = unit.emergencies.open_in_room(claimed.room)
        if emergency is None:
            return None
        offer = _offer(desk, unit, claimed, emergency)
        if _comes_too_late(emergency, offer):
            end_offer(desk, unit, offer, LegOutcome.LATE)
            return emergency, [offer.id]
        taken = _take(desk, emergency, offer)
        unit.emergencies.save(taken)
        _relieve_who_had_it(unit, offer)
        unit.offers.save(replace(offer, outcome=LegOutcome.CLAIMED))
        desk.tell(unit, emergency.id, _step(emergency, offer), who=who(offer.role, offer.target))
        if isinstance(emergency, Attended):
            end_break(desk, unit, emergency)
        # Asterisk may tell of her entering first; otherwise `entered_room` ends the leg of who transferred her.
        relieved = [offer.replaces] if offer.replaces and offer.outcome is LegOutcome.JOINED else []
        return taken, [*_cancel_others(desk, unit, offer), *relieved]

    result = await desk.storage.transact("claim", work)
    if result is None:
        log.warning("claim_without_emergency", room=claimed.room)
        return
    emergency, let_off = result
    for leg in let_off:
        desk.background.start("let off", desk.telephony.hang_up(str(leg)))
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
            taken = emergency.handed_over(by=offer.target, role=offer.role, offer=offer.id)
            return taken.resumed(desk.clock.now(), desk.config.offers.review_seconds)


def _comes_too_late(emergency: Open, offer: Offer) -> bool:
    """A transfer that was answered after somebody else than who had asked for it had the emergency."""
    if offer.replaces is None or not isinstance(emergency, Attended):
        return False
    return emergency.offer not in (offer.replaces, offer.id)


def _step(before: Open, offer: Offer) -> Step:
    resumes = isinstance(before, Attended) and before.on_hold and before.owner == offer.target
    return Step.RESUMED if resumes else Step.CLAIMED


def _relieve_who_had_it(work: UnitOfWork, winner: Offer) -> None:
    """One claims at a time; whoever did before is company in the room for as long as her leg is there."""
    for offer in work.offers.open_of(winner.emergency):
        if offer.id != winner.id and offer.outcome is LegOutcome.CLAIMED:
            work.offers.save(replace(offer, outcome=LegOutcome.JOINED))


def _cancel_others(desk: Desk, work: UnitOfWork, winner: Offer) -> list[UUID]:
    """Everyone who still rings is let off; who is being asked already hears that it is taken when pressing 1."""
    others = [
        offer
        for offer in work.offers.open_of(winner.emergency)
        if offer.id != winner.id and offer.outcome is LegOutcome.RINGING and offer.claims
    ]
    for offer in others:
        end_offer(desk, work, offer, LegOutcome.CANCELLED)
    return [offer.id for offer in others]
