"""Who is calling: by the pager's account, else by the number. What is not known goes on as unknown."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

import structlog

from callcenter.domain.calls import Entry
from callcenter.domain.people import Identity
from callcenter.errors import HotlineError
from callcenter.ports.storage import UnitOfWork

log = structlog.get_logger()

#: A row that cannot be read. The storage's own errors are none of these: they go through, so that it can step aside.
_FAULTS = (HotlineError, ArithmeticError, AttributeError, LookupError, TypeError, ValueError)


def identify_caller(work: UnitOfWork, entry: Entry, rung: UUID | None = None) -> Identity:
    """Inside the transaction that raises the emergency, whose time is bounded (`database.answer_within_seconds`).

    `rung` is the elder whom we rang on this leg, where this process remembers it: also while the database is away.

    A profile that is broken does not hold up its elder: she is unknown then (design rule 1).
    """
    try:
        return _on_our_leg(work, entry, rung) or read_identity(work, entry.account, entry.line, entry.at)
    except _FAULTS as error:
        log.error("identify_caller_failed", call_id=entry.uniqueid, exc_info=error)
        return Identity()


def read_identity(work: UnitOfWork, account: str, line: str, at: datetime) -> Identity:
    """An account is one device in one pair of hands; a number may be several people's. Never a silent guess."""
    if account and (profiles := work.people.profiles_of_account(account, at)):
        return Identity(candidates=tuple(profiles))
    found = map(work.people.profile, work.people.by_number(line, at) if line else ())
    return Identity(candidates=tuple(profile for profile in found if profile is not None))


def _on_our_leg(work: UnitOfWork, entry: Entry, rung: UUID | None) -> Identity | None:
    """Whom we rang ourselves we know."""
    if (leg := entry.our_leg) is None:
        return None
    elder = rung or work.check_ins.elder_of_leg(leg)
    profile = work.people.profile(elder) if elder else None
    return Identity(candidates=(profile,)) if profile else None
