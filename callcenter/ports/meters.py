"""What is counted."""

from __future__ import annotations

from typing import Protocol

from callcenter.domain.calls import Offer
from callcenter.domain.emergencies import Emergency


class Meters(Protocol):
    """What is counted. Cheap, never raises."""

    def emergency_changed(self, emergency: Emergency) -> None:
        """To be told after each commit; the same state told twice counts once."""

    def offer_ended(self, offer: Offer) -> None:
        """To be told once for each leg to a responder."""
