"""The district whose figures a user of the bureau sees."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"


def upgrade() -> None:
    for table in ("users", "user_changes"):
        op.add_column(table, sa.Column("district", sa.Text(), nullable=False, server_default=""))
