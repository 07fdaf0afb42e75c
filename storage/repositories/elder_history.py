"""What was changed about elders. Of the database alone."""

from __future__ import annotations

import json
from uuid import UUID

import sqlalchemy as sa

from callcenter.domain.elder_changes import ElderChange, FieldChange
from callcenter.errors import NotWhileStorageAway
from storage.mapping import Row
from storage.tables import elder_changes
from storage.transaction import Transaction


class SqlElderHistory:
    """See `callcenter.ports.elder_storage.ElderHistory`."""

    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    def note(self, change: ElderChange) -> None:
        values = {one.field: json.dumps([one.old, one.new], ensure_ascii=False) for one in change.changes}
        private = {name: text for name, text in values.items() if text != '["", ""]'}
        row = {
            "id": change.id,
            "elder": change.elder,
            "at": change.at,
            "by": change.by,
            "fields": list(values),
            "sealed": self._in.vault.seal(private, "elder_changes", change.id),
        }
        self._in.insert(elder_changes, row)

    def of(self, elder: UUID, limit: int) -> list[ElderChange]:
        newest = sa.select(elder_changes).where(elder_changes.c.elder == elder)
        newest = newest.order_by(elder_changes.c.at.desc(), elder_changes.c.id.desc()).limit(limit)
        return [self._change_of(row) for row in self._in.rows(newest)]

    def _change_of(self, row: Row) -> ElderChange:
        private = self._in.vault.open(row["sealed"], "elder_changes", row["id"])
        changes = []
        for name in row["fields"]:
            old, new = json.loads(private.get(name, '["", ""]'))
            changes.append(FieldChange(field=name, old=old, new=new))
        return ElderChange(id=row["id"], elder=row["elder"], at=row["at"], by=row["by"], changes=tuple(changes))

    @property
    def _in(self) -> Transaction:
        """The database's. The stand-in has no such table, and takes no change of people."""
        if self._transaction.journalled:
            raise NotWhileStorageAway("history")
        return self._transaction
