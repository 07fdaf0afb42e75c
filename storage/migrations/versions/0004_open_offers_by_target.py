"""Open offers are found by whom they ring: every look at the agents asks for theirs."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    op.drop_index("ix_offers_open", table_name="offers")
    op.create_index(
        "ix_offers_open",
        "offers",
        ["target"],
        unique=False,
        sqlite_where=sa.text("ended_at IS NULL"),
        postgresql_where=sa.text("ended_at IS NULL"),
    )
