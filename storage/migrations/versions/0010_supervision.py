"""What supervisors and administrators do: interventions, roster, call audits, ladders, users, API clients."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from storage.columns import Moment
from storage.rules import never_deleted, only_grows

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    op.create_table(
        "supervisions",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("at", Moment(), nullable=False),
        sa.Column("leg", sa.Uuid(), nullable=True),
        sa.Column("who", sa.String(length=80), nullable=False),
        sa.Column("extension", sa.String(length=80), nullable=False),
        sa.Column("emergency", sa.Uuid(), nullable=False),
        sa.Column("agent", sa.String(length=80), nullable=False),
        sa.Column("kind", sa.String(length=80), nullable=False),
        sa.Column("why", sa.Text(), nullable=False),
        sa.CheckConstraint("who <> '' AND why <> ''", name=op.f("ck_supervisions_says_who_and_why")),
        sa.ForeignKeyConstraint(["emergency"], ["emergencies.id"], name=op.f("fk_supervisions_emergency")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_supervisions")),
    )
    op.create_index("ix_supervisions_at", "supervisions", ["at", "id"], unique=False)
    op.create_index("ix_supervisions_leg", "supervisions", ["leg", "at"], unique=False)
    op.create_table(
        "shifts",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("agent", sa.Uuid(), nullable=False),
        sa.Column("begins_at", Moment(), nullable=False),
        sa.Column("ends_at", Moment(), nullable=False),
        sa.Column("set_by", sa.String(length=80), nullable=False),
        sa.Column("set_at", Moment(), nullable=False),
        sa.Column("cancelled_at", Moment(), nullable=True),
        sa.Column("cancelled_by", sa.String(length=80), nullable=False),
        sa.CheckConstraint("ends_at > begins_at", name=op.f("ck_shifts_ends_after_it_begins")),
        sa.CheckConstraint("(cancelled_at IS NULL) = (cancelled_by = '')", name=op.f("ck_shifts_cancelled_by_whom")),
        sa.ForeignKeyConstraint(["agent"], ["agents.id"], name=op.f("fk_shifts_agent")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_shifts")),
    )
    op.create_index("ix_shifts_ends_at", "shifts", ["ends_at"], unique=False)
    op.create_table(
        "call_audits",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("at", Moment(), nullable=False),
        sa.Column("by", sa.String(length=80), nullable=False),
        sa.Column("emergency", sa.Uuid(), nullable=False),
        sa.Column("agent", sa.String(length=80), nullable=False),
        sa.Column("points", sa.JSON(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.CheckConstraint("by <> '' AND agent <> ''", name=op.f("ck_call_audits_says_who_judged_whom")),
        sa.ForeignKeyConstraint(["emergency"], ["emergencies.id"], name=op.f("fk_call_audits_emergency")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_call_audits")),
    )
    op.create_index("ix_call_audits_at", "call_audits", ["at", "id"], unique=False)
    op.create_index("ix_call_audits_agent", "call_audits", ["agent", "emergency"], unique=False)
    op.create_table(
        "api_clients",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("token_hash", sa.LargeBinary(length=32), nullable=False),
        sa.Column("scopes", sa.JSON(), nullable=False),
        sa.Column("added_at", Moment(), nullable=False),
        sa.Column("added_by", sa.String(length=80), nullable=False),
        sa.Column("ends_at", Moment(), nullable=False),
        sa.Column("revoked_at", Moment(), nullable=True),
        sa.Column("revoked_by", sa.String(length=80), nullable=False),
        sa.CheckConstraint("(revoked_at IS NULL) = (revoked_by = '')", name=op.f("ck_api_clients_revoked_by_whom")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_api_clients")),
    )
    op.create_index("uq_api_clients_name", "api_clients", ["name"], unique=True)
    op.create_index("uq_api_clients_token_hash", "api_clients", ["token_hash"], unique=True)
    op.create_table(
        "ladder_versions",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("at", Moment(), nullable=False),
        sa.Column("by", sa.String(length=80), nullable=False),
        sa.Column("why", sa.Text(), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("rungs", sa.JSON(), nullable=False),
        sa.CheckConstraint("by <> '' AND why <> ''", name=op.f("ck_ladder_versions_says_by_whom_and_why")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ladder_versions")),
    )
    op.create_index("ix_ladder_versions_name", "ladder_versions", ["name", "at", "id"], unique=False)
    op.create_table(
        "user_changes",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("at", Moment(), nullable=False),
        sa.Column("by", sa.String(length=80), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("act", sa.String(length=80), nullable=False),
        sa.Column("role", sa.String(length=80), nullable=False),
        sa.CheckConstraint("by <> ''", name=op.f("ck_user_changes_says_by_whom")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_user_changes")),
    )
    op.create_index("ix_user_changes_at", "user_changes", ["at", "id"], unique=False)
    dialect = op.get_bind().dialect.name
    for table in ("supervisions", "call_audits", "ladder_versions", "user_changes"):
        for statement in only_grows(dialect, table):
            op.execute(sa.text(statement))
    for table in ("shifts", "api_clients"):
        for statement in never_deleted(dialect, table):
            op.execute(sa.text(statement))
