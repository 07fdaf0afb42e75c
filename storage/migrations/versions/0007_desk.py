"""An emergency may be on hold, an offer may be a transfer, and each agent has her own keys."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from storage.columns import Moment

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    op.add_column("emergencies", sa.Column("held_at", Moment(), nullable=True))
    op.add_column("emergencies", sa.Column("held_until", Moment(), nullable=True))
    op.add_column("emergencies", sa.Column("parked", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.add_column("offers", sa.Column("replaces", sa.Uuid(), nullable=True))
    op.create_table(
        "desk_keys",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("keys", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["id"], ["users.id"], name=op.f("fk_desk_keys_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_desk_keys")),
    )
