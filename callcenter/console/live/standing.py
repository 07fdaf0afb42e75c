"""How it stands with whoever has an emergency: on hold, being transferred, who else was called. As the desks see it."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from callcenter.domain.calls import LegOutcome, Offer, Role
from callcenter.domain.emergencies import Attended, Open
from callcenter.services.transfer import offers_of_transfer

_CAME: Final = (LegOutcome.ANSWERED, LegOutcome.JOINED, LegOutcome.CLAIMED)
_LEFT: Final = "left"  #: came, and is gone
ON_HOLD: Final = "hold"  #: what desks see of an agent who has her elder on hold, and is on a break by her row


def on_hold_facts(emergency: Open, now: datetime) -> dict[str, Any] | None:
    """`over`, by the server's clock: a hidden page's own timers run once a minute."""
    hold = emergency.on_hold if isinstance(emergency, Attended) else None
    if hold is None:
        return None
    return {"since_ms": int(hold.since.timestamp() * 1000), "parked": hold.parked, "over": now >= hold.until}


def transfer_target(emergency: Open, offers: list[Offer]) -> str:
    """The extension that rings for a transfer, or ""."""
    asked = offers_of_transfer(emergency, offers) if isinstance(emergency, Attended) else []
    return asked[0].target if asked else ""


def company(guests: Iterable[Offer], open_legs: Iterable[Offer]) -> list[list[str]]:
    """Everybody but our own agents who was called to join, or is rung now: role, target, last outcome.

    In the order in which they were first called.
    """
    last: dict[tuple[str, str], str] = {}
    for offer in sorted({offer.id: offer for offer in (*guests, *open_legs)}.values(), key=_began):
        if offer.role is not Role.AGENT:
            last[offer.role.value, offer.target] = (
                _LEFT if offer.ended_at and offer.outcome in _CAME else offer.outcome.value
            )
    return [[role, target, outcome] for (role, target), outcome in last.items()]


def _began(offer: Offer) -> tuple[datetime, UUID]:
    return offer.started_at, offer.id


def holding(opened: Iterable[Open]) -> frozenset[str]:
    """Agents who have somebody on hold, and take nobody else meanwhile."""
    return frozenset(
        emergency.owner
        for emergency in opened
        if isinstance(emergency, Attended) and emergency.owner_role is Role.AGENT and _only_held(emergency)
    )


def _only_held(emergency: Attended) -> bool:
    return emergency.on_hold is not None and not emergency.on_hold.parked
