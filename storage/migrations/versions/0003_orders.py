"""Service orders."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from storage.columns import Moment
from storage.rules import never_deleted

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    op.create_table(
        "orders",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("elder", sa.Uuid(), nullable=False),
        sa.Column("item", sa.String(length=80), nullable=False),
        sa.Column("uniqueid", sa.String(length=80), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("placed_at", Moment(), nullable=False),
        sa.Column("closed_at", Moment(), nullable=True),
        sa.Column("closed_by", sa.String(length=80), nullable=True),
        sa.Column("result", sa.String(length=80), nullable=True),
        sa.CheckConstraint(
            "(closed_at IS NULL AND closed_by IS NULL AND result IS NULL)"
            " OR (closed_at IS NOT NULL AND closed_by <> '' AND result <> '')",
            name=op.f("ck_orders_closed_by_whom_and_how"),
        ),
        sa.ForeignKeyConstraint(["elder"], ["elders.id"], name=op.f("fk_orders_elder")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_orders")),
    )
    op.create_index("ix_orders_elder", "orders", ["elder"], unique=False)
    op.create_index("ix_orders_placed_at", "orders", ["placed_at", "id"], unique=False)
    op.create_index(
        "ix_orders_open",
        "orders",
        ["placed_at"],
        unique=False,
        sqlite_where=sa.text("closed_at IS NULL"),
        postgresql_where=sa.text("closed_at IS NULL"),
    )
    for statement in never_deleted(op.get_bind().dialect.name, "orders"):
        op.execute(sa.text(statement))
