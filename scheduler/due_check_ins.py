"""Check-ins: the day's rows made ahead, and what is due. Every red key goes first."""

from __future__ import annotations

from callcenter.domain.dial_hours import day_of
from callcenter.errors import NotWhileStorageAway, StorageAway
from callcenter.services.check_in import check_in
from callcenter.services.desk import Desk
from callcenter.services.plan_day import plan_day


class DueCheckIns:
    """Both jobs are safe on several nodes; while the database is away they do nothing, and go on afterwards."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    async def plan(self) -> None:
        desk = self._desk
        if desk.storage.away:
            return
        try:
            await plan_day(desk, day_of(desk.clock.now()))
        except (StorageAway, NotWhileStorageAway):
            return

    async def tick(self) -> None:
        if self._desk.storage.away:
            return
        try:
            await check_in(self._desk)
        except StorageAway:
            return
