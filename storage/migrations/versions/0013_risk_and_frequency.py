"""Whom a plan calls earlier in her window, and in which weeks it calls."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"


def upgrade() -> None:
    for name, default in (("risk", "general"), ("every", "week")):
        op.add_column("check_in_plans", sa.Column(name, sa.String(80), nullable=False, server_default=default))
