"""First tables."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from storage.columns import Moment
from storage.rules import triggers

revision = "0001"
down_revision = None


def upgrade() -> None:
    op.create_table(
        "agents",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("extension", sa.String(length=80), nullable=False),
        sa.Column("skills", sa.JSON(), nullable=False),
        sa.Column("supervisor", sa.Boolean(), nullable=False),
        sa.Column("presence", sa.String(length=80), nullable=False),
        sa.Column("presence_since", Moment(), nullable=True),
        sa.Column("idle_since", Moment(), nullable=True),
        sa.Column("updated_at", Moment(), nullable=False),
        sa.CheckConstraint(
            "presence IN ('offline', 'free', 'wrap_up', 'break')", name=op.f("ck_agents_stored_presence")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_agents")),
    )
    op.create_index("ix_agents_changed", "agents", ["updated_at", "id"], unique=False)
    op.create_index("uq_agents_extension", "agents", ["extension"], unique=True)
    op.create_table(
        "facts",
        sa.Column("name", sa.String(length=40), nullable=False),
        sa.Column("value", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_facts")),
    )
    op.create_table(
        "households",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("district", sa.Text(), nullable=False),
        sa.Column("street", sa.Text(), nullable=False),
        sa.Column("estate", sa.Text(), nullable=False),
        sa.Column("landmark", sa.Text(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("updated_at", Moment(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_households")),
    )
    op.create_index("ix_households_changed", "households", ["updated_at", "id"], unique=False)
    op.create_table(
        "replayed",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("at", Moment(), nullable=False),
        sa.Column("changes", sa.Integer(), nullable=False),
        sa.Column("skipped", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_replayed")),
    )
    op.create_table(
        "elders",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("household", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("sex", sa.Text(), nullable=False),
        sa.Column("born", sa.Date(), nullable=True),
        sa.Column("dialect", sa.Text(), nullable=False),
        sa.Column("needs", sa.JSON(), nullable=False),
        sa.Column("how_to_talk", sa.Text(), nullable=False),
        sa.Column("ladder", sa.String(length=80), nullable=False),
        sa.Column("identity_index", sa.LargeBinary(length=16), nullable=True),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("updated_at", Moment(), nullable=False),
        sa.ForeignKeyConstraint(["household"], ["households.id"], name=op.f("fk_elders_household")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_elders")),
    )
    op.create_index("ix_elders_changed", "elders", ["updated_at", "id"], unique=False)
    op.create_index("ix_elders_household", "elders", ["household"], unique=False)
    op.create_index("uq_elders_identity_index", "elders", ["identity_index"], unique=True)
    op.create_table(
        "lines",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("household", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(length=80), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("number_index", sa.LargeBinary(length=16), nullable=True),
        sa.Column("last_four_index", sa.LargeBinary(length=16), nullable=True),
        sa.Column("updated_at", Moment(), nullable=False),
        sa.ForeignKeyConstraint(["household"], ["households.id"], name=op.f("fk_lines_household")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_lines")),
    )
    op.create_index("ix_lines_changed", "lines", ["updated_at", "id"], unique=False)
    op.create_index("ix_lines_last_four_index", "lines", ["last_four_index"], unique=False)
    op.create_index("ix_lines_number_index", "lines", ["number_index"], unique=False)
    op.create_index("uq_lines_household_number_index", "lines", ["household", "number_index"], unique=True)
    op.create_table(
        "contacts",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("elder", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("role", sa.String(length=80), nullable=False),
        sa.Column("ring_order", sa.Integer(), nullable=False),
        sa.Column("has_key", sa.Boolean(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("number_index", sa.LargeBinary(length=16), nullable=True),
        sa.Column("last_four_index", sa.LargeBinary(length=16), nullable=True),
        sa.Column("updated_at", Moment(), nullable=False),
        sa.ForeignKeyConstraint(["elder"], ["elders.id"], name=op.f("fk_contacts_elder")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_contacts")),
    )
    op.create_index("ix_contacts_changed", "contacts", ["updated_at", "id"], unique=False)
    op.create_index("ix_contacts_elder_ring_order", "contacts", ["elder", "ring_order"], unique=False)
    op.create_index("ix_contacts_last_four_index", "contacts", ["last_four_index"], unique=False)
    op.create_table(
        "devices",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("elder", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(length=80), nullable=False),
        sa.Column("account", sa.String(length=80), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("number_index", sa.LargeBinary(length=16), nullable=True),
        sa.Column("last_four_index", sa.LargeBinary(length=16), nullable=True),
        sa.Column("since", Moment(), nullable=False),
        sa.Column("until", Moment(), nullable=True),
        sa.Column("updated_at", Moment(), nullable=False),
        sa.CheckConstraint("until IS NULL OR until >= since", name=op.f("ck_devices_interval")),
        sa.ForeignKeyConstraint(["elder"], ["elders.id"], name=op.f("fk_devices_elder")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_devices")),
    )
    op.create_index("ix_devices_account", "devices", ["account"], unique=False)
    op.create_index("ix_devices_changed", "devices", ["updated_at", "id"], unique=False)
    op.create_index("ix_devices_elder", "devices", ["elder"], unique=False)
    op.create_index("ix_devices_number_index", "devices", ["number_index"], unique=False)
    op.create_table(
        "emergencies",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("elder", sa.Uuid(), nullable=True),
        sa.Column("candidates", sa.JSON(), nullable=False),
        sa.Column("account", sa.String(length=80), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("line_index", sa.LargeBinary(length=16), nullable=True),
        sa.Column("key", sa.String(length=80), nullable=False),
        sa.Column("priority", sa.Integer(), nullable=False),
        sa.Column("ladder", sa.String(length=80), nullable=False),
        sa.Column("needs", sa.JSON(), nullable=False),
        sa.Column("room", sa.String(length=80), nullable=False),
        sa.Column("node", sa.String(length=80), nullable=False),
        sa.Column("opened_at", Moment(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("presses", sa.Integer(), nullable=False),
        sa.Column("elder_connected", sa.Boolean(), nullable=False),
        sa.Column("silent", sa.Boolean(), nullable=False),
        sa.Column("call_back_at", Moment(), nullable=True),
        sa.Column("call_back_try", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=80), nullable=False),
        sa.Column("due_at", Moment(), nullable=True),
        sa.Column("round", sa.Integer(), nullable=True),
        sa.Column("rung", sa.Integer(), nullable=True),
        sa.Column("single", sa.Integer(), nullable=True),
        sa.Column("owner", sa.String(length=80), nullable=True),
        sa.Column("owner_role", sa.String(length=80), nullable=True),
        sa.Column("offer", sa.Uuid(), nullable=True),
        sa.Column("claimed_at", Moment(), nullable=True),
        sa.Column("closed_at", Moment(), nullable=True),
        sa.Column("closed_by", sa.String(length=80), nullable=True),
        sa.Column("disposition", sa.String(length=80), nullable=True),
        sa.CheckConstraint(
            "(state = 'closed' AND disposition IS NOT NULL AND disposition <> '' AND closed_at IS NOT NULL)"
            " OR (state <> 'closed' AND disposition IS NULL AND closed_at IS NULL)",
            name=op.f("ck_emergencies_closed_has_disposition"),
        ),
        sa.CheckConstraint(
            "state <> 'attended' OR (owner IS NOT NULL AND owner <> '' AND claimed_at IS NOT NULL)",
            name=op.f("ck_emergencies_attended_has_owner"),
        ),
        sa.CheckConstraint(
            "state <> 'waiting' OR (owner IS NULL AND round IS NOT NULL AND rung IS NOT NULL AND single IS NOT NULL)",
            name=op.f("ck_emergencies_waiting_has_place_and_no_owner"),
        ),
        sa.CheckConstraint("state = 'closed' OR due_at IS NOT NULL", name=op.f("ck_emergencies_open_has_due_time")),
        sa.CheckConstraint("state IN ('waiting', 'attended', 'closed')", name=op.f("ck_emergencies_state")),
        sa.ForeignKeyConstraint(["elder"], ["elders.id"], name=op.f("fk_emergencies_elder")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_emergencies")),
    )
    op.create_index(
        "ix_emergencies_call_back",
        "emergencies",
        ["node", "call_back_at"],
        unique=False,
        sqlite_where=sa.text("call_back_at IS NOT NULL"),
        postgresql_where=sa.text("call_back_at IS NOT NULL"),
    )
    op.create_index(
        "ix_emergencies_due",
        "emergencies",
        ["node", "due_at"],
        unique=False,
        sqlite_where=sa.text("state <> 'closed'"),
        postgresql_where=sa.text("state <> 'closed'"),
    )
    op.create_index(
        "ix_emergencies_open_account",
        "emergencies",
        ["account"],
        unique=False,
        sqlite_where=sa.text("state <> 'closed'"),
        postgresql_where=sa.text("state <> 'closed'"),
    )
    op.create_index(
        "ix_emergencies_open_line",
        "emergencies",
        ["line_index"],
        unique=False,
        sqlite_where=sa.text("state <> 'closed'"),
        postgresql_where=sa.text("state <> 'closed'"),
    )
    op.create_index(
        "ix_emergencies_open_room",
        "emergencies",
        ["room"],
        unique=False,
        sqlite_where=sa.text("state <> 'closed'"),
        postgresql_where=sa.text("state <> 'closed'"),
    )
    op.create_index("ix_emergencies_opened_at", "emergencies", ["opened_at"], unique=False)
    op.create_index(
        "uq_emergencies_one_open_per_elder",
        "emergencies",
        ["elder"],
        unique=True,
        sqlite_where=sa.text("state <> 'closed'"),
        postgresql_where=sa.text("state <> 'closed'"),
    )
    op.create_table(
        "alarms",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("emergency", sa.Uuid(), nullable=False),
        sa.Column("uniqueid", sa.String(length=80), nullable=False),
        sa.Column("key", sa.String(length=80), nullable=False),
        sa.Column("account", sa.String(length=80), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("at", Moment(), nullable=False),
        sa.ForeignKeyConstraint(["emergency"], ["emergencies.id"], name=op.f("fk_alarms_emergency")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_alarms")),
    )
    op.create_index("ix_alarms_emergency", "alarms", ["emergency"], unique=False)
    op.create_index("uq_alarms_uniqueid", "alarms", ["uniqueid"], unique=True)
    op.create_table(
        "calls",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("emergency", sa.Uuid(), nullable=False),
        sa.Column("uniqueid", sa.String(length=80), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("inbound", sa.Boolean(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("started_at", Moment(), nullable=False),
        sa.Column("ended_at", Moment(), nullable=True),
        sa.Column("outcome", sa.String(length=80), nullable=False),
        sa.Column("cause", sa.Integer(), nullable=True),
        sa.Column("recording", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["emergency"], ["emergencies.id"], name=op.f("fk_calls_emergency")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_calls")),
    )
    op.create_index("ix_calls_emergency", "calls", ["emergency"], unique=False)
    op.create_index("ix_calls_uniqueid", "calls", ["uniqueid"], unique=False)
    op.create_table(
        "offers",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("emergency", sa.Uuid(), nullable=False),
        sa.Column("role", sa.String(length=80), nullable=False),
        sa.Column("target", sa.String(length=80), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("rung", sa.Integer(), nullable=False),
        sa.Column("claims", sa.Boolean(), nullable=False),
        sa.Column("started_at", Moment(), nullable=False),
        sa.Column("ring_seconds", sa.Double(), nullable=False),
        sa.Column("outcome", sa.String(length=80), nullable=False),
        sa.Column("cause", sa.Integer(), nullable=True),
        sa.Column("ended_at", Moment(), nullable=True),
        sa.ForeignKeyConstraint(["emergency"], ["emergencies.id"], name=op.f("fk_offers_emergency")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_offers")),
    )
    op.create_index("ix_offers_emergency", "offers", ["emergency"], unique=False)
    op.create_index(
        "ix_offers_open",
        "offers",
        ["started_at"],
        unique=False,
        sqlite_where=sa.text("ended_at IS NULL"),
        postgresql_where=sa.text("ended_at IS NULL"),
    )
    op.create_index(
        "uq_offers_one_claim",
        "offers",
        ["emergency"],
        unique=True,
        sqlite_where=sa.text("outcome = 'claimed' AND ended_at IS NULL"),
        postgresql_where=sa.text("outcome = 'claimed' AND ended_at IS NULL"),
    )
    op.create_table(
        "timeline",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("emergency", sa.Uuid(), nullable=False),
        sa.Column("at", Moment(), nullable=False),
        sa.Column("step", sa.String(length=80), nullable=False),
        sa.Column("who", sa.Text(), nullable=False),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["emergency"], ["emergencies.id"], name=op.f("fk_timeline_emergency")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_timeline")),
    )
    op.create_index("ix_timeline_emergency", "timeline", ["emergency", "at", "id"], unique=False)
    op.create_table(
        "looks",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("at", Moment(), nullable=False),
        sa.Column("who", sa.Text(), nullable=False),
        sa.Column("what", sa.String(length=80), nullable=False),
        sa.Column("why", sa.Text(), nullable=False),
        sa.Column("elder", sa.Uuid(), nullable=True),
        sa.Column("emergency", sa.Uuid(), nullable=True),
        sa.CheckConstraint("who <> '' AND why <> ''", name=op.f("ck_looks_says_who_and_why")),
        sa.ForeignKeyConstraint(["elder"], ["elders.id"], name=op.f("fk_looks_elder")),
        sa.ForeignKeyConstraint(["emergency"], ["emergencies.id"], name=op.f("fk_looks_emergency")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_looks")),
    )
    op.create_index("ix_looks_at", "looks", ["at", "id"], unique=False)
    for statement in triggers(op.get_bind().dialect.name):
        op.execute(sa.text(statement))
