"""Photos of elders, sealed. Of the database alone."""

from __future__ import annotations

import base64
from datetime import datetime
from uuid import UUID

import sqlalchemy as sa

from callcenter.errors import NotWhileStorageAway
from storage.tables import photos
from storage.transaction import Transaction


class SqlPhotos:
    """See `callcenter.ports.elder_storage.Photos`."""

    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    def save(self, elder: UUID, kind: str, content: bytes, at: datetime) -> None:
        private = {"content": base64.b64encode(content).decode()}
        row = {"id": elder, "kind": kind, "sealed": self._in.vault.seal(private, "photos", elder), "at": at}
        if not self._in.update(photos, row):
            self._in.insert(photos, row)

    def remove(self, elder: UUID, at: datetime) -> None:
        self._in.update(photos, {"id": elder, "kind": "", "sealed": b"", "at": at})

    def of(self, elder: UUID) -> tuple[str, bytes] | None:
        row = self._in.row(sa.select(photos).where(photos.c.id == elder))
        private = self._in.vault.open(row["sealed"], "photos", elder) if row else {}
        return (row["kind"], base64.b64decode(private["content"])) if row and private else None

    def there(self, elder: UUID) -> bool:
        return self._in.row(sa.select(photos.c.id).where(photos.c.id == elder, photos.c.kind != "")) is not None

    @property
    def _in(self) -> Transaction:
        """The database's. The stand-in has no such table."""
        if self._transaction.journalled:
            raise NotWhileStorageAway("photos")
        return self._transaction
