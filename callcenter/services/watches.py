"""The end of a supervisor's leg is written down, whoever ended it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import structlog

from callcenter.domain.supervision import Intervention, Supervision
from callcenter.errors import NotWhileStorageAway, StorageAway
from callcenter.ports.asterisk_events import LegEnded
from callcenter.ports.storage import UnitOfWork
from callcenter.services.desk import Desk

log = structlog.get_logger()


async def watch_ended(desk: Desk, ended: LegEnded) -> None:
    """Costs nothing for a leg that is no supervisor's. While nothing can be written, `adopt_watches` does it later."""
    if ended.uniqueid not in desk.watching:
        return
    leg = UUID(ended.uniqueid)

    def work(unit: UnitOfWork) -> None:
        row = unit.supervisions.of_leg(leg)
        if row is not None and row.kind is not Intervention.ENDED:
            end_watch_row(desk, unit, row)

    try:
        await desk.storage.transact("supervision ended", work, urgent=False)
    except (StorageAway, NotWhileStorageAway):
        log.warning("supervision_end_unwritten", leg=ended.uniqueid)
    desk.watching.discard(ended.uniqueid)


async def adopt_watches(desk: Desk) -> None:
    """After a restart: legs that are gone have ended, those that live are known again. Raises `AsteriskAway`."""
    since = desk.clock.now() - timedelta(seconds=desk.config.supervision.listen_at_most_seconds)
    alive = {channel.uniqueid for channel in await desk.telephony.channels()}

    def work(unit: UnitOfWork) -> set[str]:
        rows = unit.supervisions.unended(since)
        for row in rows:
            if str(row.leg) not in alive:
                end_watch_row(desk, unit, row)
        return {str(row.leg) for row in rows} & alive

    try:
        desk.watching.update(await desk.storage.transact("adopt supervisions", work, urgent=False))
    except (StorageAway, NotWhileStorageAway):
        log.warning("supervisions_not_adopted")


def end_watch_row(desk: Desk, work: UnitOfWork, row: Supervision) -> None:
    """Inside the running transaction."""
    work.supervisions.add(replace(row, id=work.new_id(), at=desk.clock.now(), kind=Intervention.ENDED))
