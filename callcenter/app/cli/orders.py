"""`callcenter orders list|show|close`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final
from uuid import UUID

from callcenter.app.cli.command import DONE, Command, Groups, add_group, add_verb
from callcenter.app.cli.looking import add_look_options, note
from callcenter.app.cli.output import Column
from callcenter.app.clock import SystemClock
from callcenter.app.reach import ask_or, read
from callcenter.domain.looks import Seen
from callcenter.domain.orders import OrderResult, ServiceOrder
from callcenter.errors import OrderAmbiguous, OrderUnknown
from callcenter.ports.storage import UnitOfWork
from callcenter.services.close_order import NOTE_AT_MOST, close_order
from storage.database import open_storage

#: So many of the newest are searched for the beginning of an id.
_SEARCHED: Final = 10_000

_LISTED: Final = (
    Column(fact="id", en="id", zh="编号"),
    Column(fact="placed_at", en="placed", zh="登记时间"),
    Column(fact="item", en="service", zh="服务项目"),
    Column(fact="elder", en="elder", zh="老人"),
    Column(fact="result", en="result", zh="结果"),
    Column(fact="closed_by", en="closed by", zh="办结人"),
)
_SHOWN: Final = (
    *_LISTED[:4],
    Column(fact="address", en="address", zh="地址"),
    Column(fact="number", en="number", zh="电话"),
    Column(fact="said", en="said", zh="原话"),
    Column(fact="recording", en="recording", zh="录音"),
    *_LISTED[4:],
    Column(fact="closed_at", en="closed", zh="办结时间"),
    Column(fact="note", en="note", zh="备注"),
)


def add_to(groups: Groups) -> None:
    group = add_group(groups, "orders", "工单")
    listing = add_verb(group, "list", _list, "the newest first")
    listing.add_argument("--open", action="store_true", help="those that nobody has seen to yet")
    listing.add_argument("--limit", type=int, default=50, metavar="N", help="at most so many (50)")
    add_look_options(listing)
    showing = add_verb(group, "show", _show, "who, where, what was said")
    showing.add_argument("id", help="the id, or as much of its beginning as no other has")
    add_look_options(showing)
    closing = add_verb(group, "close", _close, "办结: somebody has seen to it, or says why nobody will")
    closing.add_argument("id", help="the id, or as much of its beginning as no other has")
    closing.add_argument("--result", required=True, choices=[result.value for result in OrderResult])
    closing.add_argument("--by", required=True, metavar="NAME", help="who says so, e.g. an agent's extension")
    closing.add_argument("--note", default="", help=f"at most {NOTE_AT_MOST} letters are kept")


async def _list(command: Command) -> int:
    options = command.options

    def look(work: UnitOfWork) -> list[dict[str, Any]]:
        orders = work.orders.recent(max(1, options.limit), open_only=options.open)
        return [_listed(work, order) for order in orders]

    await note(command, Seen.LIST)
    command.out.table(_LISTED, await read(command.config, look))
    return DONE


async def _show(command: Command) -> int:
    order = await read(command.config, lambda work: find(work, command.options.id))
    await note(command, Seen.PROFILE, elder=order.elder)
    facts = await read(command.config, lambda work: _shown(work, order))
    out = command.out
    lines = [f"{out.text(column.en, column.zh)}: {out.cell(facts[column.fact])}" for column in _SHOWN]
    shown = "\n".join(lines)
    out.say(facts, shown, shown)
    return DONE


async def _close(command: Command) -> int:
    options, config = command.options, command.config
    result = OrderResult(options.result)
    order = await read(config, lambda work: find(work, options.id))
    words = {
        "verb": "close_order", "order": str(order.id), "by": options.by, "result": result, "note": options.note,
    }  # fmt: skip

    async def instead() -> Mapping[str, Any]:
        clock = SystemClock()
        async with open_storage(config, clock) as storage:
            await close_order(storage, order.id, by=options.by, result=result, note=options.note, now=clock.now())
        return {"order": str(order.id), "result": result}

    answer = await ask_or(config, words, instead)
    shown = command.out.cell(result)
    command.out.say(answer, f"{order.id} is closed: {shown}", f"{order.id} 已办结：{shown}")
    return DONE


def _listed(work: UnitOfWork, order: ServiceOrder) -> dict[str, Any]:
    profile, closing = work.people.profile(order.elder), order.closing
    return {
        "id": order.id,
        "placed_at": order.placed_at,
        "item": order.item,
        "elder": profile.elder.name if profile else "",
        "result": closing.result if closing else None,
        "closed_by": closing.by if closing else "",
    }


def _shown(work: UnitOfWork, order: ServiceOrder) -> dict[str, Any]:
    profile, closing = work.people.profile(order.elder), order.closing
    known = [line.number for line in profile.lines] if profile else []
    return _listed(work, order) | {
        "address": profile.address if profile else "",
        "number": order.line or next(iter(known), ""),
        "said": order.said,
        "recording": f"{order.uniqueid}.wav",
        "closed_at": closing.at if closing else None,
        "note": closing.note if closing else "",
    }


def find(work: UnitOfWork, beginning: str) -> ServiceOrder:
    """The order whose id begins so. Raises `OrderUnknown` and `OrderAmbiguous`."""
    try:
        found = [order] if (order := work.orders.get(UUID(beginning))) else []
    except ValueError:
        wanted = beginning.lower()
        found = [order for order in work.orders.recent(_SEARCHED) if wanted and str(order.id).startswith(wanted)]
    if not found:
        raise OrderUnknown(beginning[:40])
    if len(found) > 1:
        raise OrderAmbiguous(f"{beginning[:40]}: {len(found)} of them")
    return found[0]
