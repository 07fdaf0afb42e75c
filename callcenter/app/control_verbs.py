"""What the command line asks the running service to add or write down. Each verb takes words and answers words."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import Any
from uuid import UUID

from callcenter.app.check_in_verbs import begin_round_of, check_in_verbs
from callcenter.app.client_verbs import client_verbs
from callcenter.app.new_people import NewAgent, add_agent, export_to, import_from, import_one, import_plans_from
from callcenter.app.record_verbs import record_verbs
from callcenter.app.roster_verbs import roster_verbs
from callcenter.domain.access import UserRole
from callcenter.domain.check_ins import Notice
from callcenter.domain.looks import Seen
from callcenter.domain.orders import OrderResult
from callcenter.services.close_order import close_order
from callcenter.services.console_users import NewUser, add_user, set_disabled, set_password
from callcenter.services.desk import Desk
from callcenter.services.extra_round import end_round
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
        return await import_from(storage, clock, config, Path(str(words["path"])), by=str(words["by"]))

    async def _import_plans(words: Words) -> Words:
        return await import_plans_from(storage, clock, config, Path(str(words["path"])), by=str(words["by"]))

    async def _begin_round(words: Words) -> Words:
        return await begin_round_of(storage, clock, config, words)

    async def _end_round(words: Words) -> Words:
        return {"ended": await end_round(storage, clock, Notice(words["notice"]), by=str(words["by"]))}

    async def _add_elder(words: Words) -> Words:
        cells = {str(key): str(cell) for key, cell in words["cells"].items()}
        return await import_one(storage, clock, config, cells, by=str(words["by"]))

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

    async def _add_user(words: Words) -> Words:
        new = NewUser(
            name=str(words["name"]),
            shown=str(words["shown"]),
            role=UserRole(words["role"]),
            password_hash=str(words["password_hash"]),
            extension=str(words["extension"]),
            district=str(words.get("district", "")),
        )
        user = await storage.transact("add user", lambda work: add_user(work, clock, new), urgent=False)
        return {"user": user.name}

    async def _set_password(words: Words) -> Words:
        name, hashed = str(words["name"]), str(words["password_hash"])
        await storage.transact("set password", lambda work: set_password(work, clock, name, hashed), urgent=False)
        return {"user": name}

    async def _disable_user(words: Words) -> Words:
        name, disabled = str(words["name"]), bool(words["disabled"])
        await storage.transact(
            "disable user", lambda work: set_disabled(work, clock, name, disabled=disabled), urgent=False
        )
        return {"user": name, "disabled": disabled}

    async def _export_elders(words: Words) -> Words:
        await _note_look({"who": words["who"], "what": Seen.EXPORT, "why": words["why"]})
        return await export_to(storage, clock, Path(str(words["path"])))

    return {
        "add_agent": _add_agent,
        "add_elder": _add_elder,
        "import_elders": _import_elders,
        "import_plans": _import_plans,
        "begin_round": _begin_round,
        "end_round": _end_round,
        "export_elders": _export_elders,
        "note_look": _note_look,
        "close_order": _close_order,
        "add_user": _add_user,
        "set_password": _set_password,
        "disable_user": _disable_user,
        **check_in_verbs(storage, clock, config),
        **record_verbs(desk),
        **roster_verbs(storage, clock, config),
        **client_verbs(storage, clock, config),
    }
