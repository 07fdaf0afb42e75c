"""Service orders. They are of the database alone: neither the journal nor the hot cache holds one."""

from __future__ import annotations

from typing import Final
from uuid import UUID

import sqlalchemy as sa

from callcenter.domain.orders import ServiceOrder
from callcenter.errors import ElderUnknown, NotWhileStorageAway, OrderClosed
from storage.mapping.orders import order_of, row_of_order
from storage.prepared import Prepared
from storage.tables import elders, orders
from storage.transaction import Transaction

_BY_ID: Final = Prepared(sa.select(orders).where(orders.c.id == sa.bindparam("id")))


class SqlOrders:
    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    def add(self, order: ServiceOrder) -> None:
        """Raises `ElderUnknown` too."""
        if self._in.row(sa.select(elders.c.id).where(elders.c.id == order.elder)) is None:
            raise ElderUnknown(str(order.elder))
        self._in.insert(orders, row_of_order(order, self._in.vault))

    def get(self, order: UUID) -> ServiceOrder | None:
        row = self._in.locked(_BY_ID, {"id": order})
        return order_of(row, self._in.vault) if row else None

    def close(self, order: ServiceOrder) -> None:
        """See `callcenter.ports.storage.Orders`."""
        if not self._in.update(orders, row_of_order(order, self._in.vault), orders.c.closed_at.is_(None)):
            raise OrderClosed(str(order.id))

    def recent(self, limit: int, *, open_only: bool = False) -> list[ServiceOrder]:
        statement = sa.select(orders).order_by(orders.c.placed_at.desc(), orders.c.id.desc()).limit(limit)
        if open_only:
            statement = statement.where(orders.c.closed_at.is_(None))
        return [order_of(row, self._in.vault) for row in self._in.rows(statement)]

    @property
    def _in(self) -> Transaction:
        """The database's. The stand-in has no such table."""
        if self._transaction.journalled:
            raise NotWhileStorageAway("service orders")
        return self._transaction
