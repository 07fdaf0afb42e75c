"""Emergencies, what happened in each, and every leg that was rung for it."""

from __future__ import annotations

import sqlalchemy as sa

from storage.columns import Id, blind, flag, id_column, moment, number, sealed, text, to, word, words
from storage.tables.naming import metadata

_OPEN = "state <> 'closed'"
_RECORDED = "state = 'closed' AND recordings_deleted_at IS NULL"

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
    moment("first_claimed_at", nullable=True),
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
    moment("held_at", nullable=True),
    moment("held_until", nullable=True),
    flag("parked"),
    moment("closed_at", nullable=True),
    word("closed_by", nullable=True),
    word("disposition", nullable=True),
    moment("recordings_deleted_at", nullable=True),
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
    sa.Index("ix_emergencies_elder", "elder", "opened_at"),
    sa.Index(
        "ix_emergencies_recorded",
        "disposition",
        "closed_at",
        sqlite_where=sa.text(_RECORDED),
        postgresql_where=sa.text(_RECORDED),
    ),
)

#: With the word itself, as the indexes of open ones have it. For a bound value SQLite looks whether they fit each time
#: anew, which costs a red key as much as all its other reading, and PostgreSQL's kept plans cannot use them at all.
IS_OPEN = emergencies.c.state != sa.literal_column("'closed'")

#: The same for those whose recordings may be there still.
IS_RECORDED = sa.and_(
    emergencies.c.state == sa.literal_column("'closed'"), emergencies.c.recordings_deleted_at.is_(None)
)

decisions = sa.Table(  # each closing and each opening again, with what was said about it
    "decisions",
    metadata,
    id_column(),
    to("emergency", "emergencies"),
    moment("at"),
    text("by"),
    word("what"),
    word("disposition"),
    words("items"),
    sealed(),
    sa.CheckConstraint("by <> ''", name="says_who"),
    sa.Index("ix_decisions_emergency", "emergency", "at", "id"),
)

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
    sa.Index(
        "ix_calls_open", "id", sqlite_where=sa.text("ended_at IS NULL"), postgresql_where=sa.text("ended_at IS NULL")
    ),
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
    sa.Column("replaces", Id, nullable=True),
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
