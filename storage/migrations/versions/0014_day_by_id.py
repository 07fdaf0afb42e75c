"""A day's rows are found by their ids, which count up: planning a row, or moving it on, touches this index no more."""

from __future__ import annotations

from alembic import op

revision = "0014"
down_revision = "0013"


def upgrade() -> None:
    op.drop_index("ix_check_ins_day", "check_ins")
    op.create_index("ix_check_ins_day", "check_ins", ["day", "id"])
