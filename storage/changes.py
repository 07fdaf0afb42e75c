"""What a transaction wrote, as data: for the copy in memory, the journal, and the replay."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from storage import tables
from storage.columns import Id, Moment


class Kind(StrEnum):
    INSERT = "insert"
    UPDATE = "update"


@dataclass(frozen=True, kw_only=True)
class Change:
    """One row written. `row` always holds `id`; sealed columns stay sealed."""

    kind: Kind
    table: sa.Table
    row: Mapping[str, Any]


def encode(changes: Sequence[Change]) -> bytes:
    """UTF-8 JSON."""
    plain = [
        [change.kind, change.table.name, {name: _plain(value) for name, value in change.row.items()}]
        for change in changes
    ]
    return json.dumps(plain, ensure_ascii=False, separators=(",", ":")).encode()


def decode(data: bytes) -> list[Change]:
    """What `encode` was given."""
    changes = []
    for kind, name, row in json.loads(data):
        table = tables.metadata.tables[name]
        values = {column: _value(table.c[column].type, value) for column, value in row.items()}
        changes.append(Change(kind=Kind(kind), table=table, row=values))
    return changes


def _plain(value: Any) -> Any:
    match value:
        case bytes():
            return base64.b64encode(value).decode()
        case UUID():
            return value.hex
        case date():  # and datetime
            return value.isoformat()
        case _:
            return value


def _value(kind: sa.types.TypeEngine[Any], value: Any) -> Any:
    if value is None:
        return None
    readers: tuple[tuple[type, Callable[[Any], Any]], ...] = (
        (Id, UUID),
        (sa.LargeBinary, base64.b64decode),
        (Moment, datetime.fromisoformat),
        (sa.Date, date.fromisoformat),
    )
    for column_type, read in readers:
        if isinstance(kind, column_type):
            return read(value)
    return value
