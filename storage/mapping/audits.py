"""Rows of call audits. What was noted may describe an elder, so it is sealed."""

from __future__ import annotations

from typing import Any, Final

from callcenter.domain.audits import CallAudit, Criterion
from storage.mapping import Row
from storage.vault import Vault

_TABLE: Final = "call_audits"


def row_of_audit(audit: CallAudit, vault: Vault) -> dict[str, Any]:
    return {
        "id": audit.id,
        "at": audit.at,
        "by": audit.by,
        "emergency": audit.emergency,
        "agent": audit.agent,
        "points": {criterion.value: points for criterion, points in audit.points.items()},
        "sealed": vault.seal({"note": audit.note}, _TABLE, audit.id),
    }


def audit_of(row: Row, vault: Vault) -> CallAudit:
    return CallAudit(
        id=row["id"],
        at=row["at"],
        by=row["by"],
        emergency=row["emergency"],
        agent=row["agent"],
        points={Criterion(criterion): points for criterion, points in row["points"].items()},
        note=vault.open(row["sealed"], _TABLE, row["id"]).get("note", ""),
    )
