"""Who is rung each day, what came of it, and whose door is knocked on."""

from __future__ import annotations

import sqlalchemy as sa

from storage.columns import id_column, moment, number, sealed, text, to, word, words
from storage.tables.naming import metadata

check_in_plans = sa.Table(
    "check_in_plans",
    metadata,
    id_column(),
    to("elder", "elders"),
    text("group"),
    word("risk"),
    word("every"),
    words("days"),
    number("begins"),
    number("ends"),
    words("offsets"),
    word("confirmation"),
    word("after_last"),
    sa.Column("starts_on", sa.Date, nullable=False),
    sa.Column("ends_on", sa.Date, nullable=True),
    moment("opted_out_at", nullable=True),
    words("notices"),
    text("ended_by"),
    sa.Index("ix_check_in_plans_elder", "elder"),
)

_UNSETTLED = "state <> 'settled'"

check_ins = sa.Table(
    "check_ins",
    metadata,
    id_column(),
    to("plan", "check_in_plans"),
    to("elder", "elders"),
    sa.Column("day", sa.Date, nullable=False),
    word("state"),
    word("outcome", nullable=True),
    moment("due_at", nullable=True),
    moment("first_at", nullable=True),
    number("tries"),
    number("trunk_failures"),
    number("contact"),
    to("emergency", "emergencies", nullable=True),
    word("settled_by"),
    moment("settled_at", nullable=True),
    text("asked_by"),
    sa.CheckConstraint("state IN ('due', 'dialling', 'contacts', 'visit', 'settled')", name="state"),
    sa.CheckConstraint("state = 'settled' OR due_at IS NOT NULL", name="open_has_due_time"),
    sa.CheckConstraint(
        "(state = 'settled' AND settled_at IS NOT NULL AND settled_by <> '')"
        " OR (state <> 'settled' AND settled_at IS NULL)",
        name="settled_by_whom",
    ),
    sa.Index("uq_check_ins_elder_plan_day", "elder", "plan", "day", unique=True),
    sa.Index("ix_check_ins_day", "day", "id"),
    sa.Index(
        "ix_check_ins_due",
        "state",
        "due_at",
        "id",
        sqlite_where=sa.text(_UNSETTLED),
        postgresql_where=sa.text(_UNSETTLED),
    ),
)

check_in_attempts = sa.Table(
    "check_in_attempts",
    metadata,
    id_column(),
    to("check_in", "check_ins"),
    word("role"),
    word("target"),
    sealed(),
    word("node"),
    moment("started_at"),
    moment("ended_at", nullable=True),
    word("outcome"),
    sa.Index("ix_check_in_attempts_check_in", "check_in"),
    sa.Index(
        "ix_check_in_attempts_open",
        "node",
        sqlite_where=sa.text("ended_at IS NULL"),
        postgresql_where=sa.text("ended_at IS NULL"),
    ),
)

holds = sa.Table(
    "holds",
    metadata,
    id_column(),
    to("elder", "elders"),
    sa.Column("begins", sa.Date, nullable=False),
    sa.Column("returns", sa.Date, nullable=True),
    sealed(),
    text("set_by"),
    moment("set_at"),
    moment("ended_at", nullable=True),
    text("ended_by"),
    sa.CheckConstraint("set_by <> ''", name="says_who"),
    sa.Index("ix_holds_elder", "elder"),
)

visit_tasks = sa.Table(
    "visit_tasks",
    metadata,
    id_column(),
    to("check_in", "check_ins"),
    to("elder", "elders"),
    moment("opened_at"),
    moment("overdue_at"),
    moment("accepted_at", nullable=True),
    word("accepted_by"),
    moment("arrived_at", nullable=True),
    word("found", nullable=True),
    sealed(),
    moment("closed_at", nullable=True),
    word("closed_by"),
    sa.CheckConstraint(
        "(closed_at IS NULL AND found IS NULL) OR (closed_at IS NOT NULL AND found IS NOT NULL AND closed_by <> '')",
        name="closed_with_what_was_found",
    ),
    sa.Index("uq_visit_tasks_check_in", "check_in", unique=True),
    sa.Index("ix_visit_tasks_opened_at", "opened_at", "id"),
)
