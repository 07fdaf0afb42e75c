"""How many channels of the trunk carry what, and whether the check-ins ever took more than theirs."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime

from callcenter.config.check_ins import CheckIns


@dataclass
class Trunk:
    settings: CheckIns
    down: tuple[datetime, datetime]  #: from and to
    now: Counter[str] = field(default_factory=Counter)  #: channels that carry a "check_in", or an "emergency"
    most: Counter[str] = field(default_factory=Counter)
    reserve_touched: int = 0  #: check-ins that began although the emergencies' reserve was not free

    def is_down(self, at: datetime) -> bool:
        begins, ends = self.down
        return begins <= at < ends

    def takes(self, what: str) -> None:
        self.now[what] += 1
        self._look()
        free = self.settings.trunk_channels - self.now.total()
        too_many = self.now["check_in"] > self.settings.channels
        if what == "check_in" and (free < self.settings.channels_free_for_emergencies or too_many):
            self.reserve_touched += 1

    def becomes_emergency(self) -> None:
        """A check-in's call, without a new channel."""
        self.now["check_in"] -= 1
        self.now["emergency"] += 1
        self._look()

    def gives_back(self, what: str) -> None:
        self.now[what] -= bool(what)

    def _look(self) -> None:
        for what, channels in (*self.now.items(), ("in all", self.now.total())):
            self.most[what] = max(self.most[what], channels)
