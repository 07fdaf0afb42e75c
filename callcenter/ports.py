"""What the services need from the outside, as protocols. `callcenter.app` decides what stands behind each."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Protocol, TypeVar
from uuid import UUID

from callcenter.domain.calls import Alarm, Call, Entry, LegOutcome, Offer, Role
from callcenter.domain.devices import Device, DeviceKind
from callcenter.domain.emergencies import Emergency, Open, State, TimelineEntry
from callcenter.domain.looks import Look
from callcenter.domain.orders import ServiceOrder
from callcenter.domain.people import Agent, Contact, Elder, Household, Identity, Line, Presence, Profile
from callcenter.domain.transcripts import Sentence

T = TypeVar("T")


# --------------------------------------------------------------------------------------------- time


class Clock(Protocol):
    def now(self) -> datetime:
        """The time, aware, UTC."""

    def new_id(self) -> UUID:
        """A fresh UUIDv7: ids are made before anything is written."""


# ------------------------------------------------------------------------------------------ storage


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

    def save_contact(self, contact: Contact) -> None: ...
    def save_device(self, device: Device) -> None: ...

    def profile(self, elder: UUID) -> Profile | None:
        """Elder, household, lines, contacts in ringing order; or None."""

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


class Looks(Protocol):
    """Who looked at what about an elder: design rule 11."""

    def note(self, look: Look) -> None:
        """Appends. Nothing can change or delete it afterwards.

        Raises `ElderUnknown` or `EmergencyUnknown` for what is not there, and `NotWhileStorageAway` while the journal
        stands in, except for the timeline of an open emergency: whoever helps her may always see that.
        """

    def recent(self, limit: int) -> list[Look]:
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

    async def look_up(self, name: str, read: Callable[[UnitOfWork], T], *, within_seconds: float) -> T:
        """Reads only; from the hot cache when the database does not answer in time. Raises `StorageAway` after that."""

    @property
    def away(self) -> bool:
        """True while the journal stands in for the database."""


# ---------------------------------------------------------------------------------------- telephony


@dataclass(frozen=True, kw_only=True)
class LegRequest:
    """A leg to ring. `id` becomes the Asterisk uniqueid, so that the leg is found again after a restart."""

    id: UUID
    destination: str  #: PJSIP/1001, PJSIP/13900000001@trunk …
    context: str  #: dialplan context it enters when answered (extension s)
    ring_seconds: float
    caller_name: str  #: shown on the phone that rings
    caller_number: str
    variables: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Channel:
    """A channel that is alive in Asterisk now."""

    name: str
    uniqueid: str
    up: bool
    context: str
    role: Role | None
    room: str
    emergency: UUID | None
    target: str


@dataclass(frozen=True, kw_only=True)
class Member:
    """Somebody in a room."""

    channel: str
    uniqueid: str
    role: Role | None
    marked: bool


class Telephony(Protocol):
    """What the services may do with Asterisk. Raises `AsteriskAway` or `ActionRefused`; every call is bounded."""

    async def ring(self, leg: LegRequest) -> None:
        """Starts ringing. The outcome comes as an event, even if it fails at once."""

    async def hang_up(self, uniqueid_or_channel: str) -> None:
        """Ends a leg. A leg that is gone already is no error."""

    async def send_to(self, channel: str, context: str, extension: str) -> None:
        """Moves a live channel to a place in the dialplan."""

    async def set_variable(self, channel: str, name: str, value: str) -> None: ...
    async def channels(self) -> list[Channel]:
        """All live channels, from Asterisk itself."""

    async def members(self, room: str) -> list[Member]: ...
    async def mute(self, room: str, channel: str, *, muted: bool) -> None: ...
    async def kick(self, room: str, channel: str) -> None: ...

    async def entries(self) -> list[Entry]:
        """Entry marks that nobody has committed yet (design rule 2)."""

    async def forget_entry(self, uniqueid: str) -> None: ...
    async def mark_silent(self, room: str, *, silent: bool) -> None:
        """So that the dialplan can tell a responder in her ear that the caller has not made a sound."""

    async def overhear(self, channel: str, sound: str) -> None:
        """Sends what is heard from this channel, and nothing else, to `uuid,host:port`, until either side ends."""


# ------------------------------------------------------------------------------ what Asterisk tells us


@dataclass(frozen=True, kw_only=True)
class LegAnswered:
    uniqueid: str
    channel: str


@dataclass(frozen=True, kw_only=True)
class LegEnded:
    """A channel is gone. `outcome` holds only if it never answered."""

    uniqueid: str
    channel: str
    cause: int | None
    outcome: LegOutcome
    answered: bool
    role: Role | None
    emergency: UUID | None


@dataclass(frozen=True, kw_only=True)
class Claimed:
    """The dialplan's lock was won: this responder has the emergency."""

    uniqueid: str
    channel: str
    room: str
    role: Role
    target: str


