"""Rows of looks."""

from __future__ import annotations

from typing import Any

from callcenter.domain.looks import Look, Seen
from storage.mapping import Row


def row_of_look(look: Look) -> dict[str, Any]:
    return {
        "id": look.id,
        "at": look.at,
        "who": look.who,
        "what": look.what.value,
        "why": look.why,
        "elder": look.elder,
        "emergency": look.emergency,
    }


def look_of(row: Row) -> Look:
    return Look(
        id=row["id"],
        at=row["at"],
        who=row["who"],
        what=Seen(row["what"]),
        why=row["why"],
        elder=row["elder"],
        emergency=row["emergency"],
    )
