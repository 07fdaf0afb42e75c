"""Elders, who lives with them, who may come, and who answers. Standard library only."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from callcenter.domain.elder_status import ElderStatus, Purpose


class ContactRole(StrEnum):
    """What a contact is to the elder 联系人."""

    FAMILY = "family"  #: 家属
    KEY_HOLDER = "key_holder"  #: 持钥匙人
    NEIGHBOUR = "neighbour"  #: 邻居
    COMMUNITY_WORKER = "community_worker"  #: 社区网格员


class LineKind(StrEnum):
    LANDLINE = "landline"
    MOBILE = "mobile"


class Presence(StrEnum):
    """Where an agent is. Ringing and talking follow from offers and are never stored."""

    OFFLINE = "offline"
    FREE = "free"
    RINGING = "ringing"
    TALKING = "talking"
    WRAP_UP = "wrap_up"
    BREAK = "break"


@dataclass(frozen=True, kw_only=True)
class Household:
    """家庭: who lives together, and where. Building and door are encrypted at rest."""

    id: UUID
    district: str
    street: str
    estate: str
    building: str = ""
    door: str = ""
    landmark: str = ""
    access: str = ""  #: how to get in: key safe, door code, who has the key


@dataclass(frozen=True, kw_only=True)
class Line:
    """线路: a telephone number that rings at a household; two elders may share one."""

    id: UUID
    household: UUID
    number: str  #: E.164
    kind: LineKind


@dataclass(frozen=True, kw_only=True)
class Elder:
    """老人. Illness, medicines, allergies and identity number are encrypted at rest."""

    id: UUID
    household: UUID
    name: str
    sex: str = ""
    born: date | None = None
    identity_number: str = ""
    illness: str = ""
    medicines: str = ""
    allergies: str = ""
    dialect: str = ""
    needs: frozenset[str] = frozenset()  #: skills an agent should have, e.g. "medical", "dialect:cantonese"
    how_to_talk: str = ""  #: e.g. hard of hearing, speak slowly
    ladder: str = "default"  #: which ladder climbs for this elder
    instructions: str = ""  #: what the family agreed should be done
    status: ElderStatus = ElderStatus.AT_HOME
    status_since: date | None = None
    status_note: str = ""  #: which hospital, where to; of a death, how we know. Encrypted at rest
    agreed: frozenset[Purpose] = frozenset()
    refused: frozenset[Purpose] = frozenset()

    @property
    def to_be_called(self) -> bool:
        """Whether a daily call may ring her."""
        return self.status is ElderStatus.AT_HOME and Purpose.DAILY_CALLS not in self.refused


@dataclass(frozen=True, kw_only=True)
class Contact:
    """联系人, in the order in which to ring."""

    id: UUID
    elder: UUID
    name: str
    role: ContactRole
    number: str  #: E.164
    ring_order: int
    has_key: bool = False


@dataclass(frozen=True, kw_only=True)
class Agent:
    """坐席: who answers, at which phone, and what for."""

    id: UUID
    name: str
    extension: str  #: SIP account of the agent's own phone, e.g. "1001"
    skills: frozenset[str] = frozenset()
    supervisor: bool = False
    presence: Presence = Presence.OFFLINE  #: as stored: offline, free, wrap_up or break
    presence_since: datetime | None = None
    idle_since: datetime | None = None  #: end of the last talk; longest idle is rung first


@dataclass(frozen=True, kw_only=True)
class Profile:
    """Everything an agent should see about one elder before the phone rings."""

    elder: Elder
    household: Household
    lines: tuple[Line, ...] = ()
    contacts: tuple[Contact, ...] = field(default=())

    def age(self, today: date) -> int | None:
        """Whole years, or None when the birthday is unknown."""
        return years(self.elder.born, today)

    @property
    def address(self) -> str:
        """The full address in Chinese order, the way it is read to 120."""
        h = self.household
        return "".join(part for part in (h.district, h.street, h.estate, h.building, h.door) if part)


def years(born: date | None, today: date) -> int | None:
    """Whole years, or None when the birthday is unknown."""
    return today.year - born.year - ((today.month, today.day) < (born.month, born.day)) if born else None


@dataclass(frozen=True, kw_only=True)
class Identity:
    """Who is calling: one elder, several candidates behind one line, or nobody we know. Never a silent guess."""

    candidates: tuple[Profile, ...] = ()

    @property
    def profile(self) -> Profile | None:
        """The elder, when there is exactly one."""
        return self.candidates[0] if len(self.candidates) == 1 else None
