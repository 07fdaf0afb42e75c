"""Rows of decisions."""

from __future__ import annotations

from typing import Any

from callcenter.domain.records import Decided, Decision
from storage.mapping import Row
from storage.vault import Vault


def row_of_decision(decision: Decision, vault: Vault) -> dict[str, Any]:
    return {
        "id": decision.id,
        "emergency": decision.emergency,
        "at": decision.at,
        "by": decision.by,
        "what": decision.what.value,
        "disposition": decision.disposition,
        "items": list(decision.items),
        "sealed": vault.seal({"note": decision.note}, "decisions", decision.id),
    }


def decision_of(row: Row, vault: Vault) -> Decision:
    return Decision(
        id=row["id"],
        emergency=row["emergency"],
        at=row["at"],
        by=row["by"],
        what=Decided(row["what"]),
        disposition=row["disposition"],
        items=row["items"],
        note=vault.open(row["sealed"], "decisions", row["id"]).get("note", ""),
    )
