"""Elders: status, consents, photos, who changed what; lines and contacts that are gone; words to find elders by."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from storage.columns import Moment
from storage.rules import only_grows
from storage.search_words import note_all
from storage.tables.search import WORD

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    op.add_column("elders", sa.Column("status", sa.String(length=80), server_default="at_home", nullable=False))
    op.add_column("elders", sa.Column("status_since", sa.Date(), nullable=True))
    for name in ("agreed", "refused"):
        op.add_column("elders", sa.Column(name, sa.JSON(), server_default="[]", nullable=False))
    for table in ("lines", "contacts"):
        op.add_column(table, sa.Column("removed_at", Moment(), nullable=True))
    op.create_table(
        "photos",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(length=80), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("at", Moment(), nullable=False),
        sa.ForeignKeyConstraint(["id"], ["elders.id"], name=op.f("fk_photos_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_photos")),
    )
    _changes()
    _search()
    note_all(op.get_bind())


def _changes() -> None:
    op.create_table(
        "elder_changes",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("elder", sa.Uuid(), nullable=False),
        sa.Column("at", Moment(), nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("fields", sa.JSON(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.CheckConstraint("by <> ''", name=op.f("ck_elder_changes_says_who")),
        sa.ForeignKeyConstraint(["elder"], ["elders.id"], name=op.f("fk_elder_changes_elder")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_elder_changes")),
    )
    op.create_index("ix_elder_changes_elder", "elder_changes", ["elder", "at"], unique=False)
    for statement in only_grows(op.get_bind().dialect.name, "elder_changes"):
        op.execute(sa.text(statement))


def _search() -> None:
    op.create_table(
        "search_words",
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("word", WORD, nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("kind", "word", "text", name=op.f("pk_search_words")),
    )
    op.create_index("ix_search_words_text", "search_words", ["kind", "text", "word"], unique=False)
    op.create_index("ix_households_street", "households", ["street"], unique=False)
    op.create_index("ix_households_estate", "households", ["estate"], unique=False)
    op.create_index("ix_contacts_number_index", "contacts", ["number_index"], unique=False)
    op.create_index("ix_devices_last_four_index", "devices", ["last_four_index"], unique=False)
