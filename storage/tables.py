"""The tables, once, for SQLite and PostgreSQL. Migrations create exactly this (a test compares them).

What identifies or describes a person beyond name and district is in `sealed` (see `storage.vault`); numbers are found
by blind index. `updated_at` is when a row last changed, for the hot cache.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import TIMESTAMP

metadata = sa.MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)


class Moment(sa.types.TypeDecorator[datetime]):
    """An aware time, UTC, to the microsecond. Refuses a naive one."""

    impl = sa.DateTime
    cache_ok = True

    def load_dialect_impl(self, dialect: sa.Dialect) -> sa.types.TypeEngine[Any]:
        if dialect.name == "postgresql":
            return dialect.type_descriptor(TIMESTAMP(timezone=True))
        return dialect.type_descriptor(sa.DateTime())

    def process_bind_param(self, value: datetime | None, dialect: sa.Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a time without zone cannot be stored")
        value = value.astimezone(UTC)
        return value if dialect.name == "postgresql" else value.replace(tzinfo=None)

    def process_result_value(self, value: datetime | None, dialect: sa.Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


def _id() -> sa.Column[Any]:
    return sa.Column("id", sa.Uuid, primary_key=True)


def _word(name: str, **more: Any) -> sa.Column[Any]:
    return sa.Column(name, sa.String(80), nullable=more.pop("nullable", False), **more)


def _text(name: str, *, nullable: bool = False) -> sa.Column[Any]:
    return sa.Column(name, sa.Text, nullable=nullable)


def _moment(name: str, *, nullable: bool = False) -> sa.Column[Any]:
    return sa.Column(name, Moment, nullable=nullable)


def _number(name: str, *, nullable: bool = False) -> sa.Column[Any]:
    return sa.Column(name, sa.Integer, nullable=nullable)


def _flag(name: str) -> sa.Column[Any]:
    return sa.Column(name, sa.Boolean, nullable=False)


def _sealed() -> sa.Column[Any]:
    return sa.Column("sealed", sa.LargeBinary, nullable=False)


def _blind(name: str) -> sa.Column[Any]:
    """16 bytes of a keyed hash, or NULL where there is nothing to find."""
    return sa.Column(name, sa.LargeBinary(16), nullable=True)


def _to(name: str, table: str, *, nullable: bool = False) -> sa.Column[Any]:
    return sa.Column(name, sa.Uuid, sa.ForeignKey(f"{table}.id"), nullable=nullable)


# --------------------------------------------------------------------------------------------- people

households = sa.Table(
    "households",
    metadata,
    _id(),
    _text("district"),
    _text("street"),
    _text("estate"),
    _text("landmark"),
    _sealed(),
    _moment("updated_at"),
    sa.Index("ix_households_changed", "updated_at", "id"),
)

elders = sa.Table(
    "elders",
    metadata,
    _id(),
    _to("household", "households"),
    _text("name"),
    _text("sex"),
    sa.Column("born", sa.Date),
    _text("dialect"),
    sa.Column("needs", sa.JSON, nullable=False),
    _text("how_to_talk"),
    _word("ladder"),
    _blind("identity_index"),
    _sealed(),
    _moment("updated_at"),
    sa.Index("ix_elders_household", "household"),
    sa.Index("uq_elders_identity_index", "identity_index", unique=True),
    sa.Index("ix_elders_changed", "updated_at", "id"),
)

lines = sa.Table(
    "lines",
    metadata,
    _id(),
    _to("household", "households"),
    _word("kind"),
    _sealed(),
    _blind("number_index"),
    _blind("last_four_index"),
    _moment("updated_at"),
    sa.Index("uq_lines_household_number_index", "household", "number_index", unique=True),
    sa.Index("ix_lines_number_index", "number_index"),
    sa.Index("ix_lines_last_four_index", "last_four_index"),
    sa.Index("ix_lines_changed", "updated_at", "id"),
)

contacts = sa.Table(
    "contacts",
    metadata,
    _id(),
    _to("elder", "elders"),
    _text("name"),
    _word("role"),
    _number("ring_order"),
    _flag("has_key"),
    _sealed(),
    _blind("number_index"),
    _blind("last_four_index"),
    _moment("updated_at"),
    sa.Index("ix_contacts_elder_ring_order", "elder", "ring_order"),
    sa.Index("ix_contacts_last_four_index", "last_four_index"),
    sa.Index("ix_contacts_changed", "updated_at", "id"),
)

devices = sa.Table(
    "devices",
    metadata,
    _id(),
    _to("elder", "elders"),
    _word("kind"),
    _word("account"),
    _sealed(),
    _blind("number_index"),
    _blind("last_four_index"),
    _moment("since"),
    _moment("until", nullable=True),
    _moment("updated_at"),
    sa.CheckConstraint("until IS NULL OR until >= since", name="interval"),
    sa.Index("ix_devices_elder", "elder"),
    sa.Index("ix_devices_account", "account"),
    sa.Index("ix_devices_number_index", "number_index"),
    sa.Index("ix_devices_changed", "updated_at", "id"),
)

agents = sa.Table(
    "agents",
    metadata,
    _id(),
    _text("name"),
    _word("extension"),
    sa.Column("skills", sa.JSON, nullable=False),
    _flag("supervisor"),
    _word("presence"),
    _moment("presence_since", nullable=True),
    _moment("idle_since", nullable=True),
    _moment("updated_at"),
    sa.CheckConstraint("presence IN ('offline', 'free', 'wrap_up', 'break')", name="stored_presence"),
    sa.Index("uq_agents_extension", "extension", unique=True),
    sa.Index("ix_agents_changed", "updated_at", "id"),
)

# ---------------------------------------------------------------------------------------- emergencies

_OPEN = "state <> 'closed'"

emergencies = sa.Table(
    "emergencies",
    metadata,
    _id(),
    _to("elder", "elders", nullable=True),
    sa.Column("candidates", sa.JSON, nullable=False),
    _word("account"),
    _sealed(),
    _blind("line_index"),
    _word("key"),
    _number("priority"),
    _word("ladder"),
    sa.Column("needs", sa.JSON, nullable=False),
    _word("room"),
    _word("node"),
    _moment("opened_at"),
    _number("version"),
    _number("presses"),
    _flag("elder_connected"),
    _flag("silent"),
    _moment("call_back_at", nullable=True),
    _number("call_back_try"),
    _word("state"),
    _moment("due_at", nullable=True),
    _number("round", nullable=True),
    _number("rung", nullable=True),
    _number("single", nullable=True),
    _word("owner", nullable=True),
    _word("owner_role", nullable=True),
    sa.Column("offer", sa.Uuid, nullable=True),
    _moment("claimed_at", nullable=True),
    _moment("closed_at", nullable=True),
    _word("closed_by", nullable=True),
    _word("disposition", nullable=True),
    sa.CheckConstraint("state IN ('waiting', 'attended', 'closed')", name="state"),
    sa.CheckConstraint("state = 'closed' OR due_at IS NOT NULL", name="open_has_due_time"),
    sa.CheckConstraint(
        "state <> 'waiting' OR (owner IS NULL AND round IS NOT NULL AND rung IS NOT NULL AND single IS NOT NULL)",
        name="waiting_has_place_and_no_owner",
    ),
    sa.CheckConstraint(
        "state <> 'attended' OR (owner IS NOT NULL AND owner <> '' AND claimed_at IS NOT NULL)",
        name="attended_has_owner",
    ),
    sa.CheckConstraint(
        "(state = 'closed' AND disposition IS NOT NULL AND disposition <> '' AND closed_at IS NOT NULL)"
        " OR (state <> 'closed' AND disposition IS NULL AND closed_at IS NULL)",
        name="closed_has_disposition",
    ),
    sa.Index(
        "uq_emergencies_one_open_per_elder",
        "elder",
        unique=True,
        sqlite_where=sa.text(_OPEN),
        postgresql_where=sa.text(_OPEN),
    ),
    sa.Index("ix_emergencies_due", "node", "due_at", sqlite_where=sa.text(_OPEN), postgresql_where=sa.text(_OPEN)),
    sa.Index(
        "ix_emergencies_call_back",
        "node",
        "call_back_at",
        sqlite_where=sa.text("call_back_at IS NOT NULL"),
        postgresql_where=sa.text("call_back_at IS NOT NULL"),
    ),
    sa.Index("ix_emergencies_open_account", "account", sqlite_where=sa.text(_OPEN), postgresql_where=sa.text(_OPEN)),
    sa.Index("ix_emergencies_open_line", "line_index", sqlite_where=sa.text(_OPEN), postgresql_where=sa.text(_OPEN)),
    sa.Index("ix_emergencies_open_room", "room", sqlite_where=sa.text(_OPEN), postgresql_where=sa.text(_OPEN)),
    sa.Index("ix_emergencies_opened_at", "opened_at"),
)

timeline = sa.Table(
    "timeline",
    metadata,
    _id(),
    _to("emergency", "emergencies"),
    _moment("at"),
    _word("step"),
    _text("who"),
    _text("detail"),
    sa.Index("ix_timeline_emergency", "emergency", "at", "id"),
)

alarms = sa.Table(
    "alarms",
    metadata,
    _id(),
    _to("emergency", "emergencies"),
    _word("uniqueid"),
    _word("key"),
    _word("account"),
    _sealed(),
    _moment("at"),
    sa.Index("uq_alarms_uniqueid", "uniqueid", unique=True),
    sa.Index("ix_alarms_emergency", "emergency"),
)

calls = sa.Table(
    "calls",
    metadata,
    _id(),
    _to("emergency", "emergencies"),
    _word("uniqueid"),
    _text("channel"),
    _flag("inbound"),
    _sealed(),
    _moment("started_at"),
    _moment("ended_at", nullable=True),
    _word("outcome"),
    _number("cause", nullable=True),
    _text("recording"),
    sa.Index("ix_calls_emergency", "emergency"),
    sa.Index("ix_calls_uniqueid", "uniqueid"),
)

offers = sa.Table(
    "offers",
    metadata,
    _id(),
    _to("emergency", "emergencies"),
    _word("role"),
    _word("target"),
    _sealed(),
    _number("round"),
    _number("rung"),
    _flag("claims"),
    _moment("started_at"),
    sa.Column("ring_seconds", sa.Double, nullable=False),
    _word("outcome"),
    _number("cause", nullable=True),
    _moment("ended_at", nullable=True),
    sa.Index(
        "uq_offers_one_claim",
        "emergency",
        unique=True,
        sqlite_where=sa.text("outcome = 'claimed' AND ended_at IS NULL"),
        postgresql_where=sa.text("outcome = 'claimed' AND ended_at IS NULL"),
    ),
    sa.Index("ix_offers_emergency", "emergency"),
    sa.Index(
        "ix_offers_open",
        "started_at",
        sqlite_where=sa.text("ended_at IS NULL"),
        postgresql_where=sa.text("ended_at IS NULL"),
    ),
)

# ------------------------------------------------------------------------------------------ the house

facts = sa.Table(  # one row per fact about the database itself: key check, last return
    "facts",
    metadata,
    sa.Column("name", sa.String(40), primary_key=True),
    sa.Column("value", sa.LargeBinary, nullable=False),
)

replayed = sa.Table(  # journal records that are in the database already
    "replayed",
    metadata,
    _id(),
    _moment("at"),
    _number("changes"),
    _number("skipped"),
)

#: What a call-out needs to know about people: kept in the hot cache, by `updated_at`.
PEOPLE = (households, elders, lines, contacts, devices)
#: What changes while calls run: kept in memory, and written to the journal while the database is away.
WORKING = (agents, emergencies, timeline, alarms, calls, offers)
