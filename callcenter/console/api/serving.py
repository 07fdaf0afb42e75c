"""The one way into the API: whose token, how often, which scope, do the parameters fit; then the operation."""

from __future__ import annotations

from typing import Final
from uuid import UUID

from aiohttp import web
from aiohttp.typedefs import Handler
from pydantic import ValidationError

from callcenter.console.api.asking import Asked, Operation
from callcenter.console.api.events import stream
from callcenter.console.api.models import FieldFault
from callcenter.console.api.problems import faults_of, problem
from callcenter.console.headers import address_of
from callcenter.console.house import HOUSE
from callcenter.errors import ElderUnknown, EmergencyUnknown, LookNotNoted, NotWhileStorageAway, StorageAway

_NOT_FOUND: Final = (ElderUnknown, EmergencyUnknown)
_AWAY: Final = (StorageAway, NotWhileStorageAway, LookNotNoted)
_BEARER: Final = "Bearer "


def served(operation: Operation) -> Handler:
    """The operation behind its scope."""

    async def serve(request: web.Request) -> web.StreamResponse:
        clients = request.app[HOUSE].api_clients
        address = address_of(request)
        if not clients.may_try(address):
            return problem(429, Retry_After="60")
        header = request.headers.get("Authorization", "")
        token = header.removeprefix(_BEARER).strip() if header.startswith(_BEARER) else ""
        client = await clients.of(token)
        if client is None:
            if token:
                clients.was_wrong(address)
            return problem(401, WWW_Authenticate="Bearer")
        if not clients.may_ask(client):
            return problem(429, Retry_After="1")
        if operation.scope not in client.scopes:
            return problem(403)
        try:
            query = operation.query.model_validate(dict(request.query))
        except ValidationError as error:
            return problem(422, errors=faults_of(error))
        try:
            id_ = UUID(request.match_info["id"]) if "id" in request.match_info else None
        except ValueError:
            return problem(422, errors=(FieldFault(name="id", reason="must be a UUID"),))
        desk = request.app[HOUSE].desk
        asked = Asked(request=request, desk=desk, client=client, id=id_)
        if operation.serve is None:
            if clients.streams >= desk.config.api.streams_at_most:
                return problem(503, Retry_After="60")
            return await stream(asked, clients, token)
        try:
            result = await operation.serve(asked, query)
        except _NOT_FOUND:
            return problem(404)
        except _AWAY:
            return problem(503, Retry_After="5")
        return web.Response(text=result.model_dump_json(), content_type="application/json")

    return serve
