"""What the command line asks the running service to add or write down. Each verb takes words and answers words."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import Any
from uuid import UUID

from callcenter.app.new_people import NewAgent, add_agent, export_to, import_from, import_one
from callcenter.domain.looks import Seen
from callcenter.domain.orders import OrderResult
from callcenter.services.close_order import close_order
from callcenter.services.desk import Desk
from callcenter.services.note_look import note_look

Words = Mapping[str, Any]
Verb = Callable[[Words], Awaitable[Words]]


def adding_verbs(desk: Desk) -> dict[str, Verb]:
    """By name. They raise `HotlineError`, and `KeyError`, `ValueError` or `TypeError` for words that do not fit."""
    storage, clock, config = desk.storage, desk.clock, desk.config

    async def _add_agent(words: Words) -> Words:
        new = NewAgent(
            name=str(words["name"]),
            extension=str(words["extension"]),
            skills=frozenset(str(skill) for skill in words["skills"]),
            supervisor=bool(words["supervisor"]),
        )
        agent = await storage.transact("add agent", lambda work: add_agent(work, clock, new), urgent=False)
        return {"agent": agent.extension}

    async def _import_elders(words: Words) -> Words:
        return await import_from(storage, clock, config, Path(str(words["path"])))

    async def _add_elder(words: Words) -> Words:
        cells = {str(key): str(cell) for key, cell in words["cells"].items()}
        return await import_one(storage, clock, config, cells)

    async def _note_look(words: Words) -> Words:
        look = await note_look(
            storage,
            clock,
            who=str(words["who"]),
            what=Seen(words["what"]),
            why=str(words["why"]),
            elder=UUID(words["elder"]) if words.get("elder") else None,
            emergency=UUID(words["emergency"]) if words.get("emergency") else None,
        )
        return {"look": str(look.id)}

    async def _close_order(words: Words) -> Words:
        result, now = OrderResult(words["result"]), clock.now()
        closed = await close_order(
            storage,
            UUID(words["order"]),
            by=str(words["by"]),
            result=result,
            note=str(words.get("note", "")),
            now=now,
        )
        return {"order": str(closed.id), "result": result}

    async def _export_elders(words: Words) -> Words:
        await _note_look({"who": words["who"], "what": Seen.EXPORT, "why": words["why"]})
        return await export_to(storage, clock, Path(str(words["path"])))

    return {
        "add_agent": _add_agent,
        "add_elder": _add_elder,
        "import_elders": _import_elders,
        "export_elders": _export_elders,
        "note_look": _note_look,
        "close_order": _close_order,
    }
