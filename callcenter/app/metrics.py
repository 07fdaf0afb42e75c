"""What Prometheus may read: how many emergencies, how soon somebody had them, and whether the parts are well."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import datetime
from typing import Final
from uuid import UUID

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

from callcenter.domain.calls import Offer
from callcenter.domain.emergencies import Attended, Closed, Emergency, Open, Waiting

#: The rungs of a usual ladder end at 15, 30, 60 … seconds.
_CLAIM_BUCKETS: Final = (2, 5, 10, 15, 20, 30, 45, 60, 90, 120, 180, 300, 600)
_LAG_BUCKETS: Final = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5)
_LAG_EVERY_SECONDS: Final = 0.5


class Metrics:
    """Counts since this process started. All methods are cheap, never raise and belong to the loop's thread.

    No label holds anything personal: only words of the code, so that their number is bounded.
    """

    def __init__(self, started_at: datetime) -> None:
        self._started_at = started_at
        self._registry = registry = CollectorRegistry()
        self._open: dict[UUID, Open] = {}  #: as they were told last
        self._claimed_once: set[UUID] = set()
        self._opened = Counter("callcenter_emergencies_opened", "Emergencies raised", ["key"], registry=registry)
        self._claimed = Counter("callcenter_emergencies_claimed", "Claims", ["role"], registry=registry)
        self._closed = Counter("callcenter_emergencies_closed", "Dispositions", ["disposition"], registry=registry)
        self._lost = Counter(
            "callcenter_responders_lost", "Times nobody was with the elder any more", registry=registry
        )
        self._seconds_to_claim = Histogram(
            "callcenter_seconds_to_claim",
            "From the press to the first claim",
            ["key"],
            buckets=_CLAIM_BUCKETS,
            registry=registry,
        )
        self._offers = Counter(
            "callcenter_offers", "Legs to responders that ended", ["role", "outcome"], registry=registry
        )
        self._lag = Histogram(
            "callcenter_loop_lag_seconds", "How late the loop wakes up", buckets=_LAG_BUCKETS, registry=registry
        )
        Gauge("callcenter_emergencies_open", "Open emergencies of this node", registry=registry).set_function(
            lambda: len(self._open)
        )

    def emergency_changed(self, emergency: Emergency) -> None:
        """To be told after each commit. The same state told twice counts once; one that was open before this process
        started counts as open, not as opened."""
        before = self._open.get(emergency.id)
        new = emergency.opened_at >= self._started_at
        if before is None and new:
            self._opened.labels(emergency.key).inc()
        match before, emergency:
            case Attended(claimed_at=earlier), Attended(claimed_at=now) if earlier == now:
                pass
            case _, Attended():
                self._attended(emergency, first=new and emergency.id not in self._claimed_once)
            case Attended(), Waiting():
                self._lost.inc()
            case _, Closed():
                self._closed.labels(emergency.disposition).inc()
        if isinstance(emergency, Closed):
            self._open.pop(emergency.id, None)
            self._claimed_once.discard(emergency.id)
        else:
            self._open[emergency.id] = emergency

    def _attended(self, emergency: Attended, *, first: bool) -> None:
        if emergency.claimed_at < self._started_at:
            return
        self._claimed.labels(emergency.owner_role).inc()
        if first:
            seconds = (emergency.claimed_at - emergency.opened_at).total_seconds()
            self._seconds_to_claim.labels(emergency.key).observe(seconds)
            self._claimed_once.add(emergency.id)

    def offer_ended(self, offer: Offer) -> None:
        """To be told once for each leg to a responder."""
        self._offers.labels(offer.role, offer.outcome).inc()

    def show(self, name: str, meaning: str, read: Callable[[], float]) -> None:
        """A gauge `callcenter_<name>` that is read when Prometheus asks."""
        Gauge(f"callcenter_{name}", meaning, registry=self._registry).set_function(read)

    async def measure_loop_lag(self) -> None:
        """Never returns."""
        loop = asyncio.get_running_loop()
        while True:
            due = loop.time() + _LAG_EVERY_SECONDS
            await asyncio.sleep(_LAG_EVERY_SECONDS)
            self._lag.observe(max(0.0, loop.time() - due))

    def text(self) -> bytes:
        """In Prometheus's text format."""
        return generate_latest(self._registry)
