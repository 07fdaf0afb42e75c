"""工单: what an elder asked for and confirmed becomes a row, before she hears that it is taken."""

from __future__ import annotations

from uuid import UUID

from callcenter.domain.calls import Entry
from callcenter.domain.orders import ServiceItem, ServiceOrder
from callcenter.errors import NotWhileStorageAway, StorageAway
from callcenter.ports.storage import UnitOfWork
from callcenter.services.desk import Desk


async def place_order(desk: Desk, entry: Entry, elder: UUID, item: ServiceItem, *, said: str = "") -> ServiceOrder:
    """Committed when it returns, within about a second.

    Raises `NotWhileStorageAway`: orders are not kept in the journal, a human takes them then. `ElderUnknown` for
    somebody who is not, or no longer, in the database.
    """

    def work(unit: UnitOfWork) -> ServiceOrder:
        order = ServiceOrder(
            id=unit.new_id(),
            elder=elder,
            item=item,
            said=said,
            line=entry.line,
            uniqueid=entry.uniqueid,
            placed_at=desk.clock.now(),
        )
        unit.orders.add(order)
        return order

    try:
        return await desk.storage.transact("place order", work)
    except StorageAway as away:
        raise NotWhileStorageAway("service orders") from away
