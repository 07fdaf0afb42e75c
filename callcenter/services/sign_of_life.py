"""Any sign of life confirms the day's check-in: she rang us, or ordered something."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

import structlog

from callcenter.domain.calls import LegOutcome, Role
from callcenter.domain.check_ins import CheckIn, CheckInOutcome, CheckInState
from callcenter.domain.dial_hours import day_of
from callcenter.errors import ActionRefused, AsteriskAway, StorageAway
from callcenter.ports.storage import UnitOfWork
from callcenter.services.desk import Desk

log = structlog.get_logger()


async def sign_of_life(desk: Desk, elder: UUID, *, by: str) -> bool:
    """Confirms what is open of her today, and ends calls that ring for it. True if anything was.

    A door that somebody is on the way to stays theirs. Never raises: what cannot be confirmed now is asked again.
    """
    if not desk.config.check_ins.enabled:
        return False
    try:
        legs, confirmed = await desk.storage.transact(
            "sign of life", lambda work: _confirm(desk, work, elder, by), urgent=False
        )
    except StorageAway:
        return False
    for leg in legs:
        desk.background.start("end check-in", hang_up(desk, leg))
    return confirmed


def _confirm(desk: Desk, work: UnitOfWork, elder: UUID, by: str) -> tuple[list[str], bool]:
    now = desk.clock.now()
    legs: list[str] = []
    confirmed = False
    for check_in in [] if work.journalled else work.check_ins.open_of_elder(elder, day_of(now)):
        if check_in.state is CheckInState.VISIT:
            continue
        legs += end_attempts(work, check_in, now, hers=CheckInOutcome.CONFIRMED)
        work.check_ins.save(check_in.settled(CheckInOutcome.CONFIRMED, by=by, now=now))
        confirmed = True
    return legs, confirmed


def end_attempts(work: UnitOfWork, check_in: CheckIn, now: datetime, *, hers: CheckInOutcome | LegOutcome) -> list[str]:
    """Calls that ring for this check-in are over, hers with this outcome; which legs are to be hung up after it."""
    legs = []
    for attempt in work.check_ins.attempts_of(check_in.id):
        if attempt.ended_at is None:
            outcome = hers if attempt.role is Role.ELDER else LegOutcome.CANCELLED
            work.check_ins.save_attempt(attempt.ended(outcome, now))
            legs.append(str(attempt.id))
    return legs


async def hang_up(desk: Desk, leg: str) -> None:
    """A leg of a check-in; one that cannot be ended rings on, and is logged."""
    try:
        await desk.telephony.hang_up(leg)
    except (AsteriskAway, ActionRefused) as error:
        log.warning("check_in_rings_on", error=str(error))
