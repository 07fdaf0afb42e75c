"""Who is calling, looked up before anything is opened: for a caller who is asked what she wants."""

from __future__ import annotations

from dataclasses import dataclass, field

import structlog

from callcenter.domain.calls import Entry
from callcenter.domain.people import Identity, Profile
from callcenter.errors import StorageAway
from callcenter.ports.storage import UnitOfWork
from callcenter.services.desk import Desk
from callcenter.services.identify_caller import read_identity

log = structlog.get_logger()


@dataclass(frozen=True, kw_only=True)
class Caller:
    """`awaited`: an emergency of hers is open, or we cannot know that none is. She is asked nothing then."""

    identity: Identity = field(default_factory=Identity)
    awaited: bool = False


async def who_calls(desk: Desk, entry: Entry) -> Caller:
    """Never raises, and takes `dialogue.look_up_within_seconds` at most."""

    def read(work: UnitOfWork) -> Caller:
        identity = read_identity(work, entry.account, entry.line, entry.at)
        open_ones = [work.emergencies.open_of_elder(profile.elder.id) for profile in identity.candidates]
        open_ones.append(work.emergencies.open_of_caller(entry.account, entry.line))
        return Caller(identity=identity, awaited=any(open_ones))

    try:
        return await desk.storage.look_up("who calls", read, within_seconds=desk.config.dialogue.look_up_within_seconds)
    except StorageAway:
        log.warning("who_calls_skipped", reason="storage away")
        return Caller(awaited=True)


async def elders_with_last_four(desk: Desk, digits: str) -> tuple[Profile, ...]:
    """Elders with a line or device whose number ends so; none if they are more than can be read out, or not known.

    Never raises; bounded like `who_calls`.
    """
    at_most = desk.config.dialogue.choices_at_most

    def read(work: UnitOfWork) -> tuple[Profile, ...]:
        found = work.people.by_last_four(digits, at_most + 1)
        profiles = (work.people.profile(elder) for elder in found)
        return tuple(profile for profile in profiles if profile is not None)

    try:
        profiles = await desk.storage.look_up(
            "last four digits", read, within_seconds=desk.config.dialogue.look_up_within_seconds
        )
    except StorageAway:
        return ()
    return profiles if len(profiles) <= at_most else ()
