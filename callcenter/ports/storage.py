"""Where elders, agents and emergencies are kept: what a transaction offers, and the storage itself."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Protocol, TypeVar
from uuid import UUID

from callcenter.domain.calls import Alarm, Call, Offer
from callcenter.domain.devices import Device, DeviceKind
from callcenter.domain.emergencies import Emergency, Open, State, TimelineEntry
from callcenter.domain.looks import ALL_LOOKS, Look, SoughtLooks
from callcenter.domain.orders import ServiceOrder
from callcenter.domain.people import Agent, Contact, Elder, Household, Line, Presence, Profile
from callcenter.domain.transcripts import Sentence
from callcenter.ports.access_storage import Access
from callcenter.ports.check_in_storage import CheckInFigures, CheckIns, Holds, Visits
from callcenter.ports.client_storage import ApiClients
from callcenter.ports.elder_storage import ElderHistory, ElderSearch, Photos
from callcenter.ports.figure_storage import Figures
from callcenter.ports.record_storage import Records
from callcenter.ports.supervision_storage import CallAudits, Ladders, Shifts, Supervisions

T = TypeVar("T")


class People(Protocol):
    """Elders and what belongs to them."""

    def add_household(self, household: Household) -> None: ...
    def add_elder(self, elder: Elder) -> None: ...
    def add_line(self, line: Line) -> None: ...
    def add_contact(self, contact: Contact) -> None: ...
    def add_device(self, device: Device) -> None: ...
    def save_household(self, household: Household) -> None: ...
    def save_elder(self, elder: Elder) -> None:
        """Raises `ElderUnknown`."""

    def save_line(self, line: Line) -> None: ...
    def remove_line(self, line: UUID) -> None:
        """It is nobody's any more; its number is forgotten, the row stays."""

    def save_contact(self, contact: Contact) -> None: ...
    def remove_contact(self, contact: UUID) -> None:
        """As `remove_line`."""

    def save_device(self, device: Device) -> None: ...

    def profile(self, elder: UUID) -> Profile | None:
        """Elder, household, lines, contacts in ringing order; or None."""

    def locked_profile(self, elder: UUID) -> Profile | None:
        """As it is now; nobody else changes it or its household until the transaction ends."""

    def housemates(self, elder: UUID) -> list[UUID]:
        """Who else belongs to her household."""

    def not_to_be_called(self, some: Sequence[UUID]) -> set[UUID]:
        """Which of these are not at home, or have refused daily calls."""

    def profiles_of_account(self, account: str, at: datetime) -> list[Profile]:
        """Of the elders who hold a device with this account at that moment; by id."""

    def by_account(self, account: str, at: datetime) -> list[UUID]:
        """Elders who held a device with this SIP account at that moment (one, unless the data is wrong)."""

    def by_number(self, number: str, at: datetime) -> list[UUID]:
        """Elders reached at this E.164 number: all of a household's, and whoever holds a device with it."""

    def by_identity_number(self, identity_number: str) -> UUID | None: ...

    def by_last_four(self, digits: str, limit: int) -> list[UUID]:
        """Elders with a line or device whose number ends in these four digits, at most `limit`."""

    def devices(self, elder: UUID, at: datetime) -> list[Device]:
        """What she holds at that moment, oldest first."""

    def ids_after(self, elder: UUID | None, limit: int) -> list[UUID]:
        """A page of all elders, by id, beginning after this one."""

    def device_accounts(self, at: datetime) -> list[tuple[str, DeviceKind]]:
        """Every SIP account that is in somebody's hands at that moment."""

    def call_back_numbers(self, elder: UUID, at: datetime) -> tuple[list[str], list[str]]:
        """(SIP accounts of her devices, numbers of her devices and household lines), in the order to ring them."""


class Agents(Protocol):
    def add(self, agent: Agent) -> None: ...
    def save(self, agent: Agent) -> None:
        """Writes name, extension, skills and supervisor; presence has its own verb. Raises `AgentUnknown`."""

    def get(self, agent: UUID) -> Agent | None: ...
    def by_extension(self, extension: str) -> Agent | None: ...

    def all(self) -> list[Agent]:
        """Every agent. Presence is RINGING or TALKING where an open offer says so, otherwise as stored."""

    def set_presence(self, agent: UUID, presence: Presence, since: datetime) -> None:
        """Stores offline, free, wrap_up or break. Going free sets `idle_since`."""


class Emergencies(Protocol):
    def add(self, emergency: Emergency) -> None: ...

    def get(self, emergency: UUID) -> Emergency | None:
        """Locks the row until the transaction ends, where the database can."""

    def save(self, emergency: Emergency) -> None:
        """Writes the state back; the version must be the one that was read."""

    def open_of_elder(self, elder: UUID) -> Open | None: ...
    def open_of_caller(self, account: str, line: str) -> Open | None:
        """The open emergency of an unidentified caller from the same account or line, if any."""

    def open_in_room(self, room: str) -> Open | None: ...
    def all_open(self, node: str) -> list[Open]:
        """Most urgent first, then oldest."""

    def due(self, node: str, now: datetime, limit: int) -> list[UUID]:
        """Open emergencies whose `due_at` or `call_back_at` has come, most urgent first."""

    def recent(self, limit: int, state: State | None = None) -> list[Emergency]: ...
    def of_elder(self, elder: UUID, limit: int) -> list[Emergency]:
        """The newest first."""

    def tell(self, entry: TimelineEntry) -> None:
        """Appends to the timeline. Nothing can change or delete it afterwards."""

    def timeline(self, emergency: UUID) -> list[TimelineEntry]: ...


