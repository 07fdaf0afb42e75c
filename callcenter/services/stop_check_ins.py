"""She is not at home any more, or wants no daily calls: nothing of today rings on."""

from __future__ import annotations

from datetime import datetime
from typing import Final
from uuid import UUID

from callcenter.domain.calls import LegOutcome
from callcenter.domain.check_ins import CheckInState
from callcenter.domain.dial_hours import day_of
from callcenter.ports.storage import UnitOfWork
from callcenter.services.sign_of_life import end_attempts

NOT_CALLED: Final = "not_called"  #: by what such a check-in is settled


def stop_check_ins(work: UnitOfWork, elder: UUID, now: datetime) -> list[str]:
    """Settles what is open of her today; which legs are to be hung up after the commit.

    A door that somebody is on the way to stays theirs, and a call that has become an emergency is the emergency's. The
    day's plan is not touched: once she is at home again, she is called from the next window on.
    """
    legs: list[str] = []
    for check_in in work.check_ins.open_of_elder(elder, day_of(now)):
        if check_in.state is CheckInState.VISIT:
            continue
        ringing = end_attempts(work, check_in, now, hers=LegOutcome.CANCELLED)
        legs += [leg for leg in ringing if work.calls.alarm_of_entry(leg) is None]
        work.check_ins.save(check_in.settled(None, by=NOT_CALLED, now=now))
    return legs
