"""What was ordered, and what was said."""

from __future__ import annotations

import sqlalchemy as sa

from storage.columns import id_column, moment, sealed, to, word
from storage.tables.naming import metadata

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
