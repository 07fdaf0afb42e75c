"""Decisions about emergencies, when each was first claimed, whose recordings are gone; emergencies by elder."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from storage.columns import Moment
from storage.rules import only_grows

revision = "0009"
down_revision = "0008"

_RECORDED = "state = 'closed' AND recordings_deleted_at IS NULL"


def upgrade() -> None:
    op.add_column("emergencies", sa.Column("first_claimed_at", Moment(), nullable=True))
    op.add_column("emergencies", sa.Column("recordings_deleted_at", Moment(), nullable=True))
    op.execute(
        sa.text(
            "UPDATE emergencies SET first_claimed_at = (SELECT min(timeline.at) FROM timeline"
            " WHERE timeline.emergency = emergencies.id AND timeline.step = 'claimed')"
        )
    )
    op.create_index("ix_emergencies_elder", "emergencies", ["elder", "opened_at"], unique=False)
    op.create_index(
        "ix_emergencies_recorded",
        "emergencies",
        ["disposition", "closed_at"],
        unique=False,
        sqlite_where=sa.text(_RECORDED),
        postgresql_where=sa.text(_RECORDED),
    )
    op.create_table(
        "decisions",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("emergency", sa.Uuid(), nullable=False),
        sa.Column("at", Moment(), nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("what", sa.String(length=80), nullable=False),
        sa.Column("disposition", sa.String(length=80), nullable=False),
        sa.Column("items", sa.JSON(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.CheckConstraint("by <> ''", name=op.f("ck_decisions_says_who")),
        sa.ForeignKeyConstraint(["emergency"], ["emergencies.id"], name=op.f("fk_decisions_emergency")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_decisions")),
    )
    op.create_index("ix_decisions_emergency", "decisions", ["emergency", "at", "id"], unique=False)
    for statement in only_grows(op.get_bind().dialect.name, "decisions"):
        op.execute(sa.text(statement))
