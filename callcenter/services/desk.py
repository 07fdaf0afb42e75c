"""What every service may reach: the ports, the configuration, and what is true only while this process lives."""

from __future__ import annotations

from dataclasses import dataclass, field
from uuid import UUID

from callcenter.config import Config
from callcenter.domain.emergencies import Emergency, Step, TimelineEntry, state_of
from callcenter.ports.clock import Clock
from callcenter.ports.meters import Meters
from callcenter.ports.news import Live, News, NewsKind
from callcenter.ports.speech import Ears, Voice
from callcenter.ports.storage import Storage, UnitOfWork
from callcenter.ports.telephony import Telephony
from callcenter.services.background import Background
from callcenter.services.rush import Rush


@dataclass(frozen=True, kw_only=True)
class Desk:
    """Passed to every service and story; built once by `callcenter.app.build`."""

    config: Config
    clock: Clock
    storage: Storage
    telephony: Telephony
    voice: Voice
    live: Live
    meters: Meters
    background: Background
    rush: Rush = field(default_factory=Rush)
    ears: Ears | None = None  #: None: nobody listens along
    serving: set[str] = field(default_factory=set)  #: uniqueids of channels that a story of ours is serving now
    heard: set[str] = field(default_factory=set)  #: uniqueids of elders' channels on which she has made a sound
    overheard: set[str] = field(default_factory=set)  #: uniqueids of elders' channels that are listened to along

    def tell(self, work: UnitOfWork, emergency: UUID, step: Step, *, who: str = "", detail: str = "") -> None:
        """Appends to the emergency's timeline inside the running transaction."""
        work.emergencies.tell(
            TimelineEntry(
                id=work.new_id(),
                emergency=emergency,
                at=self.clock.now(),
                step=step,
                who=who,
                detail=detail,
            )
        )

    def announce(self, emergency: Emergency) -> None:
        """After the commit: counts the change, and tells the desks in the background."""
        self.meters.emergency_changed(emergency)
        news = News(
            kind=NewsKind.EMERGENCY_CHANGED,
            subject=str(emergency.id),
            words={"state": state_of(emergency), "key": emergency.key},
        )
        self.background.start("announce", self.live.publish(news))
