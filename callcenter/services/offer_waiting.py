"""An agent became free: whoever waits longest, most urgent first, is offered at once, whatever rung she stands on."""

from __future__ import annotations

from datetime import timedelta

from callcenter.domain.calls import LegOutcome, Role
from callcenter.domain.emergencies import Open, Waiting
from callcenter.domain.people import Agent
from callcenter.domain.routing import best_first, everyone
from callcenter.ports.storage import UnitOfWork
from callcenter.services.climb_ladder import agent_offer
from callcenter.services.desk import Desk
from callcenter.services.ring import ToRing, ring_all

_ANSWERED_OR_LET_OFF = (LegOutcome.CLAIMED, LegOutcome.CANCELLED)


async def offer_waiting(desk: Desk, *, back: str = "") -> None:
    """Gives each waiting emergency that rings at no agent one free agent. Red keys also reach agents in wrap-up.

    `back`: an agent whose telephone is there again, and may be rung at once for whom it did not answer before.
    """
    if not await desk.storage.transact("who waits", lambda work: bool(_waiting(desk, work))):
        return
    await ring_all(desk, await desk.storage.transact("offer waiting", lambda work: _offer(desk, work, back)))


def _waiting(desk: Desk, work: UnitOfWork) -> list[Waiting]:
    return [each for each in work.emergencies.all_open(desk.config.node.name) if _rings_nobody(work, each)]  # type: ignore[misc]


def _rings_nobody(work: UnitOfWork, emergency: Open) -> bool:
    if not isinstance(emergency, Waiting):
        return False
    return not any(
        offer.role is Role.AGENT and offer.outcome in (LegOutcome.RINGING, LegOutcome.ANSWERED)
        for offer in work.offers.open_of(emergency.id)
    )


def _offer(desk: Desk, work: UnitOfWork, back: str) -> list[ToRing]:
    agents = work.agents.all()
    rings: list[ToRing] = []
    for emergency in _waiting(desk, work):
        just_tried = _just_tried(desk, work, emergency) - {back}
        agent = _for(emergency, [each for each in agents if each.extension not in just_tried])
        if agent is None:
            continue
        agents = [each for each in agents if each.id != agent.id]
        rings.append(
            agent_offer(
                desk,
                work,
                emergency,
                agent,
                round_=emergency.position.round,
                rung=emergency.position.rung,
            )
        )
    return rings


def _just_tried(desk: Desk, work: UnitOfWork, emergency: Waiting) -> set[str]:
    """Agents whose phones did not answer for her a moment ago: a dead phone is not rung in circles."""
    since = desk.clock.now() - timedelta(seconds=desk.config.offers.same_agent_again_seconds)
    return {
        offer.target
        for offer in work.offers.all_of(emergency.id)
        if offer.ended_at is not None and offer.ended_at > since and offer.outcome not in _ANSWERED_OR_LET_OFF
    }


def _for(emergency: Waiting, agents: list[Agent]) -> Agent | None:
    free = best_first(agents, emergency.needs)
    if not free and emergency.priority == 1:
        free = everyone(agents, louder=False)
    return free[0] if free else None
