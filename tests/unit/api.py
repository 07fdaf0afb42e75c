"""A program that asks the API, as it comes through the door: on the console's unix socket, with a token."""

from __future__ import annotations

from typing import Any

from aiohttp import ClientResponse, ClientSession, UnixConnector

from callcenter.domain.clients import ApiScope
from callcenter.services.api_clients import add_client, new_token, token_hash_of
from tests.unit.browser import ORIGIN, ConsoleHouse

EVERYTHING = frozenset(ApiScope)


async def a_token(console: ConsoleHouse, name: str = "bureau", scopes: frozenset[ApiScope] = EVERYTHING) -> str:
    house, token = console.house, new_token()
    await house.do(lambda work: add_client(work, house.clock, name, token_hash_of(token), scopes, days=30, by="test"))
    return token


def program(console: ConsoleHouse, token: str = "") -> ClientSession:
    """To be entered."""
    config = console.house.desk.config
    connector = UnixConnector(str(config.path(config.console.socket)))
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    return ClientSession(ORIGIN, connector=connector, headers=headers)


async def problem_of(answer: ClientResponse, status: int) -> dict[str, Any]:
    """The problem document of this answer."""
    assert answer.status == status, await answer.text()
    assert answer.content_type == "application/problem+json"
    problem: dict[str, Any] = await answer.json(content_type="application/problem+json")
    assert problem["status"] == status and problem["title"] and problem["detail"]
    return problem
