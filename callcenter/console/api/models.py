"""What the API answers. The OpenAPI document is made of these very classes, so it cannot say anything else."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from callcenter.domain.calls import Key, LegOutcome, Role
from callcenter.domain.emergencies import State, Step
from callcenter.domain.people import ContactRole, Presence
from callcenter.ports.news import NewsKind

Limit = Annotated[int, Field(ge=1, le=1000, description="rows at most; the server may give fewer")]


class Model(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Contact(Model):
    name: str
    role: ContactRole
    number_ends: str = Field(description="the last four digits")
    has_key: bool


class Elder(Model):
    """An elder, masked: no illness, identity number, building, door or whole number."""

    id: UUID
    name: str
    sex: str
    born: date | None
    district: str
    street: str
    estate: str
    dialect: str
    how_to_talk: str
    lines_end: tuple[str, ...] = Field(description="the last four digits of each line of the household")
    contacts: tuple[Contact, ...] = Field(description="in ringing order")


class Elders(Model):
    items: tuple[Elder, ...]
    after: UUID | None = Field(description="give this as `after` for the next page; null: there is none")


class Emergency(Model):
    id: UUID
    key: Key
    state: State
    elder: UUID | None = Field(description="null while unknown, or one of several candidates")
    candidates: int
    opened_at: datetime
    presses: int
    connected: bool = Field(description="whether the elder is on the line")
    owner: str = Field(description="who has it: an extension, a contact's id, a standby phone; empty if nobody")
    owner_role: Role | None
    claimed_at: datetime | None
    closed_at: datetime | None
    closed_by: str
    disposition: str = Field(description="as in the configuration; empty while open")


class Emergencies(Model):
    """The newest first."""

    items: tuple[Emergency, ...]


class TimelineStep(Model):
    at: datetime
    step: Step
    who: str
    detail: str


class EmergencyWhole(Emergency):
    timeline: tuple[TimelineStep, ...] = Field(description="oldest first")


class Call(Model):
    """A call between an elder and the hotline."""

    id: UUID
    emergency: UUID
    inbound: bool
    started_at: datetime
    ended_at: datetime | None
    outcome: LegOutcome
    recorded: bool


class Calls(Model):
    """Oldest first."""

    items: tuple[Call, ...]


class Agent(Model):
    extension: str
    name: str
    presence: Presence
    since: datetime | None
    skills: tuple[str, ...]
    supervisor: bool


class Agents(Model):
    items: tuple[Agent, ...]


class Event(Model):
    """That something changed; what it is now is asked for."""

    kind: NewsKind
    subject: str = Field(description="an id, or the node's name")
    at: datetime
    words: dict[str, str]


class FieldFault(Model):
    name: str
    reason: str


class Problem(Model):
    """RFC 9457, as `application/problem+json`."""

    type: str = "about:blank"
    title: str
    status: int
    detail: str
    errors: tuple[FieldFault, ...] = ()


class Nothing(Model):
    """No parameters."""


class EldersQuery(Model):
    """By number, or page by page."""

    number: Annotated[str, Field(min_length=3, max_length=40, description="a whole telephone number")] | None = None
    after: UUID | None = Field(default=None, description="the last id of the page before")
    limit: Limit = 50


class EmergenciesQuery(Model):
    state: State | None = None
    limit: Limit = 50


class CallsQuery(Model):
    emergency: UUID
