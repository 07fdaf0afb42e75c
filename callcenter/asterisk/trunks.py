"""Whether the carriers know us: the state of each trunk that registers. Of the others Asterisk knows nothing."""

from __future__ import annotations

from collections.abc import Collection
from typing import Final

from callcenter.asterisk.link import AmiLink
from callcenter.domain.health import Health
from callcenter.errors import ActionRefused, AsteriskAway

_REGISTERED: Final = "Registered"


class TrunkWatch:
    """`health` is what the last look found; the names are those of trunks that register."""

    def __init__(self, link: AmiLink, registering: Collection[str]) -> None:
        self._link = link
        self._registering = frozenset(registering)
        self.health = Health.NO_DATA

    async def look(self) -> None:
        """Well if every one of them is registered. Bounded by the link; what it cannot learn is no data."""
        if not self._registering:
            return
        try:
            items = await self._link.collect("PJSIPShowRegistrationsOutbound")
        except (AsteriskAway, ActionRefused):
            self.health = Health.NO_DATA
            return
        there = {item.get("ObjectName", "") for item in items if item.get("Status") == _REGISTERED}
        self.health = Health.WELL if self._registering <= there else Health.UNWELL
