"""接口: programs that may ask, and what for. A token is shown once, and kept as a hash."""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus
from typing import Final

from aiohttp import web

from callcenter.console.api.operations import DOCUMENT_PATH
from callcenter.console.house import Visit
from callcenter.domain.clients import ApiClient, ApiScope
from callcenter.errors import (
    ClientFaulty,
    ClientTaken,
    ClientUnknown,
    HotlineError,
    NotWhileStorageAway,
    StorageAway,
)
from callcenter.ports.storage import UnitOfWork
from callcenter.services.api_clients import add_client, new_token, revoke_client, token_hash_of

_REFUSALS: Final = {
    ClientFaulty: "名称为2至40个小写字母、数字、点或短横，并至少选一项权限。",
    ClientTaken: "这个名称已用过，请换一个。",
    ClientUnknown: "没有这个客户端。",
    StorageAway: "数据库暂时不可用。",
    NotWhileStorageAway: "数据库暂时不可用。",
}


async def clients(visit: Visit) -> web.StreamResponse:
    return await _shown(visit)


async def change(visit: Visit) -> web.StreamResponse:
    """Adds, or revokes the one that is named in `revoke`. A refusal is on the page, and what was typed stays."""
    form, desk, by = await visit.form(), visit.house.desk, visit.user.name
    revoked, token = form.get("revoke", ""), new_token()
    scopes = frozenset(scope for scope in ApiScope if form.get(scope.value))
    name, days = form.get("name", "").strip().lower(), desk.config.api.token_days

    def work(unit: UnitOfWork) -> ApiClient:
        if revoked:
            return revoke_client(unit, desk.clock, revoked, by=by)
        return add_client(unit, desk.clock, name, token_hash_of(token), scopes, days=days, by=by)

    try:
        client = await desk.storage.transact("change API clients", work, urgent=False)
    except tuple(_REFUSALS) as refusal:
        return await _shown(visit, typed=form, refusal=refusal)
    visit.house.api_clients.forget(client)
    return await _shown(visit, told=client, token="" if revoked else token)


async def _shown(
    visit: Visit,
    *,
    typed: Mapping[str, str] | None = None,
    refusal: HotlineError | None = None,
    told: ApiClient | None = None,
    token: str = "",
) -> web.Response:
    said = next((text for kind, text in _REFUSALS.items() if isinstance(refusal, kind)), "")
    return visit.page(
        "clients.html",
        status=HTTPStatus.UNPROCESSABLE_ENTITY if refusal else HTTPStatus.OK,
        clients=await visit.read("API clients", lambda work: work.api_clients.all()),
        scopes=list(ApiScope),
        refusal=visit.language.t(said) if said else "",
        typed=typed or {},
        told=told,
        token=token,
        document=DOCUMENT_PATH,
    )