@dataclass(frozen=True, kw_only=True)
class OfferAnswered:
    """A responder was late or refused."""

    uniqueid: str
    outcome: LegOutcome


@dataclass(frozen=True, kw_only=True)
class RoomEntered:
    room: str
    uniqueid: str
    channel: str
    role: Role | None


@dataclass(frozen=True, kw_only=True)
class RoomLeft:
    room: str
    uniqueid: str
    channel: str
    role: Role | None


@dataclass(frozen=True, kw_only=True)
class Talking:
    """The elder made a sound for the first time on this channel."""

    uniqueid: str
    emergency: UUID | None


@dataclass(frozen=True, kw_only=True)
class SheetSpoken:
    uniqueid: str
    room: str
    times: int


@dataclass(frozen=True, kw_only=True)
class LinkUp:
    """The manager link is up (again): reconcile."""


@dataclass(frozen=True, kw_only=True)
class LinkDown:
    pass


AsteriskEvent = (
    LegAnswered
    | LegEnded
    | Claimed
    | OfferAnswered
    | RoomEntered
    | RoomLeft
    | Talking
    | SheetSpoken
    | LinkUp
    | LinkDown
)


# -------------------------------------------------------------------------------- the call of a story


class Ending(StrEnum):
    """How a question ended."""

    WORDS = "words"  #: something of the grammar was said
    KEY = "key"
    SILENCE = "silence"
    UNCLEAR = "unclear"  #: somebody spoke, but nothing of the grammar
    AWAY = "away"  #: no ears, or they are full: nobody listened, and no key was pressed


@dataclass(frozen=True, kw_only=True)
class Question:
    """What is asked in one go, and what may answer it."""

    prompts: tuple[str, ...]
    phrases: tuple[str, ...] = ()  #: the grammar; "120" may stand in a phrase and is heard as 幺二零
    keys: str = ""  #: keys that answer; others are not heard
    seconds: float = 6.0  #: to begin an answer, after the prompts
    speech: bool = True  #: False for who is hearing- or speech-impaired: keys only


@dataclass(frozen=True, kw_only=True)
class Heard:
    """The answer to a question."""

    ending: Ending
    words: str = ""  #: as recognised, without spaces; what stands around them outside the grammar is taken off
    confidence: float = 0.0  #: 0 … 1
    key: str = ""
    spoken_seconds: float = 0.0


