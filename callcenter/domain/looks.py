"""Who looked at what about an elder, when and why. Standard library only."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final
from uuid import UUID

LONGEST: Final = 200  #: characters of `who` and of `why`


class Seen(StrEnum):
    """What was looked at."""

    PROFILE = "profile"  #: 老人档案: everything about one elder
    LIST = "list"  #: 名单: names of many
    EXPORT = "export"  #: 导出: everything about all of them
    TIMELINE = "timeline"  #: 警情经过: what happened in one emergency
    RECORDING = "recording"  #: 录音


#: Of these a look says which one it was.
_OF_AN_ELDER: Final = frozenset({Seen.PROFILE})
_OF_AN_EMERGENCY: Final = frozenset({Seen.TIMELINE, Seen.RECORDING})


@dataclass(frozen=True, kw_only=True)
class Look:
    """One look; it is written down before anything is shown, and nothing can change or delete it afterwards."""

    id: UUID
    at: datetime
    who: str  #: as whoever showed it knows them: an agent's extension, a user of the machine
    what: Seen
    why: str
    elder: UUID | None = None  #: of a profile
    emergency: UUID | None = None  #: of a timeline or recording

    def __post_init__(self) -> None:
        """Raises `ValueError` for a look that does not say who, why, and of whom or what."""
        for name, text in (("who", self.who), ("why", self.why)):
            if not text.strip() or len(text) > LONGEST or not text.isprintable():
                raise ValueError(f"{name} must be 1 to {LONGEST} printable characters")
        if (self.elder is not None) != (self.what in _OF_AN_ELDER):
            raise ValueError("a look at a profile, and no other, names the elder")
        if (self.emergency is not None) != (self.what in _OF_AN_EMERGENCY):
            raise ValueError("a look at a timeline or recording, and no other, names the emergency")


@dataclass(frozen=True, kw_only=True)
class SoughtLooks:
    """Which looks somebody asks for. What is left out does not matter."""

    who: str = ""  #: whole
    what: Seen | None = None
    since: datetime | None = None
    before: datetime | None = None


ALL_LOOKS: Final = SoughtLooks()
