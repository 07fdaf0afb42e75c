"""What every service may reach: the ports, the configuration, and what is true only while this process lives."""

from __future__ import annotations

from dataclasses import dataclass, field
from uuid import UUID

from callcenter.config import Config
from callcenter.domain.emergencies import Emergency, Step, TimelineEntry, state_of
from callcenter.domain.ladder import Ladder
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
    check_in_legs: dict[str, UUID] = field(default_factory=dict)  #: uniqueids of legs rung for whose check-in
    heard: set[str] = field(default_factory=set)  #: uniqueids of elders' channels on which she has made a sound
    overheard: set[str] = field(default_factory=set)  #: uniqueids of elders' channels that are listened to along
    changed_ladders: dict[str, Ladder] = field(default_factory=dict)  #: by name, as supervisors have changed them
    watching: set[str] = field(default_factory=set)  #: uniqueids of supervisors' legs to others' talks

    def ladder(self, name: str) -> Ladder:
        """As it holds now: a supervisor's, or the configuration's; `default` for one that the configuration lost."""
        known = any(section.name == name for section in self.config.ladders)
        return self.changed_ladders.get(name if known else "default") or self.config.ladder(name)

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
