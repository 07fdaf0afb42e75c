"""What supervisors do: interventions in others' talks, the roster, call audits, ladders."""

from __future__ import annotations

import sqlalchemy as sa

from storage.columns import Id, id_column, moment, sealed, text, to, word
from storage.tables.naming import metadata

supervisions = sa.Table(
    "supervisions",
    metadata,
    id_column(),
    moment("at"),
    sa.Column("leg", Id, nullable=True),
    word("who"),
    word("extension"),
    to("emergency", "emergencies"),
    word("agent"),
    word("kind"),
    text("why"),
    sa.CheckConstraint("who <> '' AND why <> ''", name="says_who_and_why"),
    sa.Index("ix_supervisions_at", "at", "id"),
    sa.Index("ix_supervisions_leg", "leg", "at"),
)

shifts = sa.Table(
    "shifts",
    metadata,
    id_column(),
    to("agent", "agents"),
    moment("begins_at"),
    moment("ends_at"),
    word("set_by"),
    moment("set_at"),
    moment("cancelled_at", nullable=True),
    word("cancelled_by"),
    sa.CheckConstraint("ends_at > begins_at", name="ends_after_it_begins"),
    sa.CheckConstraint("(cancelled_at IS NULL) = (cancelled_by = '')", name="cancelled_by_whom"),
    sa.Index("ix_shifts_ends_at", "ends_at"),
)

call_audits = sa.Table(
    "call_audits",
    metadata,
    id_column(),
    moment("at"),
    word("by"),
    to("emergency", "emergencies"),
    word("agent"),
    sa.Column("points", sa.JSON, nullable=False),
    sealed(),
    sa.CheckConstraint("by <> '' AND agent <> ''", name="says_who_judged_whom"),
    sa.Index("ix_call_audits_at", "at", "id"),
    sa.Index("ix_call_audits_agent", "agent", "emergency"),
)

ladder_versions = sa.Table(
    "ladder_versions",
    metadata,
    id_column(),
    moment("at"),
    word("by"),
    text("why"),
    word("name"),
    sa.Column("rungs", sa.JSON, nullable=False),
    sa.CheckConstraint("by <> '' AND why <> ''", name="says_by_whom_and_why"),
    sa.Index("ix_ladder_versions_name", "name", "at", "id"),
)
