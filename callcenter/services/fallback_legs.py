"""Legs that the dialplan's fallback rang by itself become offers like ours: nobody is rung twice for one elder."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from callcenter.domain.calls import LegOutcome, Offer, Role
from callcenter.domain.emergencies import Open
from callcenter.ports.storage import UnitOfWork
from callcenter.ports.telephony import Channel
from callcenter.services.desk import Desk
from callcenter.services.offers import offer_id, offer_of
from callcenter.services.ring import new_offer


def take_over_legs(desk: Desk, work: UnitOfWork, emergency: Open, legs: Iterable[Channel]) -> int:
    """Writes down those of `legs` that no offer rang, with what they are doing now; how many there were."""
    unknown = [leg for leg in legs if leg.role is not None and offer_of(work, leg.uniqueid) is None]
    for leg in unknown:
        assert leg.role is not None
        offer = fallback_offer(
            desk, work, emergency, uniqueid=leg.uniqueid, channel=leg.name, role=leg.role, target=leg.target
        )
        work.offers.add(replace(offer, outcome=LegOutcome.ANSWERED if leg.up else LegOutcome.RINGING))
    return len(unknown)


def fallback_offer(
    desk: Desk, work: UnitOfWork, emergency: Open, *, uniqueid: str, channel: str, role: Role, target: str
) -> Offer:
    """The offer such a leg would have had. The fallback knows agents by their dial string, we by their extension."""
    return new_offer(
        desk,
        work,
        emergency,
        role=role,
        target=target.removeprefix("PJSIP/") or uniqueid,
        destination=channel,
        ring_seconds=0,
        round_=0,
        rung=0,
        claims=role is not Role.DISPATCHER,
        id_=offer_id(uniqueid),
    )
