"""What may be changed about the roster, by name: the running service does it, or the command line while none runs."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from callcenter.config import Config
from callcenter.ports.clock import Clock
from callcenter.ports.storage import Storage, UnitOfWork
from callcenter.services.roster import NewShift, add_shifts, cancel_shift

Words = Mapping[str, Any]


def roster_verbs(storage: Storage, clock: Clock, config: Config) -> dict[str, Callable[[Words], Awaitable[Words]]]:
    """They raise `HotlineError`, and `KeyError`, `ValueError` or `TypeError` for words that do not fit."""

    async def add(words: Words) -> Words:
        new = NewShift(
            extension=str(words["extension"]),
            begins_at=datetime.fromisoformat(words["begins_at"]),
            ends_at=datetime.fromisoformat(words["ends_at"]),
            days=int(words["days"]),
        )

        def work(unit: UnitOfWork) -> Words:
            shifts = add_shifts(unit, clock, config.supervision, new, by=str(words["by"]))
            return {"shifts": [str(shift.id) for shift in shifts]}

        return await storage.transact("add shifts", work, urgent=False)

    async def cancel(words: Words) -> Words:
        shift, by = UUID(words["shift"]), str(words["by"])

        def work(unit: UnitOfWork) -> Words:
            return {"shift": str(cancel_shift(unit, clock, shift, by=by).id)}

        return await storage.transact("cancel shift", work, urgent=False)

    return {"roster_add": add, "roster_cancel": cancel}
