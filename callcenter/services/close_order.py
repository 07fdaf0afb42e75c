"""办结: somebody has seen to a service order, or says why nobody will."""

from __future__ import annotations

from datetime import datetime
from typing import Final
from uuid import UUID

from callcenter.domain.orders import OrderResult, ServiceOrder
from callcenter.errors import NotWhileStorageAway, OrderUnknown, StorageAway
from callcenter.ports.storage import Storage, UnitOfWork

NOTE_AT_MOST: Final = 500  #: characters


async def close_order(
    storage: Storage, order: UUID, *, by: str, result: OrderResult, note: str, now: datetime
) -> ServiceOrder:
    """Raises `OrderUnknown`, `OrderClosed`, `ValueError` without a `by`, and `NotWhileStorageAway`."""
    if not by.strip():
        raise ValueError("somebody must close it")

    def work(unit: UnitOfWork) -> ServiceOrder:
        current = unit.orders.get(order)
        if current is None:
            raise OrderUnknown(str(order))
        closed = current.closed(by=by, result=result, note=note[:NOTE_AT_MOST], now=now)
        unit.orders.close(closed)
        return closed

    try:
        return await storage.transact("close order", work, urgent=False)
    except StorageAway as away:
        raise NotWhileStorageAway("service orders") from away
