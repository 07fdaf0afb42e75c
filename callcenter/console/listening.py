"""A player asks for a recording piece by piece, and once more for each jump: that is one look, not ten."""

from __future__ import annotations

from collections import OrderedDict
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

_GOES_ON: Final = timedelta(minutes=10)
_KEPT: Final = 1000  #: listeners; whoever is forgotten has one line more in the access log


class Listening:
    """Who listens to what, by user and call. Of this process alone, and forgotten with it."""

    def __init__(self) -> None:
        self._lately: OrderedDict[tuple[UUID, UUID], datetime] = OrderedDict()

    def goes_on(self, user: UUID, call: UUID, now: datetime) -> bool:
        """Whether she has asked for a piece of it within ten minutes, and each piece within ten of the one before."""
        asked_at = self._lately.get((user, call))
        return asked_at is not None and timedelta() <= now - asked_at < _GOES_ON

    def asked(self, user: UUID, call: UUID, now: datetime) -> None:
        """Only once the look is written down."""
        self._lately[user, call] = now
        self._lately.move_to_end((user, call))
        if len(self._lately) > _KEPT:
            self._lately.popitem(last=False)
