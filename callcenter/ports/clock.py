"""What the time is, and fresh ids."""

from __future__ import annotations

from datetime import datetime
from typing import Protocol
from uuid import UUID


class Clock(Protocol):
    def now(self) -> datetime:
        """The time, aware, UTC."""

    def new_id(self) -> UUID:
        """A fresh UUIDv7: ids are made before anything is written."""
