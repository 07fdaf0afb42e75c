"""What the command line asks the running service to do with emergencies that are over, or whose elder is gone."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any
from uuid import UUID

from callcenter.services.ask_call_back import ask_call_back
from callcenter.services.desk import Desk
from callcenter.services.reopen_emergency import reopen_emergency

Words = Mapping[str, Any]


def record_verbs(desk: Desk) -> dict[str, Callable[[Words], Awaitable[Words]]]:
    """They raise `HotlineError`, and `KeyError`, `ValueError` or `TypeError` for words that do not fit."""

    async def _reopen(words: Words) -> Words:
        why, limit = str(words["why"]).strip(), desk.config.records.why_characters_at_most
        if not why or len(why) > limit:
            raise ValueError(f"why must be 1 to {limit} characters")
        reopened = await reopen_emergency(
            desk,
            UUID(words["emergency"]),
            by=str(words["by"]),
            why=why,
            extension=str(words.get("agent", "")),
            call_back=bool(words.get("call_back")),
        )
        return {"emergency": str(reopened.id)}

    async def _call_back(words: Words) -> Words:
        await ask_call_back(desk, UUID(words["emergency"]), str(words["agent"]))
        return {"emergency": words["emergency"]}

    return {"reopen": _reopen, "call_back": _call_back}
