"""What is due is found state by state; what people do about a plan or a call says who did it; plans carry notices."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"

_UNSETTLED = sa.text("state <> 'settled'")


def upgrade() -> None:
    op.add_column("check_in_plans", sa.Column("ended_by", sa.Text(), nullable=False, server_default=""))
    op.add_column("check_in_plans", sa.Column("notices", sa.JSON(), nullable=False, server_default="[]"))
    op.add_column("check_ins", sa.Column("asked_by", sa.Text(), nullable=False, server_default=""))
    op.drop_index("ix_check_ins_due", table_name="check_ins")
    op.create_index(
        "ix_check_ins_due",
        "check_ins",
        ["state", "due_at", "id"],
        unique=False,
        sqlite_where=_UNSETTLED,
        postgresql_where=_UNSETTLED,
    )
    op.create_index(
        "ix_calls_open",
        "calls",
        ["id"],
        unique=False,
        sqlite_where=sa.text("ended_at IS NULL"),
        postgresql_where=sa.text("ended_at IS NULL"),
    )
