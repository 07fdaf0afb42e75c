"""Where elders are looked for, and what is kept of them beside `callcenter.ports.storage.People`.

Every verb raises `NotWhileStorageAway` while the journal stands in.
"""

from __future__ import annotations

from datetime import datetime
from typing import Protocol
from uuid import UUID

from callcenter.domain.elder_changes import ElderChange
from callcenter.domain.search import Answer, Wanted


class ElderSearch(Protocol):
    def find(self, wanted: Wanted, *, limit: int, skip: int, candidates: int) -> Answer:
        """Whoever fits all that is wanted: by name first, then by street, then by estate, each by name.

        At most `limit` after the first `skip`. Of several words the one that fits fewest elders is taken first, and of
        those at most `candidates` by each kind: the answer says whether that left anybody out.
        """


class ElderHistory(Protocol):
    def note(self, change: ElderChange) -> None:
        """Appends. Nothing can change or delete it afterwards."""

    def of(self, elder: UUID, limit: int) -> list[ElderChange]:
        """The newest first."""


class Photos(Protocol):
    """One of an elder at most, encrypted at rest. Of a kind that `services.picture` knows."""

    def save(self, elder: UUID, kind: str, content: bytes, at: datetime) -> None:
        """Instead of the one that was there. The elder must exist."""

    def remove(self, elder: UUID, at: datetime) -> None: ...
    def of(self, elder: UUID) -> tuple[str, bytes] | None:
        """Kind and content."""

    def there(self, elder: UUID) -> bool: ...