class StoryCall(Protocol):
    """What a story may do with a call. Every verb raises `CallerHungUp` once the session has ended."""

    @property
    def entry(self) -> Entry: ...

    @property
    def argument(self) -> str:
        """What the dialplan passed to the story: the emergency's id, or ""."""

    @property
    def arguments(self) -> tuple[str, ...]:
        """Everything the dialplan passed to the story, in order."""

    @property
    def channel(self) -> str: ...

    @property
    def uniqueid(self) -> str: ...

    async def record(self) -> None:
        """Begins the recording of this call, and the watch for a sound of the caller's. Once; again is no error."""

    async def answer(self) -> None: ...
    async def say(self, *prompts: str) -> str:
        """Plays prompts (names in the prompt file, or files the voice made). Returns the key that cut in, or ""."""

    async def ask(self, prompt: str, *, seconds: float, keys: str) -> str:
        """Plays a prompt and waits for one of `keys`; "" when none came."""

    async def question(self, question: Question) -> Heard:
        """Plays the prompts and listens meanwhile: a word or a key cuts in.

        Where the ears are away, full or not wanted, the same is asked for keys alone: then it ends with KEY or AWAY.
        """

    async def listen_for_tones(self) -> None:
        """From now on keys are heard as tones in the sound, for a telephone whose keys are not sent as events."""

    async def wait(self, seconds: float) -> str:
        """Plays music for so long, in short commands. Returns a key pressed meanwhile, or ""."""

    async def set_variable(self, name: str, value: str) -> None: ...
    async def get_variable(self, name: str) -> str: ...
    async def forget_entry(self) -> None:
        """Deletes the dialplan's entry mark: only after the commit."""

    async def go_on(self, step: str) -> None:
        """The orderly end: tells the dialplan which step comes next (`dialplans.variables.DONE_…`)."""


# ----------------------------------------------------------------------------------- voice and news


@dataclass(frozen=True, kw_only=True)
class Said:
    """A piece of what somebody says."""

    words: str  #: without spaces
    final: bool  #: False: so far; it may still change
    confidence: float = 0.0  #: 0 … 1
    distress: bool = False  #: holds words of distress; only a final piece is looked at for them


class Overhearing(Protocol):
    """A worker that listens along."""

    @property
    def sound(self) -> str:
        """Where the sound goes: `uuid,host:port`."""

    def said(self) -> AsyncIterator[Said]:
        """Until the sound ends, or the worker ends it. Raises `EarsAway` when the worker is lost."""


class Ears(Protocol):
    def overhear(self) -> AbstractAsyncContextManager[Overhearing]:
        """Asks the least busy worker to listen along; bounded. Entering raises `EarsAway` when none is there.

        Leaving it ends the listening.
        """


class Voice(Protocol):
    async def sheet(self, text: str) -> tuple[str, ...]:
        """Renders a text with a name or an address in it; returns sound files without their endings, <= 8 s each.

        To be played one after the other. Bounded; raises `VoiceAway`. The same text is rendered once.
        """

    async def sentence(self, prompt: str, words: Mapping[str, str], *, slow: bool = False) -> tuple[str, ...]:
        """The same for a prompt of the prompt file with the words that stand in its braces; `slow`: slower and louder.

        Raises `VoiceAway`, `PromptMissing`, and `ValueError` for words that are not exactly the prompt's own.
        """


class NewsKind(StrEnum):
    EMERGENCY_CHANGED = "emergency_changed"
    PRESENCE_CHANGED = "presence_changed"
    STORAGE_AWAY = "storage_away"
    STORAGE_BACK = "storage_back"
    ROSTER_EMPTY = "roster_empty"
    TRANSCRIPT = "transcript"  #: subject: the emergency; words: text, final ("yes" or "no"), call


@dataclass(frozen=True, kw_only=True)
class News:
    """Something the desks should know. Carries ids and words, and no personal data but a TRANSCRIPT's text."""

    kind: NewsKind
    subject: str
    words: Mapping[str, str] = field(default_factory=dict)


class Live(Protocol):
    """Presence and news between nodes. May be lost: no emergency lives only here."""

    async def publish(self, news: News) -> None:
        """Never raises: a lost Redis must not touch a call."""

    def subscribe(self) -> AbstractAsyncContextManager[AsyncIterator[News]]: ...
    async def show_presence(self, agent: UUID, presence: Presence) -> None: ...
    async def presences(self) -> Mapping[UUID, Presence]: ...


@dataclass(frozen=True, kw_only=True)
class Raised:
    """What `raise_emergency` gives back."""

    emergency: Open
    joined: bool  #: an alarm of an emergency that was open already
    journalled: bool
    identity: Identity  #: who called now


class Meters(Protocol):
    """What is counted. Cheap, never raises."""

    def emergency_changed(self, emergency: Emergency) -> None:
        """To be told after each commit; the same state told twice counts once."""

    def offer_ended(self, offer: Offer) -> None:
        """To be told once for each leg to a responder."""
