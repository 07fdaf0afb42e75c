"""演示: made-up elders press their keys at a click. Only where `console.demo` is true, and there are no trunks."""

from __future__ import annotations

from http import HTTPStatus
from typing import Final

from aiohttp import web

from callcenter.console.house import Visit
from callcenter.domain.devices import DeviceKind

_SHOWN_AT_MOST: Final = 50  #: pagers to choose from


async def ask(visit: Visit) -> web.StreamResponse:
    """404 outside the demo."""
    return await _page(visit)


async def press(visit: Visit) -> web.StreamResponse:
    """The chosen pager's red key, by a call that takes the way of a real one. 404 outside the demo."""
    simulate = visit.house.simulate
    if simulate is None:
        raise web.HTTPNotFound
    chosen = (await visit.form()).get("account", "")
    if chosen not in await _pagers(visit):
        return await _page(visit, refusal="没有这个呼叫器。")
    await simulate(chosen)
    return web.Response(status=HTTPStatus.SEE_OTHER, headers={"Location": f"/demo?pressed={chosen}"})


async def _page(visit: Visit, refusal: str = "") -> web.Response:
    if visit.house.simulate is None:
        raise web.HTTPNotFound
    pagers = await _pagers(visit)
    pressed = visit.request.query.get("pressed", "")
    return visit.page(
        "demo.html",
        status=HTTPStatus.UNPROCESSABLE_ENTITY if refusal else HTTPStatus.OK,
        refusal=visit.language.t(refusal),
        pagers=pagers,
        pressed=pressed if pressed in pagers else "",
    )


async def _pagers(visit: Visit) -> list[str]:
    now = visit.house.desk.clock.now()
    found = await visit.read("pagers", lambda work: work.people.device_accounts(now))
    return sorted(account for account, kind in found if kind is DeviceKind.PAGER)[:_SHOWN_AT_MOST]
