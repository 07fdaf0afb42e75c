"""接口 against its own document: whatever is sent, the answer is one that is described, and never a fault of ours.

The requests are made up from the document alone, as a program's author would read it, and past what it allows.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from aiohttp import ClientSession
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from yarl import URL

from callcenter.console.api.document import document
from callcenter.console.api.models import Problem
from callcenter.console.api.operations import OPERATIONS
from tests.unit.api import a_token, program
from tests.unit.browser import with_console
from tests.unit.house import make_template, open_house

DOCUMENT = document()
_STREAM_READ_SECONDS = 1.0
_UNLIMITED = {"requests_a_second": 1000.0, "requests_at_once": 1000, "beat_seconds": 0.1}


@dataclass
class Served:
    """A console in this process; what is sent is sent while the loop runs."""

    runner: asyncio.Runner
    client: ClientSession
    ids: list[UUID]  #: of an elder and an emergency that are there
    let_pass: Any

    def get(self, path: str, query: dict[str, str]) -> tuple[int, str, str]:
        return self.runner.run(self._get(path, query))

    async def _get(self, path: str, query: dict[str, str]) -> tuple[int, str, str]:
        self.let_pass(1.0)
        async with self.client.get(URL(path).with_query(query)) as answer:
            if answer.content_type == "text/event-stream":
                async with asyncio.timeout(_STREAM_READ_SECONDS):
                    return answer.status, answer.content_type, (await answer.content.readuntil(b"\n\n")).decode()
            return answer.status, answer.content_type, await answer.text()


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    folder: Path = tmp_path_factory.mktemp("api")
    with asyncio.Runner() as runner:
        template = runner.run(make_template(folder / "template"))
        stack = AsyncExitStack()

        async def open_all() -> Served:
            house = await stack.enter_async_context(open_house(folder / "house", template, api=_UNLIMITED))
            console = await stack.enter_async_context(with_console(house))
            client = await stack.enter_async_context(program(console, await a_token(console)))
            await house.agent("1001")
            profile = await house.elder()
            emergency = await house.pressed()
            return Served(
                runner=runner, client=client, ids=[profile.elder.id, emergency.id], let_pass=house.clock.let_pass
            )

        yield runner.run(open_all())
        runner.run(stack.aclose())


_SENDABLE = st.text(st.characters(exclude_categories=("Cs",)), max_size=40)


def of_schema(schema: dict[str, Any]) -> st.SearchStrategy[str]:
    """What the document allows, as text."""
    if "$ref" in schema:
        return of_schema(DOCUMENT["components"]["schemas"][schema["$ref"].rpartition("/")[2]])
    if "anyOf" in schema:
        return st.one_of([of_schema(part) for part in schema["anyOf"] if part.get("type") != "null"])
    if "enum" in schema:
        return st.sampled_from(schema["enum"])
    if schema.get("type") == "integer":
        return st.integers(schema["minimum"], schema["maximum"]).map(str)
    if schema.get("format") == "uuid":
        return st.uuids().map(str)
    longest, shortest = schema.get("maxLength", 40), schema.get("minLength", 0)
    return st.text(st.characters(exclude_categories=("Cs",)), min_size=shortest, max_size=longest)


_BEYOND = st.one_of(
    _SENDABLE, st.integers().map(str), st.sampled_from(["", "null", "0", "-1", "1e9", "\x00", "%", "'", "９"])
)


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda operation: operation.name)
@settings(
    max_examples=150,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
    derandomize=True,
)
@given(data=st.data())
def test_whatever_is_asked_the_answer_is_one_that_is_described(operation: Any, served: Served, data: Any) -> None:
    described = DOCUMENT["paths"][operation.path]["get"]
    path, query = operation.path, {}
    fits = data.draw(st.booleans())
    for parameter in described["parameters"]:
        value = (
            st.sampled_from([str(id_) for id_ in served.ids]) if parameter["schema"].get("format") == "uuid" else None
        )
        allowed = of_schema(parameter["schema"]) if value is None else st.one_of(value, of_schema(parameter["schema"]))
        text = data.draw(allowed if fits else st.one_of(allowed, _BEYOND))
        if parameter["in"] == "path":
            path = path.replace("{id}", URL.build(path=f"/{text}").raw_path[1:] or "x")
        elif (parameter["required"] and fits) or data.draw(st.booleans()):
            query[parameter["name"]] = text
    if not fits and data.draw(st.booleans()):
        query[data.draw(_SENDABLE.filter(bool))] = data.draw(_BEYOND)
    status, content_type, body = served.get(path, query)
    if operation.path.endswith("{id}") and not fits:
        assert status in {*map(int, described["responses"]), 405}  # an id with / in it, or none, is another address
    else:
        assert str(status) in described["responses"], (status, path, query)
    assert status < 500
    if status == 200 and content_type == "text/event-stream":
        assert body.startswith((":", "event: "))
    elif status == 200:
        assert content_type in described["responses"]["200"]["content"]
        operation.result.model_validate_json(body)
    else:
        assert content_type == "application/problem+json"
        assert Problem.model_validate_json(body).status == status
    if fits:
        assert status in (200, 404)
