"""An agent's page was closed, or its network is away: whoever can be rung nowhere is not free."""

from __future__ import annotations

from collections.abc import Iterable

import structlog

from callcenter.domain.calls import LegOutcome, Offer, Role
from callcenter.domain.people import Presence
from callcenter.errors import ActionRefused, AsteriskAway
from callcenter.ports.storage import UnitOfWork
from callcenter.services.agent_presence import change_presence
from callcenter.services.desk import Desk

log = structlog.get_logger()


async def pages_gone(desk: Desk, extensions: Iterable[str]) -> None:
    """Takes these agents off duty, unless a telephone of theirs can be rung; what rings at them goes on to others.

    A page's telephone is often there without the page's link, and an agent with a telephone of her own needs no page.
    While Asterisk does not answer, nothing is known, and nothing changes.
    """
    for extension in extensions:
        try:
            if not await _off_duty(desk, extension) and not await desk.telephony.reachable(extension):
                await _take_off_duty(desk, extension)
        except (AsteriskAway, ActionRefused) as error:
            log.warning("page_gone_not_looked_after", agent=extension, error=str(error))


async def _off_duty(desk: Desk, extension: str) -> bool:
    agent = await desk.storage.transact("who is gone", lambda work: work.agents.by_extension(extension))
    return agent is None or agent.presence is Presence.OFFLINE


async def _take_off_duty(desk: Desk, extension: str) -> None:
    log.warning("agent_gone", agent=extension)
    await change_presence(desk, extension, Presence.OFFLINE)
    for offer in await desk.storage.transact("what rings there", lambda work: _ringing_at(work, extension)):
        await desk.telephony.hang_up(str(offer.id))


def _ringing_at(work: UnitOfWork, extension: str) -> list[Offer]:
    return [
        offer
        for offer in work.offers.all_open()
        if offer.role is Role.AGENT and offer.target == extension and offer.outcome is LegOutcome.RINGING
    ]
