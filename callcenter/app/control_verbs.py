"""What the command line asks the running service to add. Each verb takes the words of one request and answers some."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from callcenter.app.new_people import NewAgent, add_agent
from callcenter.services.desk import Desk

Words = Mapping[str, Any]
Verb = Callable[[Words], Awaitable[Words]]


def adding_verbs(desk: Desk) -> dict[str, Verb]:
    """By name. They raise `HotlineError`, and `KeyError`, `ValueError` or `TypeError` for words that do not fit."""

    async def _add_agent(words: Words) -> Words:
        new = NewAgent(
            name=str(words["name"]),
            extension=str(words["extension"]),
            skills=frozenset(str(skill) for skill in words["skills"]),
            supervisor=bool(words["supervisor"]),
        )
        agent = await desk.storage.transact("add agent", lambda work: add_agent(work, desk.clock, new), urgent=False)
        return {"agent": agent.extension}

    return {"add_agent": _add_agent}
