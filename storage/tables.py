"""The tables, once, for SQLite and PostgreSQL. Migrations create exactly this (a test compares them).

What identifies or describes a person beyond name and district is in `sealed` (see `storage.vault`); numbers are found
by blind index. `updated_at` is when a row last changed, for the hot cache.
"""

from __future__ import annotations

import sqlalchemy as sa

from storage.columns import Id, blind, flag, id_column, moment, number, sealed, text, to, word, words

metadata = sa.MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)

# --------------------------------------------------------------------------------------------- people

households = sa.Table(
    "households",
    metadata,
    id_column(),
    text("district"),
    text("street"),
    text("estate"),
    text("landmark"),
    sealed(),
    moment("updated_at"),
    sa.Index("ix_households_changed", "updated_at", "id"),
)

elders = sa.Table(
    "elders",
    metadata,
    id_column(),
    to("household", "households"),
    text("name"),
    text("sex"),
    sa.Column("born", sa.Date),
    text("dialect"),
    words("needs"),
    text("how_to_talk"),
    word("ladder"),
    blind("identity_index"),
    sealed(),
    moment("updated_at"),
    sa.Index("ix_elders_household", "household"),
    sa.Index("uq_elders_identity_index", "identity_index", unique=True),
    sa.Index("ix_elders_changed", "updated_at", "id"),
)

lines = sa.Table(
    "lines",
    metadata,
    id_column(),
    to("household", "households"),
    word("kind"),
    sealed(),
    blind("number_index"),
    blind("last_four_index"),
    moment("updated_at"),
    sa.Index("uq_lines_household_number_index", "household", "number_index", unique=True),
    sa.Index("ix_lines_number_index", "number_index"),
    sa.Index("ix_lines_last_four_index", "last_four_index"),
    sa.Index("ix_lines_changed", "updated_at", "id"),
)

contacts = sa.Table(
    "contacts",
    metadata,
    id_column(),
    to("elder", "elders"),
    text("name"),
    word("role"),
    number("ring_order"),
    flag("has_key"),
    sealed(),
    blind("number_index"),
    blind("last_four_index"),
    moment("updated_at"),
    sa.Index("ix_contacts_elder_ring_order", "elder", "ring_order"),
    sa.Index("ix_contacts_last_four_index", "last_four_index"),
    sa.Index("ix_contacts_changed", "updated_at", "id"),
)

devices = sa.Table(
    "devices",
    metadata,
    id_column(),
    to("elder", "elders"),
    word("kind"),
    word("account"),
    sealed(),
    blind("number_index"),
    blind("last_four_index"),
    moment("since"),
    moment("until", nullable=True),
    moment("updated_at"),
    sa.CheckConstraint("until IS NULL OR until >= since", name="interval"),
    sa.Index("ix_devices_elder", "elder"),
    sa.Index("ix_devices_account", "account"),
    sa.Index("ix_devices_number_index", "number_index"),
    sa.Index("ix_devices_changed", "updated_at", "id"),
)

agents = sa.Table(
    "agents",
    metadata,
    id_column(),
    text("name"),
    word("extension"),
    words("skills"),
    flag("supervisor"),
    word("presence"),
    moment("presence_since", nullable=True),
    moment("idle_since", nullable=True),
    moment("updated_at"),
    sa.CheckConstraint("presence IN ('offline', 'free', 'wrap_up', 'break')", name="stored_presence"),
    sa.Index("uq_agents_extension", "extension", unique=True),
    sa.Index("ix_agents_changed", "updated_at", "id"),
)

# ---------------------------------------------------------------------------------------- emergencies

_OPEN = "state <> 'closed'"

