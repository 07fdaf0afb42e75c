"""Rows of supervisors' interventions."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from callcenter.domain.supervision import Intervention, Supervision
from storage.mapping import Row


def row_of_supervision(supervision: Supervision) -> dict[str, Any]:
    return asdict(supervision) | {"kind": supervision.kind.value}


def supervision_of(row: Row) -> Supervision:
    return Supervision(**{**row, "kind": Intervention(row["kind"])})
