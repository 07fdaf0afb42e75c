"""Rows of service orders."""

from __future__ import annotations

from typing import Any, Final

from callcenter.domain.orders import OrderClosing, OrderResult, ServiceItem, ServiceOrder
from storage.mapping import Row
from storage.vault import Vault

_TABLE: Final = "orders"


def row_of_order(order: ServiceOrder, vault: Vault) -> dict[str, Any]:
    closing = order.closing
    private = {"said": order.said, "line": order.line, "note": closing.note if closing else ""}
    return {
        "id": order.id,
        "elder": order.elder,
        "item": order.item.value,
        "uniqueid": order.uniqueid,
        "sealed": vault.seal(private, _TABLE, order.id),
        "placed_at": order.placed_at,
        "closed_at": closing.at if closing else None,
        "closed_by": closing.by if closing else None,
        "result": closing.result.value if closing else None,
    }


def order_of(row: Row, vault: Vault) -> ServiceOrder:
    private = vault.open(row["sealed"], _TABLE, row["id"])
    closing = None
    if row["closed_at"] is not None:
        closing = OrderClosing(
            at=row["closed_at"],
            by=row["closed_by"],
            result=OrderResult(row["result"]),
            note=private.get("note", ""),
        )
    return ServiceOrder(
        id=row["id"],
        elder=row["elder"],
        item=ServiceItem(row["item"]),
        said=private.get("said", ""),
        line=private.get("line", ""),
        uniqueid=row["uniqueid"],
        placed_at=row["placed_at"],
        closing=closing,
    )
