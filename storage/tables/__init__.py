"""The tables, once, for SQLite and PostgreSQL. Migrations create exactly this (a test compares them).

What identifies or describes a person beyond name and district is in `sealed` (see `storage.vault`); numbers are found
by blind index. `updated_at` is when a row last changed, for the hot cache.
"""

from __future__ import annotations

from storage.tables.daily import check_in_attempts, check_in_plans, check_ins, holds, visit_tasks
from storage.tables.house import api_clients, desk_keys, facts, looks, replayed, sessions, sign_ins, user_changes, users
from storage.tables.naming import metadata
from storage.tables.people import agents, contacts, devices, elder_changes, elders, households, lines, photos
from storage.tables.rescue import IS_OPEN, IS_RECORDED, alarms, calls, decisions, emergencies, offers, timeline
from storage.tables.search import search_words
from storage.tables.services import orders, transcripts
from storage.tables.supervision import call_audits, ladder_versions, shifts, supervisions

#: What a call-out needs to know about people: kept in the hot cache, by `updated_at`.
PEOPLE = (households, elders, lines, contacts, devices)
#: What changes while calls run: kept in memory, and written to the journal while the database is away.
WORKING = (agents, emergencies, timeline, alarms, calls, offers)

__all__ = [
    "IS_OPEN",
    "IS_RECORDED",
    "PEOPLE",
    "WORKING",
    "agents",
    "alarms",
    "api_clients",
    "call_audits",
    "calls",
    "check_in_attempts",
    "check_in_plans",
    "check_ins",
    "contacts",
    "decisions",
    "desk_keys",
    "devices",
    "elder_changes",
    "elders",
    "emergencies",
    "facts",
    "holds",
    "households",
    "ladder_versions",
    "lines",
    "looks",
    "metadata",
    "offers",
    "orders",
    "photos",
    "replayed",
    "search_words",
    "sessions",
    "shifts",
    "sign_ins",
    "supervisions",
    "timeline",
    "transcripts",
    "user_changes",
    "users",
    "visit_tasks",
]
