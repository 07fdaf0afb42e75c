"""Service orders: kept whole by both databases, closed once, never deleted, refused while the database is away."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path
from uuid import UUID

import pytest
import sqlalchemy as sa

from callcenter.app.clock import SystemClock
from callcenter.config import Config
from callcenter.domain.orders import OrderResult, ServiceItem, ServiceOrder
from callcenter.errors import ElderUnknown, NotWhileStorageAway, OrderClosed, OrderUnknown
from callcenter.ports.clock import Clock
from callcenter.services.close_order import close_order
from storage.database import SqlStorage, open_storage
from storage.engines import is_sqlite
from tests.integration.conftest import storage_config
from tests.integration.people_made_up import LANDLINE, NOON, a_profile, add, an_emergency
from tests.integration.test_storage_away import is_back, locked
from tests.integration.test_storage_rules import run

SAID = "我腿疼想请人来做饭"


def an_order(clock: Clock, elder: UUID, **more: object) -> ServiceOrder:
    words: dict[str, object] = {
        "item": ServiceItem.MEALS,
        "said": SAID,
        "line": LANDLINE,
        "uniqueid": "1772366400.1",
        "placed_at": NOON,
    }
    return ServiceOrder(id=clock.new_id(), elder=elder, **{**words, **more})  # type: ignore[arg-type]


async def an_elder(storage: SqlStorage, clock: SystemClock) -> UUID:
    profile = a_profile(clock)
    await storage.transact("add", lambda work: add(work, profile))
    return profile.elder.id


async def placed(storage: SqlStorage, clock: SystemClock, **more: object) -> ServiceOrder:
    order = an_order(clock, await an_elder(storage, clock), **more)
    await storage.transact("place", lambda work: work.orders.add(order))
    return order


async def kept(storage: SqlStorage, order: ServiceOrder) -> ServiceOrder | None:
    return await storage.transact("order", lambda work: work.orders.get(order.id))


async def test_an_order_is_kept_whole(storage: SqlStorage, clock: SystemClock) -> None:
    order = await placed(storage, clock)
    assert await kept(storage, order) == order
    assert await storage.transact("order", lambda work: work.orders.get(clock.new_id())) is None


async def test_the_newest_comes_first_and_the_open_ones_can_be_asked_for(
    storage: SqlStorage, clock: SystemClock
) -> None:
    elder = await an_elder(storage, clock)
    orders = [an_order(clock, elder, item=item) for item in ServiceItem]
    for order in orders:
        await storage.transact("place", lambda work, order=order: work.orders.add(order))
    closed = await close_order(storage, orders[0].id, by="1001", result=OrderResult.DONE, note="", now=NOON)
    recent = await storage.transact("recent", lambda work: work.orders.recent(20))
    assert recent == [*reversed(orders[1:]), closed]
    still_open = await storage.transact("open", lambda work: work.orders.recent(3, open_only=True))
    assert still_open == orders[:-4:-1]


async def test_it_is_closed_once_with_who_and_how(storage: SqlStorage, clock: SystemClock) -> None:
    order = await placed(storage, clock)
    closed = await close_order(storage, order.id, by="1001", result=OrderResult.CANCELLED, note="她不要了", now=NOON)
    assert closed.closing is not None
    assert (closed.closing.by, closed.closing.result, closed.closing.note) == ("1001", "cancelled", "她不要了")
    assert await kept(storage, order) == closed
    with pytest.raises(OrderClosed):
        await close_order(storage, order.id, by="1002", result=OrderResult.DONE, note="", now=NOON)
    assert await kept(storage, order) == closed
    with pytest.raises(OrderUnknown):
        await close_order(storage, clock.new_id(), by="1002", result=OrderResult.DONE, note="", now=NOON)
    with pytest.raises(ValueError, match="somebody"):
        await close_order(storage, order.id, by=" ", result=OrderResult.DONE, note="", now=NOON)


async def test_nobody_orders_who_is_not_an_elder(storage: SqlStorage, clock: SystemClock) -> None:
    with pytest.raises(ElderUnknown):
        await storage.transact("place", lambda work: work.orders.add(an_order(clock, clock.new_id())))


async def test_what_was_said_and_the_number_are_sealed(
    storage: SqlStorage, config: Config, clock: SystemClock, tmp_path: Path
) -> None:
    order = await placed(storage, clock)
    await close_order(storage, order.id, by="1001", result=OrderResult.DONE, note="已送粥", now=NOON)
    if not is_sqlite(config):
        return
    files = b"".join(file.read_bytes() for file in tmp_path.glob("callcenter.db*"))
    assert order.id.hex.encode() in files
    for secret in (SAID, "已送粥", LANDLINE):
        assert secret.encode() not in files


async def test_an_order_is_never_deleted_and_never_half_closed(
    storage: SqlStorage, config: Config, clock: SystemClock
) -> None:
    await placed(storage, clock)
    with pytest.raises(sa.exc.IntegrityError, match="no delete on orders"):
        run(config, "DELETE FROM orders")
    with pytest.raises(sa.exc.IntegrityError):
        run(config, "UPDATE orders SET result = 'done'")


async def test_while_the_database_is_away_nothing_is_ordered_and_emergencies_go_on(
    tmp_path: Path, clock: SystemClock
) -> None:
    config = storage_config(tmp_path, answer_within_seconds=0.2)
    async with open_storage(config, clock) as storage:
        order = await placed(storage, clock)
        another = replace(order, id=clock.new_id())
        with locked(config):
            lost = asyncio.Event()
            storage.tell(on_away=lost.set, on_back=lambda: None)
            with pytest.raises(NotWhileStorageAway):
                await storage.transact("place", lambda work: work.orders.add(another))
            assert lost.is_set() and storage.away
            with pytest.raises(NotWhileStorageAway):
                await storage.transact("order", lambda work: work.orders.get(order.id))
            with pytest.raises(NotWhileStorageAway):
                await close_order(storage, order.id, by="1001", result=OrderResult.DONE, note="", now=NOON)
            await storage.transact("press", lambda work: work.emergencies.add(an_emergency(clock)))
        await is_back(storage)
        assert await storage.transact("recent", lambda work: work.orders.recent(5)) == [order]
