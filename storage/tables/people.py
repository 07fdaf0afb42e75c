"""Elders, where and with whom they live, how they are reached, and who answers them."""

from __future__ import annotations

import sqlalchemy as sa

from callcenter.domain.elder_status import ElderStatus
from storage.columns import Id, blind, flag, id_column, moment, number, sealed, text, to, word, words
from storage.tables.naming import metadata

households = sa.Table(
    "households",
    metadata,
    id_column(),
    text("district"),
    text("street"),
    text("estate"),
    text("landmark"),
    sealed(),
    moment("updated_at"),
    sa.Index("ix_households_changed", "updated_at", "id"),
    sa.Index("ix_households_street", "street"),
    sa.Index("ix_households_estate", "estate"),
)

elders = sa.Table(
    "elders",
    metadata,
    id_column(),
    to("household", "households"),
    text("name"),
    text("sex"),
    sa.Column("born", sa.Date),
    text("dialect"),
    words("needs"),
    text("how_to_talk"),
    word("ladder"),
    word("status", server_default=ElderStatus.AT_HOME.value),
    sa.Column("status_since", sa.Date),
    words("agreed", server_default="[]"),
    words("refused", server_default="[]"),
    blind("identity_index"),
    sealed(),
    moment("updated_at"),
    sa.Index("ix_elders_household", "household"),
    sa.Index("ix_elders_name", "name", postgresql_ops={"name": "text_pattern_ops"}),
    sa.Index("uq_elders_identity_index", "identity_index", unique=True),
    sa.Index("ix_elders_changed", "updated_at", "id"),
)

lines = sa.Table(
    "lines",
    metadata,
    id_column(),
    to("household", "households"),
    word("kind"),
    sealed(),
    blind("number_index"),
    blind("last_four_index"),
    moment("removed_at", nullable=True),
    moment("updated_at"),
    sa.Index("uq_lines_household_number_index", "household", "number_index", unique=True),
    sa.Index("ix_lines_number_index", "number_index"),
    sa.Index("ix_lines_last_four_index", "last_four_index"),
    sa.Index("ix_lines_changed", "updated_at", "id"),
)

contacts = sa.Table(
    "contacts",
    metadata,
    id_column(),
    to("elder", "elders"),
    text("name"),
    word("role"),
    number("ring_order"),
    flag("has_key"),
    sealed(),
    blind("number_index"),
    blind("last_four_index"),
    moment("removed_at", nullable=True),
    moment("updated_at"),
    sa.Index("ix_contacts_elder_ring_order", "elder", "ring_order"),
    sa.Index("ix_contacts_last_four_index", "last_four_index"),
    sa.Index("ix_contacts_number_index", "number_index"),
    sa.Index("ix_contacts_changed", "updated_at", "id"),
)

devices = sa.Table(
    "devices",
    metadata,
    id_column(),
    to("elder", "elders"),
    word("kind"),
    word("account"),
    sealed(),
    blind("number_index"),
    blind("last_four_index"),
    moment("since"),
    moment("until", nullable=True),
    moment("updated_at"),
    sa.CheckConstraint("until IS NULL OR until >= since", name="interval"),
    sa.Index("ix_devices_elder", "elder"),
    sa.Index("ix_devices_account", "account"),
    sa.Index("ix_devices_number_index", "number_index"),
    sa.Index("ix_devices_last_four_index", "last_four_index"),
    sa.Index("ix_devices_changed", "updated_at", "id"),
)

elder_changes = sa.Table(
    "elder_changes",
    metadata,
    id_column(),
    to("elder", "elders"),
    moment("at"),
    text("by"),
    words("fields"),
    sealed(),
    sa.CheckConstraint("by <> ''", name="says_who"),
    sa.Index("ix_elder_changes_elder", "elder", "at"),
)

photos = sa.Table(  # one of an elder at most: its id is hers
    "photos",
    metadata,
    sa.Column("id", Id, sa.ForeignKey("elders.id"), primary_key=True),
    word("kind"),
    sealed(),
    moment("at"),
)

agents = sa.Table(
    "agents",
    metadata,
    id_column(),
    text("name"),
    word("extension"),
    words("skills"),
    flag("supervisor"),
    word("presence"),
    moment("presence_since", nullable=True),
    moment("idle_since", nullable=True),
    moment("updated_at"),
    sa.CheckConstraint("presence IN ('offline', 'free', 'wrap_up', 'break')", name="stored_presence"),
    sa.Index("uq_agents_extension", "extension", unique=True),
    sa.Index("ix_agents_changed", "updated_at", "id"),
)
