"""An emergency and all that happened, with the names of everyone in it: what the command line and the demo tell."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from callcenter.domain.emergencies import Emergency, TimelineEntry
from callcenter.domain.transcripts import Sentence
from callcenter.ports.storage import UnitOfWork


@dataclass(frozen=True, kw_only=True)
class Told:
    """`names` has a name for each `who` of the timeline (`agent:1001`, `contact:<id>` …) that stands for a person."""

    emergency: Emergency
    entries: tuple[TimelineEntry, ...]
    elder: str  #: her name, "" while unknown
    names: Mapping[str, str]
    transcript: tuple[Sentence, ...] = ()  #: what she said, oldest first; none while the database is away

    def since_start(self, entry: TimelineEntry) -> timedelta:
        """From the press to this entry."""
        return entry.at - self.emergency.opened_at


def tell(work: UnitOfWork, id_: UUID) -> Told | None:
    """The whole story so far; None if there is no such emergency."""
    emergency = work.emergencies.get(id_)
    if emergency is None:
        return None
    entries = tuple(work.emergencies.timeline(id_))
    profile = work.people.profile(emergency.elder) if emergency.elder else None
    names = {f"agent:{agent.extension}": agent.name for agent in work.agents.all()}
    names |= {f"agent:{agent.id}": agent.name for agent in work.agents.all()}
    if profile is not None:
        names[f"elder:{profile.elder.id}"] = profile.elder.name
        names |= {f"contact:{contact.id}": contact.name for contact in profile.contacts}
    return Told(
        emergency=emergency,
        entries=entries,
        elder=profile.elder.name if profile else "",
        names=names,
        transcript=() if work.journalled else tuple(work.transcripts.of(id_)),
    )