class Offers(Protocol):
    def add(self, offer: Offer) -> None: ...
    def get(self, offer: UUID) -> Offer | None: ...
    def save(self, offer: Offer) -> None: ...
    def open_of(self, emergency: UUID) -> list[Offer]:
        """Offers of this emergency whose legs have not ended (`ended_at` is None)."""

    def all_of(self, emergency: UUID) -> list[Offer]: ...
    def all_open(self) -> list[Offer]: ...
    def guests(self) -> list[Offer]:
        """Whoever was rung to join, not to claim, in emergencies that somebody attends; ended or not, oldest first."""


class Calls(Protocol):
    def add_alarm(self, alarm: Alarm) -> None:
        """An entry (uniqueid) has one alarm, which is a rule of the database: look first."""

    def alarm_of_entry(self, uniqueid: str) -> Alarm | None: ...
    def add(self, call: Call) -> None: ...
    def save(self, call: Call) -> None: ...
    def get(self, call: UUID) -> Call | None: ...
    def by_uniqueid(self, uniqueid: str) -> Call | None: ...
    def open_of(self, emergency: UUID) -> list[Call]:
        """Calls with the elder whose legs have not ended."""

    def all_of(self, emergency: UUID) -> list[Call]: ...
    def how_many_open(self) -> int:
        """Calls with elders whose legs have not ended, of all emergencies."""


class Looks(Protocol):
    """Who looked at what about an elder: design rule 11."""

    def note(self, look: Look) -> None:
        """Appends. Nothing can change or delete it afterwards.

        Raises `ElderUnknown` or `EmergencyUnknown` for what is not there, and `NotWhileStorageAway` while the journal
        stands in, except for the timeline of an open emergency: whoever helps her may always see that.
        """

    def recent(self, limit: int, sought: SoughtLooks = ALL_LOOKS) -> list[Look]:
        """The newest first."""


class Orders(Protocol):
    """工单. Every verb raises `NotWhileStorageAway` while the journal stands in: a human takes orders then."""

    def add(self, order: ServiceOrder) -> None: ...

    def get(self, order: UUID) -> ServiceOrder | None:
        """Locks the row until the transaction ends, where the database can."""

    def close(self, order: ServiceOrder) -> None:
        """Writes its closing. Raises `OrderClosed` when it has one already."""

    def recent(self, limit: int, *, open_only: bool = False) -> list[ServiceOrder]:
        """Newest first."""


class Transcripts(Protocol):
    """What elders said while their calls were listened to."""

    def add(self, sentence: Sentence) -> None:
        """One that is there already is left as it is: whoever is not sure that it was written may add it again."""

    def of(self, emergency: UUID) -> list[Sentence]:
        """Oldest first."""


class UnitOfWork(Protocol):
    """One transaction. Leaving it without an exception commits."""

    @property
    def people(self) -> People: ...
    @property
    def search(self) -> ElderSearch: ...
    @property
    def history(self) -> ElderHistory: ...
    @property
    def photos(self) -> Photos: ...
    @property
    def agents(self) -> Agents: ...
    @property
    def emergencies(self) -> Emergencies: ...
    @property
    def offers(self) -> Offers: ...
    @property
    def calls(self) -> Calls: ...
    @property
    def looks(self) -> Looks: ...
    @property
    def transcripts(self) -> Transcripts: ...
    @property
    def orders(self) -> Orders: ...
    @property
    def access(self) -> Access: ...
    @property
    def check_ins(self) -> CheckIns: ...
    @property
    def check_in_figures(self) -> CheckInFigures: ...
    @property
    def holds(self) -> Holds: ...
    @property
    def visits(self) -> Visits: ...
    @property
    def records(self) -> Records: ...
    @property
    def figures(self) -> Figures: ...
    @property
    def supervisions(self) -> Supervisions: ...
    @property
    def shifts(self) -> Shifts: ...
    @property
    def call_audits(self) -> CallAudits: ...
    @property
    def ladders(self) -> Ladders: ...
    @property
    def api_clients(self) -> ApiClients: ...

    def new_id(self) -> UUID:
        """A fresh UUIDv7 for what this transaction adds: the same ones, in order, each time its work is run again."""

    @property
    def journalled(self) -> bool:
        """True while the database is away and this transaction goes to the journal instead."""


class Storage(Protocol):
    async def transact(self, name: str, work: Callable[[UnitOfWork], T], *, urgent: bool = True) -> T:
        """Runs `work` in one transaction on the database's own thread and commits it durably.

        `work` may run more than once (deadlock, lost connection, journal), so it must not act on the outside, and
        takes its ids from `UnitOfWork.new_id`.
        `urgent` transactions fall back to the journal within about a second when the database is away;
        others raise `StorageAway`. `name` stands in logs and metrics.
        """

    async def look_up(
        self, name: str, read: Callable[[UnitOfWork], T], *, within_seconds: float, urgent: bool = True
    ) -> T:
        """Reads only. Raises `StorageAway` after that time.

        An `urgent` one is answered from the hot cache when the database does not answer in time. Others (pages,
        reports, planning) have threads of their own, so that no call waits for them, and one that takes too long says
        nothing about the database.
        """

    @property
    def away(self) -> bool:
        """True while the journal stands in for the database."""
