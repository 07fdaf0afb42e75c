"""演示: made-up elders press their keys at a click. Only where `console.demo` is true, and there are no trunks."""

from __future__ import annotations

from collections.abc import Sequence
from http import HTTPStatus
from typing import Final

from aiohttp import web

from callcenter.console.house import Visit
from callcenter.domain.devices import DeviceKind
from callcenter.domain.people import Profile
from callcenter.ports.storage import UnitOfWork

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
        who=pagers.get(pressed, ""),
    )


async def _pagers(visit: Visit) -> dict[str, str]:
    """Accounts, and who has each."""
    now = visit.house.desk.clock.now()

    def read(work: UnitOfWork) -> dict[str, str]:
        found = sorted(account for account, kind in work.people.device_accounts(now) if kind is DeviceKind.PAGER)
        return {account: _who(work.people.profiles_of_account(account, now)) for account in found[:_SHOWN_AT_MOST]}

    return await visit.read("pagers", read)


def _who(profiles: Sequence[Profile]) -> str:
    return " / ".join(f"{profile.elder.name} {profile.household.estate}" for profile in profiles)
