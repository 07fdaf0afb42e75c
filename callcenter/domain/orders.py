"""工单: a service that an elder asked for by telephone, until somebody has seen to it. Standard library only."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from uuid import UUID


class ServiceItem(StrEnum):
    """服务项目: what may be ordered. The same words are intents of the ears; 中文 in `prompts/words.yaml`."""

    MEALS = "meals"  #: 助餐
    CLEANING = "cleaning"  #: 保洁
    REPAIR = "repair"  #: 维修
    REHABILITATION = "rehabilitation"  #: 康复
    COMPANIONSHIP = "companionship"  #: 陪护
    SHOPPING = "shopping"  #: 代购
    BILLS = "bills"  #: 代缴费
    HEALTH = "health"  #: 健康咨询


class OrderResult(StrEnum):
    """What became of an order."""

    DONE = "done"  #: 已完成
    CANCELLED = "cancelled"  #: 已取消
    NOT_POSSIBLE = "not_possible"  #: 无法提供


@dataclass(frozen=True, kw_only=True)
class OrderClosing:
    """Who closed an order, and how."""

    at: datetime
    by: str
    result: OrderResult
    note: str = ""


@dataclass(frozen=True, kw_only=True)
class ServiceOrder:
    """工单. What was said and the number are encrypted at rest: illness may be in them."""

    id: UUID
    elder: UUID
    item: ServiceItem
    said: str  #: as it was heard, without spaces; "" when it was chosen by a key
    line: str  #: E.164 number of the call, "" when it came from an account or withheld
    uniqueid: str  #: of the call; its recording bears this name
    placed_at: datetime
    closing: OrderClosing | None = None  #: None while it is open

    def closed(self, *, by: str, result: OrderResult, note: str, now: datetime) -> ServiceOrder:
        return replace(self, closing=OrderClosing(at=now, by=by, result=result, note=note))
