"""Who is with her. The moment nobody is, the emergency is offered again; she herself is moved by the dialplan."""

from __future__ import annotations

from dataclasses import replace
from uuid import UUID

import structlog

from callcenter.domain.calls import LegOutcome, Offer, Role
from callcenter.domain.emergencies import Attended, Open, Step, Waiting
from callcenter.errors import ActionRefused, AsteriskAway
from callcenter.ports.asterisk_events import RoomEntered, RoomLeft
from callcenter.ports.storage import UnitOfWork
from callcenter.ports.telephony import Member
from callcenter.services.call_back import call_back, hasten
from callcenter.services.climb_ladder import take_step
from callcenter.services.desk import Desk
from callcenter.services.offers import offer_of
from callcenter.services.ring import ToRing, ring_all, who
from callcenter.services.say_rung_back import say_rung_back
from callcenter.services.take_over import supervisor_entered
from dialplans import variables

log = structlog.get_logger()


async def entered_room(desk: Desk, entered: RoomEntered) -> None:
    """A responder is in the room: the elder follows at once. The elder is in: written down."""

    def work(unit: UnitOfWork) -> tuple[Open | None, list[UUID | None]]:
        emergency = unit.emergencies.open_in_room(entered.room)
        if emergency is None:
            return None, []
        offer = offer_of(unit, entered.uniqueid)
        name = who(offer.role, offer.target) if offer else f"elder:{emergency.elder or 'unknown'}"
        if offer is not None and offer.ended_at is None and offer.outcome is not LegOutcome.CLAIMED:
            unit.offers.save(replace(offer, outcome=LegOutcome.JOINED))
        desk.tell(unit, emergency.id, Step.ENTERED_ROOM, who=name)
        here = emergency if entered.role is Role.ELDER else hasten(desk, unit, emergency)
        return here, [supervisor_entered(desk, unit, here, offer), _relieved(here, offer)]

    emergency, let_go = await desk.storage.transact("entered room", work)
    if emergency is None:
        return
    if entered.role is not Role.ELDER:
        await bring_elder_in(desk, emergency.id, emergency.room)
        if emergency.call_back_at is not None and not await call_back(desk, emergency.id):
            await say_rung_back(desk, emergency)
    desk.announce(emergency)
    for leg in filter(None, let_go):
        await desk.telephony.hang_up(str(leg))


def _relieved(emergency: Open, offer: Offer | None) -> UUID | None:
    """The leg of whoever transferred her: it ends now that the other one is there, and not before."""
    has_it = offer is not None and isinstance(emergency, Attended) and emergency.offer == offer.id
    return offer.replaces if offer is not None and has_it else None


async def bring_elder_in(desk: Desk, emergency: UUID, room: str) -> None:
    """Moves every live channel of the elder that is not in the room yet into it."""
    calls = await desk.storage.look_up(
        "elder's channels", lambda work: work.calls.open_of(emergency), within_seconds=1.0
    )
    answered = [call for call in calls if call.outcome is LegOutcome.ANSWERED]
    if not answered:
        return
    inside = {member.uniqueid for member in await desk.telephony.members(room)}
    for call in answered:
        if call.uniqueid not in inside:
            await desk.telephony.send_to(call.channel, variables.CONTEXT_ELDER, variables.DONE_ROOM)


async def left_room(desk: Desk, left: RoomLeft) -> None:
    """Somebody left. If it was the last responder, the emergency is nobody's and is offered again at once."""
    if left.role is Role.ELDER:
        return
    try:
        members = await desk.telephony.members(left.room)
    except (AsteriskAway, ActionRefused):
        members = []
    await _look_who_is_there(desk, left.room, members, gone=left.uniqueid)


async def review(desk: Desk, emergency: UUID) -> None:
    """Looks whether the responder is still there (the due time of an attended emergency)."""

    def read(work: UnitOfWork) -> Open | None:
        current = work.emergencies.get(emergency)
        due = isinstance(current, Attended) and current.due_at <= desk.clock.now()
        return current if due and isinstance(current, Attended) else None

    current = await desk.storage.transact("review", read)
    if current is None:
        return
    try:
        members = await desk.telephony.members(current.room)
    except AsteriskAway:
        log.warning("review_put_off", reason="Asterisk away")
        return await _put_off(desk, emergency)
    await _look_who_is_there(desk, current.room, members, gone="")


async def _put_off(desk: Desk, emergency: UUID) -> None:
    def work(unit: UnitOfWork) -> None:
        current = unit.emergencies.get(emergency)
        if isinstance(current, Attended):
            unit.emergencies.save(current.reviewed(desk.clock.now(), desk.config.offers.nobody_again_seconds))

    await desk.storage.transact("put review off", work)


async def _look_who_is_there(desk: Desk, room: str, members: list[Member], *, gone: str) -> None:
    there = [
        member
        for member in members
        if member.uniqueid != gone and member.marked and member.role in (Role.AGENT, Role.STANDBY, Role.CONTACT)
    ]

    def work(unit: UnitOfWork) -> tuple[Open | None, list[ToRing]]:
        emergency = unit.emergencies.open_in_room(room)
        if emergency is None:
            return None, []
        if gone:
            offer = offer_of(unit, gone)
            desk.tell(unit, emergency.id, Step.LEFT_ROOM, who=who(offer.role, offer.target) if offer else "")
        if not isinstance(emergency, Attended) or (gone and emergency.on_hold):
            return None, []  # whoever is on hold was left by her owner, who comes back
        if not there:
            return _lost(desk, unit, emergency)
        carried_on = _carried_on(desk, unit, emergency, there)
        unit.emergencies.save(carried_on)
        return carried_on, []

    changed, rings = await desk.storage.transact("who is there", work)
    await ring_all(desk, rings)
    if changed is not None:
        desk.announce(changed)


def _carried_on(desk: Desk, work: UnitOfWork, emergency: Attended, there: list[Member]) -> Attended:
    """The owner is there, or another responder in the room carries on."""
    reviewed = emergency.resumed(desk.clock.now(), desk.config.offers.review_seconds)
    offers = [offer for member in there if (offer := offer_of(work, member.uniqueid)) is not None]
    if not offers or any(offer.id == emergency.offer for offer in offers):
        return reviewed
    heir = offers[0]
    desk.tell(work, emergency.id, Step.CLAIMED, who=who(heir.role, heir.target), detail="carries on")
    return reviewed.handed_over(by=heir.target, role=heir.role, offer=heir.id)


def _lost(desk: Desk, work: UnitOfWork, emergency: Attended) -> tuple[Open, list[ToRing]]:
    detail = "not back from hold" if emergency.on_hold else ""
    desk.tell(work, emergency.id, Step.RESPONDER_LOST, who=who(emergency.owner_role, emergency.owner), detail=detail)
    return offer_again(desk, work, emergency)


def offer_again(desk: Desk, work: UnitOfWork, emergency: Attended) -> tuple[Open, list[ToRing]]:
    """Nobody has it from now on, inside the running transaction; gives back what must ring after the commit."""
    waiting: Waiting = emergency.lost(desk.clock.now())
    return waiting, take_step(desk, work, waiting)
