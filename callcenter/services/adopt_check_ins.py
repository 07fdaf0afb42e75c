"""After a restart: calls of check-ins that are gone are made again; those that ring or talk are left alone."""

from __future__ import annotations

from callcenter.domain.check_ins import CheckInState
from callcenter.errors import StorageAway
from callcenter.ports.storage import UnitOfWork
from callcenter.services.desk import Desk


async def adopt_check_ins(desk: Desk) -> None:
    """A confirmed elder is settled and not rung again; one whose call was lost is due now, with the same attempt.

    Raises `AsteriskAway`. While the database is away nothing is done: the rows' due times do it later.
    """
    if not desk.config.check_ins.enabled:
        return
    at = desk.clock.now()
    alive = {channel.uniqueid for channel in await desk.telephony.channels()}

    def work(unit: UnitOfWork) -> None:
        if unit.journalled:
            return
        for attempt in unit.check_ins.open_attempts(desk.config.node.name):
            if attempt.started_at >= at or str(attempt.id) in alive:
                continue
            unit.check_ins.save_attempt(attempt.lost(at))
            desk.check_in_legs.pop(str(attempt.id), None)
            check_in = unit.check_ins.get(attempt.check_in)
            if check_in is not None and check_in.state is CheckInState.DIALLING:
                unit.check_ins.save(check_in.again_at(at))

    try:
        await desk.storage.transact("adopt check-ins", work, urgent=False)
    except StorageAway:
        return
