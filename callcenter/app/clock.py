"""The real time, and ids that sort by it."""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import UUID

import uuid_utils


class SystemClock:
    """Implements `callcenter.ports.clock.Clock`."""

    def now(self) -> datetime:
        return datetime.now(UTC)

    def new_id(self) -> UUID:
        return UUID(int=uuid_utils.uuid7().int)
