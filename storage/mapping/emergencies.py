"""Rows of emergencies and their timeline."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from callcenter.domain.calls import Key, Role
from callcenter.domain.emergencies import (
    Attended,
    Closed,
    Emergency,
    OnHold,
    Open,
    State,
    Step,
    TimelineEntry,
    Waiting,
    state_of,
)
from callcenter.domain.ladder import Position
from storage.mapping import Row
from storage.vault import Vault

#: Columns that only some states fill; the others keep them empty.
_EMPTY: dict[str, Any] = dict.fromkeys(
    (
        "due_at",
        "round",
        "rung",
        "single",
        "owner",
        "owner_role",
        "offer",
        "claimed_at",
        "held_at",
        "held_until",
        "closed_at",
        "closed_by",
        "disposition",
    )
)


def row_of_emergency(emergency: Emergency, vault: Vault) -> dict[str, Any]:
    note = emergency.note if isinstance(emergency, Closed) else ""
    return {
        "id": emergency.id,
        "elder": emergency.elder,
        "candidates": [candidate.hex for candidate in emergency.candidates],
        "account": emergency.account,
        "sealed": vault.seal({"line": emergency.line, "note": note}, "emergencies", emergency.id),
        "line_index": vault.number_index(emergency.line),
        "key": emergency.key.value,
        "priority": emergency.priority,
        "ladder": emergency.ladder,
        "needs": sorted(emergency.needs),
        "room": emergency.room,
        "node": emergency.node,
        "opened_at": emergency.opened_at,
        "first_claimed_at": emergency.first_claimed_at,
        "version": emergency.version,
        "presses": emergency.presses,
        "elder_connected": emergency.elder_connected,
        "silent": emergency.silent,
        "call_back_at": emergency.call_back_at,
        "call_back_try": emergency.call_back_try,
        "state": state_of(emergency).value,
        **_EMPTY,
        "parked": False,
        **_state_columns(emergency),
    }


def _state_columns(emergency: Emergency) -> dict[str, Any]:
    match emergency:
        case Waiting(position=position):
            return {
                "due_at": emergency.due_at,
                "round": position.round,
                "rung": position.rung,
                "single": position.single,
            }
        case Attended():
            return {
                "due_at": emergency.due_at,
                "owner": emergency.owner,
                "owner_role": emergency.owner_role.value,
                "offer": emergency.offer,
                "claimed_at": emergency.claimed_at,
                **_hold_columns(emergency.on_hold),
            }
        case Closed():
            return {
                "closed_at": emergency.closed_at,
                "closed_by": emergency.closed_by,
                "disposition": emergency.disposition,
            }


def _hold_columns(hold: OnHold | None) -> dict[str, Any]:
    return {"held_at": hold.since, "held_until": hold.until, "parked": hold.parked} if hold else {}


def _hold_of(row: Row) -> OnHold | None:
    if row["held_at"] is None:
        return None
    return OnHold(since=row["held_at"], until=row["held_until"], parked=row["parked"])


def emergency_of(row: Row, vault: Vault) -> Emergency:
    private = vault.open(row["sealed"], "emergencies", row["id"])
    common = _common(row, private.get("line", ""))
    match State(row["state"]):
        case State.WAITING:
            position = Position(round=row["round"], rung=row["rung"], single=row["single"])
            return Waiting(**common, due_at=row["due_at"], position=position)
        case State.ATTENDED:
            return Attended(
                **common,
                due_at=row["due_at"],
                owner=row["owner"],
                owner_role=Role(row["owner_role"]),
                offer=row["offer"],
                claimed_at=row["claimed_at"],
                on_hold=_hold_of(row),
            )
        case State.CLOSED:
            return Closed(
                **common,
                closed_at=row["closed_at"],
                closed_by=row["closed_by"],
                disposition=row["disposition"],
                note=private.get("note", ""),
            )


def open_emergency_of(row: Row, vault: Vault) -> Open:
    """For rows that were selected as open."""
    emergency = emergency_of(row, vault)
    assert not isinstance(emergency, Closed)
    return emergency


def _common(row: Row, line: str) -> dict[str, Any]:
    return {
        "id": row["id"],
        "elder": row["elder"],
        "candidates": tuple(UUID(candidate) for candidate in row["candidates"]),
        "account": row["account"],
        "line": line,
        "key": Key(row["key"]),
        "ladder": row["ladder"],
        "needs": frozenset(row["needs"]),
        "room": row["room"],
        "node": row["node"],
        "opened_at": row["opened_at"],
        "first_claimed_at": row["first_claimed_at"],
        "version": row["version"],
        "presses": row["presses"],
        "elder_connected": row["elder_connected"],
        "silent": row["silent"],
        "call_back_at": row["call_back_at"],
        "call_back_try": row["call_back_try"],
    }


def row_of_timeline_entry(entry: TimelineEntry) -> dict[str, Any]:
    return {
        "id": entry.id,
        "emergency": entry.emergency,
        "at": entry.at,
        "step": entry.step.value,
        "who": entry.who,
        "detail": entry.detail,
    }


def timeline_entry_of(row: Row) -> TimelineEntry:
    return TimelineEntry(
        id=row["id"],
        emergency=row["emergency"],
        at=row["at"],
        step=Step(row["step"]),
        who=row["who"],
        detail=row["detail"],
    )
