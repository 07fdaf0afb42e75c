"""What becomes of an offer: answered, refused, late, ended. The ladder hears of it at once."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from uuid import NAMESPACE_OID, UUID, uuid5

from callcenter.domain.calls import LegOutcome, Offer, Role
from callcenter.domain.emergencies import Step, Waiting
from callcenter.domain.ladder import RungKind
from callcenter.domain.people import Presence
from callcenter.ports.asterisk_events import LegAnswered, LegEnded, OfferAnswered
from callcenter.ports.storage import UnitOfWork
from callcenter.services.climb_ladder import climb_ladder
from callcenter.services.desk import Desk
from callcenter.services.offer_waiting import offer_waiting
from callcenter.services.ring import who


def offer_id(uniqueid: str) -> UUID:
    """The offer's id of a leg. A leg the dialplan's fallback rang by itself gets one that is always the same."""
    try:
        return UUID(uniqueid)
    except ValueError:
        return uuid5(NAMESPACE_OID, uniqueid)


def rung_by_us(uniqueid: str) -> bool:
    """Whether we rang this leg: ours carry our own ids, Asterisk's are numbers with a dot."""
    try:
        UUID(uniqueid)
    except ValueError:
        return False
    return True


def offer_of(work: UnitOfWork, uniqueid: str) -> Offer | None:
    """The offer that rings or rang this leg."""
    return work.offers.get(offer_id(uniqueid))


def end_offer(desk: Desk, work: UnitOfWork, offer: Offer, outcome: LegOutcome, cause: int | None = None) -> None:
    """Closes an offer's row and says so in the timeline. The first end counts."""
    if offer.ended_at is not None:
        return
    work.offers.save(replace(offer, outcome=outcome, cause=cause, ended_at=desk.clock.now()))
    desk.tell(work, offer.emergency, Step.OFFER_ENDED, who=who(offer.role, offer.target), detail=outcome)


async def offer_answered(desk: Desk, answered: LegAnswered) -> None:
    """Somebody picked up. Only an agent's own phone has claimed by that, and the dialplan says so itself."""

    def work(unit: UnitOfWork) -> None:
        offer = offer_of(unit, answered.uniqueid)
        if offer is not None and offer.outcome is LegOutcome.RINGING and offer.ended_at is None:
            unit.offers.save(replace(offer, outcome=LegOutcome.ANSWERED))

    await desk.storage.transact("offer answered", work)


async def offer_decided(desk: Desk, decided: OfferAnswered) -> None:
    """Somebody was late or refused; the ladder goes on without waiting for them to hang up."""

    def work(unit: UnitOfWork) -> _Ended | None:
        offer = offer_of(unit, decided.uniqueid)
        if offer is None or offer.ended_at is not None:
            return None
        return _end(desk, unit, offer, decided.outcome, None)

    if (ended := await desk.storage.transact("offer decided", work)) is not None:
        await _go_on(desk, ended)


async def offer_ended(desk: Desk, ended: LegEnded) -> bool:
    """The leg of an offer is gone. Returns False if the leg was not an offer's."""

    def work(unit: UnitOfWork) -> tuple[bool, _Ended | None]:
        offer = offer_of(unit, ended.uniqueid)
        if offer is None:
            return False, None
        if offer.ended_at is not None:
            return True, None
        return True, _end(desk, unit, offer, _final(offer, ended), ended.cause)

    ours, what = await desk.storage.transact("offer ended", work)
    if what is not None:
        await _go_on(desk, what)
    if ours:
        await offer_waiting(desk)
    return ours


@dataclass(frozen=True, kw_only=True)
class _Ended:
    """An offer that has just ended, and whether the ladder may go on at once."""

    offer: Offer
    hastens: bool


def _end(desk: Desk, work: UnitOfWork, offer: Offer, outcome: LegOutcome, cause: int | None) -> _Ended:
    end_offer(desk, work, offer, outcome, cause)
    if offer.role is Role.AGENT and offer.outcome is LegOutcome.CLAIMED:
        _idle_from_now(desk, work, offer.target)
    return _Ended(offer=replace(offer, outcome=outcome), hastens=_hasten(desk, work, offer))


def _idle_from_now(desk: Desk, work: UnitOfWork, extension: str) -> None:
    """Whose talk was cut off stands behind the other free agents: the phone may be dead."""
    agent = work.agents.by_extension(extension)
    if agent is not None and agent.presence is Presence.FREE:
        work.agents.set_presence(agent.id, Presence.FREE, desk.clock.now())


def _final(offer: Offer, ended: LegEnded) -> LegOutcome:
    """A leg that never answered says why; one that was asked and hung up has refused; one that had it, had it."""
    if offer.outcome is LegOutcome.RINGING:
        return LegOutcome.REFUSED if ended.answered else ended.outcome
    return LegOutcome.REFUSED if offer.outcome is LegOutcome.ANSWERED else offer.outcome


def _hasten(desk: Desk, work: UnitOfWork, offer: Offer) -> bool:
    """Whether this end lets the ladder go on now: its single contact or route said no, or nothing rings any more."""
    emergency = work.emergencies.get(offer.emergency)
    if not isinstance(emergency, Waiting):
        return False
    now = desk.clock.now()
    ladder = desk.ladder(emergency.ladder)
    kind = ladder.rungs[emergency.position.within(ladder).rung].kind
    one_by_one = (offer.role is Role.CONTACT and kind is RungKind.CONTACTS) or (
        offer.role is Role.DISPATCHER and kind is RungKind.DISPATCH
    )
    still_trying = [each for each in work.offers.open_of(emergency.id) if each.outcome is not LegOutcome.JOINED]
    if one_by_one:
        due = now
    elif not still_trying:
        due = now + timedelta(seconds=desk.config.offers.failed_again_seconds)
    else:
        return False
    if due < emergency.due_at:
        work.emergencies.save(emergency.climbed(emergency.position, due))
    return due <= now


async def _go_on(desk: Desk, ended: _Ended) -> None:
    desk.meters.offer_ended(ended.offer)
    if ended.hastens:
        await climb_ladder(desk, ended.offer.emergency)
