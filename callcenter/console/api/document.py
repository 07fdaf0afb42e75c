"""The OpenAPI 3.1 document, made of the operations and of the models that serve them."""

from __future__ import annotations

import json
from functools import cache
from typing import Any, Final

from aiohttp import web
from pydantic.json_schema import models_json_schema

from callcenter.console.api.asking import Operation
from callcenter.console.api.models import Model, Problem
from callcenter.console.api.operations import OPERATIONS
from callcenter.console.api.problems import CONTENT_TYPE, DETAILS
from callcenter.console.house import Visit
from callcenter.domain.clients import ApiScope

_SCHEMAS: Final = "#/components/schemas/"
_VERSION: Final = "1.0.0"


async def document_page(_visit: Visit) -> web.StreamResponse:
    """For everybody: it says nothing about anybody."""
    return web.Response(text=_text(), content_type="application/json")


@cache
def _text() -> str:
    """Made once: it takes a hundredth of a second."""
    return json.dumps(document(), ensure_ascii=False)


def document() -> dict[str, Any]:
    """The whole."""
    models: list[type[Model]] = [*(operation.result for operation in OPERATIONS), Problem]
    _, schemas = models_json_schema([(model, "serialization") for model in models], ref_template=f"{_SCHEMAS}{{model}}")
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "平安热线 API",
            "version": _VERSION,
            "description": "What the console's pages show, read only. Scopes: " + ", ".join(ApiScope) + ".",
        },
        "servers": [{"url": "/"}],
        "security": [{"token": []}],
        "paths": {operation.path: {"get": _get(operation)} for operation in OPERATIONS},
        "components": {
            "schemas": schemas["$defs"],
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
        },
    }


def statuses(operation: Operation) -> tuple[int, ...]:
    """All that this operation may answer."""
    missing = (404,) if operation.may_be_missing else ()
    return (200, 401, 403, *missing, 422, 429, 500, 503)


def _get(operation: Operation) -> dict[str, Any]:
    media = "text/event-stream" if operation.streams else "application/json"
    answers: dict[str, Any] = {
        "200": {
            "description": operation.result.__doc__ or operation.summary,
            "content": {media: {"schema": _reference(operation.result)}},
        }
    }
    for status in statuses(operation)[1:]:
        answers[str(status)] = {
            "description": DETAILS[status],
            "content": {CONTENT_TYPE: {"schema": _reference(Problem)}},
        }
    return {
        "operationId": operation.name,
        "summary": operation.summary,
        "description": f"Needs the scope `{operation.scope}`.",
        "parameters": [*_in_path(operation), *_in_query(operation.query)],
        "responses": answers,
    }


def _in_path(operation: Operation) -> list[dict[str, Any]]:
    if "{id}" not in operation.path:
        return []
    return [{"name": "id", "in": "path", "required": True, "schema": {"type": "string", "format": "uuid"}}]


def _in_query(query: type[Model]) -> list[dict[str, Any]]:
    schema = query.model_json_schema(ref_template=f"{_SCHEMAS}{{model}}")
    required = set(schema.get("required", ()))
    return [
        {"name": name, "in": "query", "required": name in required, "schema": part}
        for name, part in schema.get("properties", {}).items()
    ]


def _reference(model: type[Model]) -> dict[str, str]:
    return {"$ref": f"{_SCHEMAS}{model.__name__}"}
