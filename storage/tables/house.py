"""Who looked at what, who may sign in, programs that may ask, and facts about the database itself."""

from __future__ import annotations

import sqlalchemy as sa

from storage.columns import Id, flag, id_column, moment, number, text, to, word, words
from storage.tables.naming import metadata

looks = sa.Table(
    "looks",
    metadata,
    id_column(),
    moment("at"),
    text("who"),
    word("what"),
    text("why"),
    to("elder", "elders", nullable=True),
    to("emergency", "emergencies", nullable=True),
    sa.CheckConstraint("who <> '' AND why <> ''", name="says_who_and_why"),
    sa.Index("ix_looks_at", "at", "id"),
)

users = sa.Table(
    "users",
    metadata,
    id_column(),
    word("name"),
    text("shown"),
    word("role"),
    text("password_hash"),
    word("extension"),
    text("district"),
    flag("disabled"),
    moment("added_at"),
    sa.CheckConstraint("role IN ('agent', 'supervisor', 'administrator', 'auditor', 'bureau')", name="known_role"),
    sa.CheckConstraint("password_hash <> ''", name="has_password"),
    sa.Index("uq_users_name", "name", unique=True),
)

desk_keys = sa.Table(
    "desk_keys",
    metadata,
    sa.Column("id", Id, sa.ForeignKey("users.id"), primary_key=True),  # the user's
    sa.Column("keys", sa.JSON, nullable=False),
)

sessions = sa.Table(
    "sessions",
    metadata,
    id_column(),
    to("user", "users"),
    sa.Column("token_hash", sa.LargeBinary(32), nullable=False),
    moment("began_at"),
    moment("ends_at"),
    word("address"),
    moment("ended_at", nullable=True),
    sa.Index("uq_sessions_token_hash", "token_hash", unique=True),
    sa.Index("ix_sessions_user", "user"),
)

sign_ins = sa.Table(
    "sign_ins",
    metadata,
    id_column(),
    moment("at"),
    word("name"),
    word("address"),
    word("result"),
    sa.Index("ix_sign_ins_at", "at", "id"),
    sa.Index("ix_sign_ins_name", "name", "at"),
    sa.Index("ix_sign_ins_address", "address", "at"),
)

user_changes = sa.Table(
    "user_changes",
    metadata,
    id_column(),
    moment("at"),
    word("by"),
    word("name"),
    word("act"),
    word("role"),
    text("district"),
    sa.CheckConstraint("by <> ''", name="says_by_whom"),
    sa.Index("ix_user_changes_at", "at", "id"),
)

api_clients = sa.Table(
    "api_clients",
    metadata,
    id_column(),
    word("name"),
    sa.Column("token_hash", sa.LargeBinary(32), nullable=False),
    words("scopes"),
    moment("added_at"),
    word("added_by"),
    moment("ends_at"),
    moment("revoked_at", nullable=True),
    word("revoked_by"),
    sa.CheckConstraint("(revoked_at IS NULL) = (revoked_by = '')", name="revoked_by_whom"),
    sa.Index("uq_api_clients_name", "name", unique=True),
    sa.Index("uq_api_clients_token_hash", "token_hash", unique=True),
)

facts = sa.Table(  # one row per fact about the database itself: key check, last return
    "facts",
    metadata,
    sa.Column("name", sa.String(40), primary_key=True),
    sa.Column("value", sa.LargeBinary, nullable=False),
)

replayed = sa.Table(  # journal records that are in the database already
    "replayed",
    metadata,
    id_column(),
    moment("at"),
    number("changes"),
    number("skipped"),
)
