"""老人的设备: which she holds now, given to her and taken back."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from http import HTTPStatus
from uuid import UUID

from aiohttp import web

from callcenter.console.house import Visit
from callcenter.console.looking import note
from callcenter.console.pages.elders import elder_of, masked_device
from callcenter.domain.devices import Device, DeviceKind
from callcenter.domain.looks import Seen
from callcenter.errors import AccountTaken, DeviceUnknown, ElderUnknown
from callcenter.ports.storage import UnitOfWork
from callcenter.services.elder_cells import CellReader, Fault
from callcenter.services.give_device import give_device, take_back_device


async def devices(visit: Visit) -> web.StreamResponse:
    """What she holds, numbers masked. Raises `ElderUnknown`."""
    elder = elder_of(visit)
    await note(visit, Seen.PROFILE, why="elder's devices, masked", elder=elder)
    return await _page(visit, elder)


async def give(visit: Visit) -> web.StreamResponse:
    """From now on it is hers. Raises `ElderUnknown`."""
    elder, fields, desk = elder_of(visit), await visit.form(), visit.house.desk
    read = _device(visit, elder, fields)
    faults = read if isinstance(read, list) else []
    if isinstance(read, Device):
        add = partial(_give, device=read, by=visit.user.name)
        try:
            await desk.storage.transact("give device", add, urgent=False)
        except AccountTaken:
            faults = [Fault(column="account", template="is in somebody's hands already, or an agent's")]
    if faults:
        return await _page(visit, elder, typed=fields, faults=faults)
    return _again(elder)


async def take_back(visit: Visit) -> web.StreamResponse:
    """From now on it is nobody's. Raises `DeviceUnknown`."""
    elder, desk = elder_of(visit), visit.house.desk
    try:
        device = UUID(visit.request.match_info["device"])
    except ValueError as error:
        raise DeviceUnknown from error
    take = partial(take_back_device, elder=elder, device=device, by=visit.user.name, now=desk.clock.now())
    await desk.storage.transact("take back device", take, urgent=False)
    return _again(elder)


def _give(work: UnitOfWork, *, device: Device, by: str) -> None:
    if work.people.locked_profile(device.elder) is None:
        raise ElderUnknown(str(device.elder))
    give_device(work, device, by=by, now=device.since)


def _device(visit: Visit, elder: UUID, fields: Mapping[str, str]) -> Device | list[Fault]:
    desk = visit.house.desk
    hotline, now = desk.config.hotline, desk.clock.now()
    reader = CellReader(country=hotline.country, area_code=hotline.area_code, ladders=frozenset(), today=now.date())
    cells = {key: fields.get(key, "").strip() for key in ("kind", "account", "number")}
    device = Device(
        id=desk.clock.new_id(),
        elder=elder,
        kind=DeviceKind(cells["kind"]) if cells["kind"] in set(DeviceKind) else DeviceKind.PAGER,
        account=reader.one(cells, "account", reader.account) or "",
        number=reader.one(cells, "number", reader.number) or "",
        since=now,
    )
    if not (cells["account"] or cells["number"]):
        reader.fault("account", "is missing")
    return reader.faults or device


async def _page(
    visit: Visit, elder: UUID, *, typed: Mapping[str, str] | None = None, faults: list[Fault] | None = None
) -> web.StreamResponse:
    def read(work: UnitOfWork) -> tuple[str, list[Device]]:
        profile = work.people.profile(elder)
        if profile is None:
            raise ElderUnknown(str(elder))
        return profile.elder.name, work.people.devices(elder, visit.house.desk.clock.now())

    name, held = await visit.read("devices", read)
    return visit.page(
        "elder_devices.html",
        status=HTTPStatus.UNPROCESSABLE_ENTITY if faults else HTTPStatus.OK,
        elder=elder,
        name=name,
        held=[masked_device(device) for device in held],
        kinds=list(DeviceKind),
        typed={**dict.fromkeys(("kind", "account", "number"), ""), **(typed or {})},
        faults=faults or [],
    )


def _again(elder: UUID) -> web.Response:
    return web.Response(status=HTTPStatus.SEE_OTHER, headers={"Location": f"/elders/{elder}/devices"})
