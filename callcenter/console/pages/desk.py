"""坐席台: the page an agent works a whole shift on. Everything that moves comes over its link (`console.live`)."""

from __future__ import annotations

from aiohttp import web

from callcenter.console.house import Visit
from callcenter.domain.calls import LegOutcome
from callcenter.domain.desk_keys import DEFAULT_KEYS, DeskAction
from callcenter.errors import AgentUnknown, NotWhileStorageAway, StorageAway
from callcenter.services.desk_keys import keys_of


async def desk(visit: Visit) -> web.StreamResponse:
    """Raises `AgentUnknown` for a supervisor without an extension."""
    if not visit.user.extension:
        raise AgentUnknown(visit.user.name)
    config = visit.house.desk.config
    phone = visit.house.phone_of(visit.user.extension)
    return visit.page(
        "desk.html",
        dispositions=visit.dispositions,
        checklists=visit.checklists,
        phone=phone,
        keys=await _keys(visit),
        beat_seconds=config.desk.beat_seconds,
        dispatch_live=config.dispatch.live,
        wrap_up_seconds=round(config.offers.wrap_up_seconds),
        legs={outcome.value: visit.language.word(outcome) for outcome in LegOutcome},
    )


async def _keys(visit: Visit) -> dict[DeskAction, str]:
    """Her own; while the database is away the default ones. Each shows on its button."""
    try:
        return await visit.read("desk keys", lambda work: keys_of(work, visit.user.id))
    except (StorageAway, NotWhileStorageAway):
        return dict(DEFAULT_KEYS)
