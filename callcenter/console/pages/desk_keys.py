"""按键: each agent chooses the keys of her own desk. The help on the desk shows them as they are."""

from __future__ import annotations

from http import HTTPStatus
from typing import Final

from aiohttp import web

from callcenter.console.house import Visit
from callcenter.domain.desk_keys import DEFAULT_KEYS, POSSIBLE_KEYS, DeskAction, KeyFault, faults_of
from callcenter.errors import KeysUnusable
from callcenter.services.desk_keys import choose_keys, keys_of

_SAID: Final = {
    KeyFault.NOT_POSSIBLE: "这个键归浏览器使用，或不能选用。",
    KeyFault.SHARED: "两个操作不能用同一个键。",
}


async def ask(visit: Visit) -> web.StreamResponse:
    return _page(visit, await visit.read("desk keys", lambda work: keys_of(work, visit.user.id)))


async def choose(visit: Visit) -> web.StreamResponse:
    """What cannot be is said beside each key, and stays chosen on the page. `default` goes back to how it began."""
    form = await visit.form()
    chosen = {action: form.get(action.value, "") for action in DeskAction}
    keys = dict(DEFAULT_KEYS) if "default" in form else chosen
    try:
        await choose_keys(visit.house.desk.storage, visit.user.id, keys)
    except KeysUnusable:
        return _page(visit, keys, faults_of(keys))
    return web.Response(status=HTTPStatus.SEE_OTHER, headers={"Location": "/desk/keys?saved"})


def _page(visit: Visit, keys: dict[DeskAction, str], faults: dict[DeskAction, KeyFault] | None = None) -> web.Response:
    return visit.page(
        "desk_keys.html",
        status=HTTPStatus.UNPROCESSABLE_ENTITY if faults else HTTPStatus.OK,
        keys=keys,
        possible=POSSIBLE_KEYS,
        faults={action: visit.language.t(_SAID[fault]) for action, fault in (faults or {}).items()},
        saved="saved" in visit.request.query,
    )