emergencies = sa.Table(
    "emergencies",
    metadata,
    id_column(),
    to("elder", "elders", nullable=True),
    words("candidates"),
    word("account"),
    sealed(),
    blind("line_index"),
    word("key"),
    number("priority"),
    word("ladder"),
    words("needs"),
    word("room"),
    word("node"),
    moment("opened_at"),
    number("version"),
    number("presses"),
    flag("elder_connected"),
    flag("silent"),
    moment("call_back_at", nullable=True),
    number("call_back_try"),
    word("state"),
    moment("due_at", nullable=True),
    number("round", nullable=True),
    number("rung", nullable=True),
    number("single", nullable=True),
    word("owner", nullable=True),
    word("owner_role", nullable=True),
    sa.Column("offer", Id, nullable=True),
    moment("claimed_at", nullable=True),
    moment("closed_at", nullable=True),
    word("closed_by", nullable=True),
    word("disposition", nullable=True),
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

#: With the word itself, as the indexes of open ones have it. For a bound value SQLite looks whether they fit each time
#: anew, which costs a red key as much as all its other reading, and PostgreSQL's kept plans cannot use them at all.
IS_OPEN = emergencies.c.state != sa.literal_column("'closed'")

timeline = sa.Table(
    "timeline",
    metadata,
    id_column(),
    to("emergency", "emergencies"),
    moment("at"),
    word("step"),
    text("who"),
    text("detail"),
    sa.Index("ix_timeline_emergency", "emergency", "at", "id"),
)

alarms = sa.Table(
    "alarms",
    metadata,
    id_column(),
    to("emergency", "emergencies"),
    word("uniqueid"),
    word("key"),
    word("account"),
    sealed(),
    moment("at"),
    sa.Index("uq_alarms_uniqueid", "uniqueid", unique=True),
    sa.Index("ix_alarms_emergency", "emergency"),
)

calls = sa.Table(
    "calls",
    metadata,
    id_column(),
    to("emergency", "emergencies"),
    word("uniqueid"),
    text("channel"),
    flag("inbound"),
    sealed(),
    moment("started_at"),
    moment("ended_at", nullable=True),
    word("outcome"),
    number("cause", nullable=True),
    text("recording"),
    sa.Index("ix_calls_emergency", "emergency"),
    sa.Index("ix_calls_uniqueid", "uniqueid"),
)

offers = sa.Table(
    "offers",
    metadata,
    id_column(),
    to("emergency", "emergencies"),
    word("role"),
    word("target"),
    sealed(),
    number("round"),
    number("rung"),
    flag("claims"),
    moment("started_at"),
    sa.Column("ring_seconds", sa.Double, nullable=False),
    word("outcome"),
    number("cause", nullable=True),
    moment("ended_at", nullable=True),
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
        "target",
        sqlite_where=sa.text("ended_at IS NULL"),
        postgresql_where=sa.text("ended_at IS NULL"),
    ),
)

# ------------------------------------------------------------------------------------------- services

orders = sa.Table(
    "orders",
    metadata,
    id_column(),
    to("elder", "elders"),
    word("item"),
    word("uniqueid"),
    sealed(),
    moment("placed_at"),
    moment("closed_at", nullable=True),
    word("closed_by", nullable=True),
    word("result", nullable=True),
    sa.CheckConstraint(
        "(closed_at IS NULL AND closed_by IS NULL AND result IS NULL)"
        " OR (closed_at IS NOT NULL AND closed_by <> '' AND result <> '')",
        name="closed_by_whom_and_how",
    ),
    sa.Index("ix_orders_placed_at", "placed_at", "id"),
    sa.Index("ix_orders_elder", "elder"),
    sa.Index(
        "ix_orders_open",
        "placed_at",
        sqlite_where=sa.text("closed_at IS NULL"),
        postgresql_where=sa.text("closed_at IS NULL"),
    ),
)

transcripts = sa.Table(  # what elders said, as the ears understood it
    "transcripts",
    metadata,
    id_column(),
    to("emergency", "emergencies"),
    word("uniqueid"),
    moment("at"),
    sa.Column("confidence", sa.Double, nullable=False),
    sealed(),
    sa.Index("ix_transcripts_emergency", "emergency", "at", "id"),
)

# ------------------------------------------------------------------------------------------ the house

looks = sa.Table(
    "looks",
    metadata,
    id_column(),
    moment("at"),
    text("who"),
    word("what"),
    text("why"),
    to("elder", "elders", nullable=True),
    to("emergency", "emergencies", nullable=True),
    sa.CheckConstraint("who <> '' AND why <> ''", name="says_who_and_why"),
    sa.Index("ix_looks_at", "at", "id"),
)

facts = sa.Table(  # one row per fact about the database itself: key check, last return
    "facts",
    metadata,
    sa.Column("name", sa.String(40), primary_key=True),
    sa.Column("value", sa.LargeBinary, nullable=False),
)

replayed = sa.Table(  # journal records that are in the database already
    "replayed",
    metadata,
    id_column(),
    moment("at"),
    number("changes"),
    number("skipped"),
)

#: What a call-out needs to know about people: kept in the hot cache, by `updated_at`.
PEOPLE = (households, elders, lines, contacts, devices)
#: What changes while calls run: kept in memory, and written to the journal while the database is away.
WORKING = (agents, emergencies, timeline, alarms, calls, offers)
