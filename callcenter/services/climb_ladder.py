"""升级: tries the rung that is due, writes it down, and rings. Driven by rows, never by a task that can die."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from uuid import UUID

import structlog

from callcenter.domain.calls import LegOutcome, Offer, Role
from callcenter.domain.emergencies import Attended, Open, Step, Waiting
from callcenter.domain.ladder import Ladder, Position, Rung, RungKind, restart_rung
from callcenter.domain.people import Agent
from callcenter.domain.routing import best_first, everyone, logged_in
from callcenter.ports.storage import UnitOfWork
from callcenter.services.desk import Desk
from callcenter.services.dialling import dialable
from callcenter.services.ring import ToRing, new_offer, ring_all, write_offer

log = structlog.get_logger()

#: Of the data or our own. The storage's errors are none of these: they go through, so that it can step aside.
_FAULTS = (ArithmeticError, AttributeError, LookupError, TypeError, ValueError)


async def climb_ladder(desk: Desk, emergency: UUID) -> None:
    """Tries the next rung of an emergency nobody has, if it is due. Safe to call at any time, any number of times."""

    def work(unit: UnitOfWork) -> list[ToRing]:
        current = unit.emergencies.get(emergency)
        if not isinstance(current, Waiting) or current.due_at > desk.clock.now():
            return []
        return take_step(desk, unit, current)

    await ring_all(desk, await desk.storage.transact("climb ladder", work))


def take_step(desk: Desk, work: UnitOfWork, emergency: Waiting) -> list[ToRing]:
    """Tries rungs inside the running transaction until one of them leaves something to wait for.

    Saves the emergency with its next due time, and gives back what must ring after the commit. A rung that has nobody
    to ring is passed over at once; a whole round without anybody is tried again after `offers.nobody_again_seconds`,
    and so is one whose last leg failed at once: a busy daughter is not rung four times a second.
    """
    ladder = desk.ladder(emergency.ladder)
    position, began = emergency.position.within(ladder), _began(desk, emergency)
    for _ in range(len(ladder.rungs) + 1):
        if (not_before := _round_not_before(desk, work, emergency, ladder, position)) > desk.clock.now():
            _save(desk, work, emergency, position, not_before)
            return []
        rung = ladder.rungs[position.rung]
        step = _try_rung(desk, work, emergency, rung, position)
        if step is not None:
            _save(desk, work, emergency, step.then(ladder, position), began + timedelta(seconds=rung.wait_seconds))
            return step.rings
        position = position.next_rung(ladder)
    wait = desk.config.offers.nobody_again_seconds
    _save(desk, work, emergency, position, desk.clock.now() + timedelta(seconds=wait))
    return []


def _try_rung(desk: Desk, work: UnitOfWork, emergency: Waiting, rung: Rung, position: Position) -> _Step | None:
    """A rung that breaks is passed over like one without anybody: emergency and higher rungs must not go with it."""
    try:
        return _STEPS[rung.kind](desk, work, emergency, rung, position)
    except _FAULTS as error:
        log.error("rung_broken", emergency=str(emergency.id), rung=rung.kind, exc_info=error)
        return None


def _round_not_before(desk: Desk, work: UnitOfWork, emergency: Waiting, ladder: Ladder, position: Position) -> datetime:
    """When a further round may begin: at once, unless the last leg has failed (one that a restart lost has not)."""
    begins = position.round > 1 and position.rung == restart_rung(ladder) and position.single == 0
    rung_before = [offer for offer in work.offers.all_of(emergency.id) if offer.round] if begins else []
    if not rung_before:
        return emergency.opened_at
    last = max(rung_before, key=lambda offer: offer.started_at)
    failed = last.ended_at is not None and last.outcome is not LegOutcome.LOST
    pause = desk.config.offers.nobody_again_seconds if failed else 0.0
    return last.started_at + timedelta(seconds=pause)


def _began(desk: Desk, emergency: Waiting) -> datetime:
    """When this step was due, so that the clock's ticks do not add up; now, if that was long ago."""
    now = desk.clock.now()
    return emergency.due_at if now - emergency.due_at < timedelta(seconds=1) else now


class _Step:
    """A rung that was tried: what rings now, and whether its next single one or the next rung follows."""

    def __init__(self, rings: list[ToRing], *, one_by_one: bool = False) -> None:
        self.rings = rings
        self._one_by_one = one_by_one

    def then(self, ladder: Ladder, position: Position) -> Position:
        return position.next_single() if self._one_by_one else position.next_rung(ladder)


def _save(desk: Desk, work: UnitOfWork, emergency: Waiting, position: Position, due_at: datetime) -> None:
    if position.round > emergency.position.round:
        desk.tell(work, emergency.id, Step.LADDER_RESTARTED, detail=f"round {position.round}")
    work.emergencies.save(emergency.climbed(position, due_at))


def _best_agents(desk: Desk, work: UnitOfWork, emergency: Waiting, rung: Rung, position: Position) -> _Step | None:
    agents = work.agents.all()
    if not _somebody_logged_in(desk, work, emergency, agents):
        return None
    return _ring_agents(desk, work, emergency, rung, position, best_first(agents, emergency.needs)[: rung.agents])


def _all_agents(desk: Desk, work: UnitOfWork, emergency: Waiting, rung: Rung, position: Position) -> _Step | None:
    agents = work.agents.all()
    if not _somebody_logged_in(desk, work, emergency, agents):
        return None
    return _ring_agents(desk, work, emergency, rung, position, everyone(agents, louder=position.round > 1))


