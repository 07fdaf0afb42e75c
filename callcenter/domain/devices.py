"""设备: pagers and the like. Identified by account or number, never by guess. Standard library only."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID


class DeviceKind(StrEnum):
    PAGER = "pager"  #: 一键呼叫器
    LANDLINE_BOX = "landline_box"


@dataclass(frozen=True, kw_only=True)
class Device:
    """A device in one elder's hands for an interval: a new owner of the account never inherits the old one's name."""

    id: UUID
    elder: UUID
    kind: DeviceKind
    account: str  #: SIP account, "" for a device known by its number alone
    number: str = ""  #: E.164 of its SIM or line, "" if none
    since: datetime
    until: datetime | None = None

    def held_at(self, moment: datetime) -> bool:
        return self.since <= moment and (self.until is None or moment < self.until)
