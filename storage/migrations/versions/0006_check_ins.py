"""Daily check-ins: plans, each day's rows, the calls that were made, absences, visits."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from storage.columns import Moment
from storage.rules import never_deleted

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    op.create_table(
        "check_in_plans",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("elder", sa.Uuid(), nullable=False),
        sa.Column("group", sa.Text(), nullable=False),
        sa.Column("days", sa.JSON(), nullable=False),
        sa.Column("begins", sa.Integer(), nullable=False),
        sa.Column("ends", sa.Integer(), nullable=False),
        sa.Column("offsets", sa.JSON(), nullable=False),
        sa.Column("confirmation", sa.String(length=80), nullable=False),
        sa.Column("after_last", sa.String(length=80), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=True),
        sa.Column("opted_out_at", Moment(), nullable=True),
        sa.ForeignKeyConstraint(["elder"], ["elders.id"], name=op.f("fk_check_in_plans_elder")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_check_in_plans")),
    )
    op.create_index("ix_check_in_plans_elder", "check_in_plans", ["elder"], unique=False)
    op.create_table(
        "holds",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("elder", sa.Uuid(), nullable=False),
        sa.Column("begins", sa.Date(), nullable=False),
        sa.Column("returns", sa.Date(), nullable=True),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("set_by", sa.Text(), nullable=False),
        sa.Column("set_at", Moment(), nullable=False),
        sa.Column("ended_at", Moment(), nullable=True),
        sa.Column("ended_by", sa.Text(), nullable=False),
        sa.CheckConstraint("set_by <> ''", name=op.f("ck_holds_says_who")),
        sa.ForeignKeyConstraint(["elder"], ["elders.id"], name=op.f("fk_holds_elder")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_holds")),
    )
    op.create_index("ix_holds_elder", "holds", ["elder"], unique=False)
    op.create_table(
        "check_ins",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("plan", sa.Uuid(), nullable=False),
        sa.Column("elder", sa.Uuid(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("state", sa.String(length=80), nullable=False),
        sa.Column("outcome", sa.String(length=80), nullable=True),
        sa.Column("due_at", Moment(), nullable=True),
        sa.Column("first_at", Moment(), nullable=True),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("trunk_failures", sa.Integer(), nullable=False),
        sa.Column("contact", sa.Integer(), nullable=False),
        sa.Column("emergency", sa.Uuid(), nullable=True),
        sa.Column("settled_by", sa.String(length=80), nullable=False),
        sa.Column("settled_at", Moment(), nullable=True),
        sa.CheckConstraint(
            "(state = 'settled' AND settled_at IS NOT NULL AND settled_by <> '')"
            " OR (state <> 'settled' AND settled_at IS NULL)",
            name=op.f("ck_check_ins_settled_by_whom"),
        ),
        sa.CheckConstraint("state = 'settled' OR due_at IS NOT NULL", name=op.f("ck_check_ins_open_has_due_time")),
        sa.CheckConstraint(
            "state IN ('due', 'dialling', 'contacts', 'visit', 'settled')", name=op.f("ck_check_ins_state")
        ),
        sa.ForeignKeyConstraint(["elder"], ["elders.id"], name=op.f("fk_check_ins_elder")),
        sa.ForeignKeyConstraint(["emergency"], ["emergencies.id"], name=op.f("fk_check_ins_emergency")),
        sa.ForeignKeyConstraint(["plan"], ["check_in_plans.id"], name=op.f("fk_check_ins_plan")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_check_ins")),
    )
    op.create_index("ix_check_ins_day", "check_ins", ["day", "due_at"], unique=False)
    op.create_index(
        "ix_check_ins_due",
        "check_ins",
        ["due_at"],
        unique=False,
        sqlite_where=sa.text("state <> 'settled'"),
        postgresql_where=sa.text("state <> 'settled'"),
    )
    op.create_index("uq_check_ins_elder_plan_day", "check_ins", ["elder", "plan", "day"], unique=True)
    op.create_table(
        "check_in_attempts",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("check_in", sa.Uuid(), nullable=False),
        sa.Column("role", sa.String(length=80), nullable=False),
        sa.Column("target", sa.String(length=80), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("node", sa.String(length=80), nullable=False),
        sa.Column("started_at", Moment(), nullable=False),
        sa.Column("ended_at", Moment(), nullable=True),
        sa.Column("outcome", sa.String(length=80), nullable=False),
        sa.ForeignKeyConstraint(["check_in"], ["check_ins.id"], name=op.f("fk_check_in_attempts_check_in")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_check_in_attempts")),
    )
    op.create_index("ix_check_in_attempts_check_in", "check_in_attempts", ["check_in"], unique=False)
    op.create_index(
        "ix_check_in_attempts_open",
        "check_in_attempts",
        ["node"],
        unique=False,
        sqlite_where=sa.text("ended_at IS NULL"),
        postgresql_where=sa.text("ended_at IS NULL"),
    )
    op.create_table(
        "visit_tasks",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("check_in", sa.Uuid(), nullable=False),
        sa.Column("elder", sa.Uuid(), nullable=False),
        sa.Column("opened_at", Moment(), nullable=False),
        sa.Column("overdue_at", Moment(), nullable=False),
        sa.Column("accepted_at", Moment(), nullable=True),
        sa.Column("accepted_by", sa.String(length=80), nullable=False),
        sa.Column("arrived_at", Moment(), nullable=True),
        sa.Column("found", sa.String(length=80), nullable=True),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("closed_at", Moment(), nullable=True),
        sa.Column("closed_by", sa.String(length=80), nullable=False),
        sa.CheckConstraint(
            "(closed_at IS NULL AND found IS NULL)"
            " OR (closed_at IS NOT NULL AND found IS NOT NULL AND closed_by <> '')",
            name=op.f("ck_visit_tasks_closed_with_what_was_found"),
        ),
        sa.ForeignKeyConstraint(["check_in"], ["check_ins.id"], name=op.f("fk_visit_tasks_check_in")),
        sa.ForeignKeyConstraint(["elder"], ["elders.id"], name=op.f("fk_visit_tasks_elder")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_visit_tasks")),
    )
    op.create_index("ix_visit_tasks_opened_at", "visit_tasks", ["opened_at", "id"], unique=False)
    op.create_index("uq_visit_tasks_check_in", "visit_tasks", ["check_in"], unique=True)
    for table in ("check_in_plans", "check_ins", "check_in_attempts", "holds", "visit_tasks"):
        for statement in never_deleted(op.get_bind().dialect.name, table):
            op.execute(sa.text(statement))