def _somebody_logged_in(desk: Desk, work: UnitOfWork, emergency: Waiting, agents: list[Agent]) -> bool:
    if logged_in(agents):
        return True
    desk.tell(work, emergency.id, Step.NO_AGENT_LOGGED_IN)
    return False


def _ring_agents(
    desk: Desk, work: UnitOfWork, emergency: Waiting, rung: Rung, position: Position, agents: list[Agent]
) -> _Step:
    """Agents are logged in; if none of them is free the rung's time is waited, because one may become free."""
    desk.tell(work, emergency.id, Step.RUNG_TRIED, detail=rung.kind if agents else f"{rung.kind}: nobody free")
    return _Step(
        [agent_offer(desk, work, emergency, agent, round_=position.round, rung=position.rung) for agent in agents]
    )


def agent_offer(desk: Desk, work: UnitOfWork, emergency: Open, agent: Agent, *, round_: int, rung: int) -> ToRing:
    """Offers the emergency to one agent's own phone."""
    offer = new_offer(
        desk,
        work,
        emergency,
        role=Role.AGENT,
        target=agent.extension,
        destination=f"PJSIP/{agent.extension}",
        ring_seconds=desk.config.offers.agent_ring_seconds,
        round_=round_,
        rung=rung,
    )
    return write_offer(desk, work, emergency, offer)


def _standby(desk: Desk, work: UnitOfWork, emergency: Waiting, rung: Rung, position: Position) -> _Step | None:
    ringing = _targets(work.offers.open_of(emergency.id), Role.STANDBY)
    phones = [phone for phone in desk.config.offers.standby if phone.name not in ringing]
    if not phones:
        return None
    desk.tell(work, emergency.id, Step.RUNG_TRIED, detail=rung.kind)
    offers = [
        new_offer(
            desk,
            work,
            emergency,
            role=Role.STANDBY,
            target=phone.name,
            destination=phone.destination,
            ring_seconds=desk.config.offers.standby_ring_seconds,
            round_=position.round,
            rung=position.rung,
        )
        for phone in phones
    ]
    return _Step([write_offer(desk, work, emergency, offer) for offer in offers])


def _contacts(desk: Desk, work: UnitOfWork, emergency: Waiting, rung: Rung, position: Position) -> _Step | None:
    profile = work.people.profile(emergency.elder) if emergency.elder else None
    contacts = profile.contacts if profile else ()
    if position.single >= len(contacts):
        return None
    if position.single == 0:
        desk.tell(work, emergency.id, Step.RUNG_TRIED, detail=rung.kind)
    contact = contacts[position.single]
    offer = contact_offer(
        desk, work, emergency, str(contact.id), contact.number, round_=position.round, rung=position.rung, claims=True
    )
    return _Step([write_offer(desk, work, emergency, offer)], one_by_one=True)


def contact_offer(
    desk: Desk,
    work: UnitOfWork,
    emergency: Waiting | Attended,
    target: str,
    number: str,
    *,
    round_: int,
    rung: int,
    claims: bool,
) -> Offer:
    """Asks one contact, by the number that is theirs."""
    dial = dialable(number, country=desk.config.hotline.country)
    return new_offer(
        desk,
        work,
        emergency,
        role=Role.CONTACT,
        target=target,
        destination=desk.config.offers.contact_destination.format(number=dial),
        ring_seconds=desk.config.offers.contact_ring_seconds,
        round_=round_,
        rung=rung,
        claims=claims,
    )


def _dispatch(desk: Desk, work: UnitOfWork, emergency: Waiting, rung: Rung, position: Position) -> _Step | None:
    """120: one route after the other until one answers; a dispatcher who is being told already is not rung again."""
    routes = desk.config.dispatch.routes
    reached = [
        offer
        for offer in work.offers.open_of(emergency.id)
        if offer.role is Role.DISPATCHER and offer.outcome is not LegOutcome.RINGING
    ]
    if reached or position.single >= len(routes):
        return None
    if position.single == 0:
        desk.tell(work, emergency.id, Step.RUNG_TRIED, detail=rung.kind)
    offer = dispatch_offer(desk, work, emergency, position.single, round_=position.round, rung=position.rung)
    return _Step([write_offer(desk, work, emergency, offer)], one_by_one=True)


def dispatch_offer(
    desk: Desk, work: UnitOfWork, emergency: Waiting | Attended, route_index: int, *, round_: int, rung: int
) -> Offer:
    """Rings 120 by one route: the real one only with `dispatch.live: true` (design rule 7)."""
    route = desk.config.dispatch.routes[route_index]
    return new_offer(
        desk,
        work,
        emergency,
        role=Role.DISPATCHER,
        target=route.name,
        destination=desk.config.dispatch.destination(route),
        ring_seconds=desk.config.dispatch.ring_seconds,
        round_=round_,
        rung=rung,
        claims=False,
    )


def _targets(offers: list[Offer], role: Role) -> set[str]:
    return {offer.target for offer in offers if offer.role is role}


_STEPS: dict[RungKind, Callable[[Desk, UnitOfWork, Waiting, Rung, Position], _Step | None]] = {
    RungKind.BEST_AGENTS: _best_agents,
    RungKind.ALL_AGENTS: _all_agents,
    RungKind.STANDBY: _standby,
    RungKind.CONTACTS: _contacts,
    RungKind.DISPATCH: _dispatch,
}
