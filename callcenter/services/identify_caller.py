"""Who is calling: by the pager's account, else by the number. Bounded; what is not known goes on as unknown."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

import structlog

from callcenter.domain.calls import Entry
from callcenter.domain.people import Identity
from callcenter.errors import StorageAway
from callcenter.ports import UnitOfWork
from callcenter.services.desk import Desk

log = structlog.get_logger()


async def identify_caller(desk: Desk, entry: Entry) -> Identity:
    """Never raises and never takes longer than `hotline.look_up_within_seconds` (design rule 1)."""
    try:
        return await desk.storage.look_up(
            "identify caller",
            lambda work: read_identity(work, entry.account, entry.line, entry.at),
            within_seconds=desk.config.hotline.look_up_within_seconds,
        )
    except StorageAway:
        log.warning("identify_caller_skipped", reason="storage away")
        return Identity()


def read_identity(work: UnitOfWork, account: str, line: str, at: datetime) -> Identity:
    """An account is one device in one pair of hands; a number may be several people's. Never a silent guess."""
    elders: list[UUID] = work.people.by_account(account, at) if account else []
    if not elders and line:
        elders = work.people.by_number(line, at)
    profiles = (work.people.profile(elder) for elder in elders)
    return Identity(candidates=tuple(profile for profile in profiles if profile is not None))
