"""`callcenter elders list`."""

from __future__ import annotations

from typing import Any, Final
from uuid import UUID

from callcenter.app.cli.command import DONE, Command, Groups, add_group, add_verb
from callcenter.app.cli.output import Column
from callcenter.app.clock import SystemClock
from callcenter.app.reach import read
from callcenter.ports import UnitOfWork

_PAGE: Final = 500
_COLUMNS: Final = (
    Column(fact="id", en="id", zh="编号"),
    Column(fact="name", en="name", zh="姓名"),
    Column(fact="age", en="age", zh="年龄"),
    Column(fact="district", en="district", zh="区"),
    Column(fact="street", en="street", zh="街道"),
    Column(fact="estate", en="estate", zh="小区"),
    Column(fact="accounts", en="devices", zh="设备账号"),
    Column(fact="contacts", en="contacts", zh="联系人"),
)


def add_to(groups: Groups) -> None:
    group = add_group(groups, "elders", "老人")
    listing = add_verb(group, "list", _list, "who they are and what they hold; no illness, no address, no number")
    listing.add_argument("--limit", type=int, default=100, metavar="N", help="at most so many (100)")
    listing.add_argument("--after", type=UUID, metavar="ID", help="the page after this one")


async def _list(command: Command) -> int:
    options = command.options
    rows = await read(command.config, lambda work: _page(work, options.after, max(1, options.limit)))
    command.out.table(_COLUMNS, rows)
    return DONE


def _page(work: UnitOfWork, after: UUID | None, limit: int) -> list[dict[str, Any]]:
    now = SystemClock().now()
    rows = []
    for id_ in work.people.ids_after(after, limit):
        profile = work.people.profile(id_)
        if profile is None:
            continue
        rows.append(
            {
                "id": id_,
                "name": profile.elder.name,
                "age": profile.age(now.date()),
                "district": profile.household.district,
                "street": profile.household.street,
                "estate": profile.household.estate,
                "accounts": [device.account for device in work.people.devices(id_, now) if device.account],
                "contacts": len(profile.contacts),
            }
        )
    return rows
