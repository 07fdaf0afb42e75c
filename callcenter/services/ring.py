"""From an offer to a ringing phone: what is shown on it, what it carries, and what happens when it cannot ring."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Iterable
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

import structlog

from callcenter.domain.calls import Key, LegOutcome, Offer, Role
from callcenter.domain.emergencies import Attended, Emergency, Step
from callcenter.domain.people import Profile
from callcenter.errors import ActionRefused, AsteriskAway, VoiceAway
from callcenter.ports.storage import UnitOfWork
from callcenter.ports.telephony import LegRequest
from callcenter.services.desk import Desk
from callcenter.services.speak import contact_question, hand_over_sheet
from dialplans import variables

log = structlog.get_logger()

#: Nobody can need them sooner, and the processor is needed for those whose phones must ring now.
_PREPARE_AFTER_SECONDS = 0.5

_KEY_WORDS = {Key.RED: "红键", Key.GREEN: "绿键", Key.LANDLINE: "来电"}
_CONTEXTS = {
    Role.AGENT: variables.CONTEXT_OFFER,
    Role.STANDBY: variables.CONTEXT_ASK,
    Role.CONTACT: variables.CONTEXT_ASK,
    Role.DISPATCHER: variables.CONTEXT_DISPATCH,
}


@dataclass(frozen=True, kw_only=True)
class ToRing:
    """An offer that was committed and must now ring."""

    emergency: Emergency
    offer: Offer
    profile: Profile | None


def write_offer(desk: Desk, work: UnitOfWork, emergency: Emergency, offer: Offer, *, detail: str = "") -> ToRing:
    """Adds the offer's row and its timeline entry inside the running transaction."""
    work.offers.add(offer)
    desk.tell(
        work,
        emergency.id,
        Step.OFFERED,
        who=who(offer.role, offer.target),
        detail=detail or (f"round {offer.round}" if offer.claims or offer.round else "invited"),
    )
    profile = work.people.profile(emergency.elder) if emergency.elder else None
    return ToRing(emergency=emergency, offer=offer, profile=profile)


def who(role: Role, target: str) -> str:
    """How a responder is named in the timeline: role and target, never a number."""
    return f"{role}:{target}"


async def ring_all(desk: Desk, offers: Iterable[ToRing]) -> None:
    """Rings every committed offer, agents first; each on its own, so that one that hangs delays nobody."""
    for to_ring in offers:
        desk.background.start("ring", ring(desk, to_ring))
    await asyncio.sleep(0)  # the orders to ring go out before whatever the caller does next


async def ring(desk: Desk, to_ring: ToRing) -> None:
    """Rings one offer. A leg that cannot even be started is written down as our own failure."""
    offer = to_ring.offer
    try:
        await desk.telephony.ring(await _leg(desk, to_ring))
    except (AsteriskAway, ActionRefused) as error:
        log.warning("ring_failed", offer=str(offer.id), role=offer.role, error=str(error))
        await _failed(desk, offer)


async def _failed(desk: Desk, offer: Offer) -> None:
    def work(unit: UnitOfWork) -> None:
        current = unit.offers.get(offer.id)
        if current is not None and current.ended_at is None:
            unit.offers.save(replace(current, outcome=LegOutcome.TRUNK_FAILURE, ended_at=desk.clock.now()))
            desk.tell(
                unit,
                offer.emergency,
                Step.OFFER_ENDED,
                who=who(offer.role, offer.target),
                detail=LegOutcome.TRUNK_FAILURE,
            )

    await desk.storage.transact("ring failed", work)


async def _leg(desk: Desk, to_ring: ToRing) -> LegRequest:
    emergency, offer, profile = to_ring.emergency, to_ring.offer, to_ring.profile
    carried = {
        variables.EMERGENCY: str(emergency.id),
        variables.ROOM: emergency.room,
        variables.ROLE: str(offer.role),
        variables.TARGET: offer.target,
    }
    if not offer.claims:
        carried[variables.JOIN] = "1"
    carried |= await _spoken(desk, offer.role, emergency, profile)
    own_phone = offer.role is Role.AGENT
    return LegRequest(
        id=offer.id,
        destination=offer.destination,
        context=variables.CONTEXT_TAKE_OVER if offer.replaces else _CONTEXTS[offer.role],
        ring_seconds=offer.ring_seconds,
        caller_name=screen_text(emergency, profile, offer) if own_phone else desk.config.hotline.name,
        caller_number=(emergency.line if own_phone else "") or desk.config.hotline.caller_number,
        variables=carried,
    )


async def _spoken(desk: Desk, role: Role, emergency: Emergency, profile: Profile | None) -> dict[str, str]:
    """Sound files with names and addresses in them; what is not made in time is replaced by the dialplan's own."""
    match role:
        case Role.CONTACT | Role.STANDBY:
            return await _in_time(desk, variables.ASK, contact_question(desk, profile))
        case Role.DISPATCHER:
            return await _in_time(desk, variables.SHEET, hand_over_sheet(desk, emergency, profile))
        case _:
            return {}


async def _in_time(desk: Desk, name: str, making: Coroutine[Any, Any, tuple[str, ...]]) -> dict[str, str]:
    """A leg rings on time with or without its sound: `prepare_sounds` had it made since the emergency began."""
    task = desk.background.start("say", _or_nothing(making))
    await asyncio.wait([task], timeout=desk.config.offers.sound_within_seconds)
    files = task.result() if task.done() else ()
    return {name: variables.together(files)} if files else {}


async def _or_nothing(making: Coroutine[Any, Any, tuple[str, ...]]) -> tuple[str, ...]:
    try:
        return await making
    except VoiceAway as error:
        log.warning("spoken_text_missing", error=str(error))
        return ()


def prepare_sounds(desk: Desk, emergency: Emergency, profile: Profile | None) -> None:
    """Has the sentences made that somebody may have to hear later on the ladder."""

    def begin() -> None:
        desk.background.start("say", _or_nothing(contact_question(desk, profile)))
        desk.background.start("say", _or_nothing(hand_over_sheet(desk, emergency, profile)))

    asyncio.get_running_loop().call_later(_PREPARE_AFTER_SECONDS, begin)


def screen_text(emergency: Emergency, profile: Profile | None, offer: Offer) -> str:
    """What the agent's own phone shows while it rings: key, name, age is on the card, estate; 「未知」 if unknown."""
    words = [_KEY_WORDS[emergency.key]]
    if isinstance(emergency, Attended) and emergency.owner != offer.target:
        words.insert(0, f"{emergency.owner}转接")
    if profile is not None:
        words += [profile.elder.name, profile.household.estate or profile.household.street]
    elif emergency.candidates:
        words.append(f"{len(emergency.candidates)}位老人之一")
    else:
        words.append("未知")
    if emergency.presses > 1:
        words.append(f"×{emergency.presses}")
    if offer.round > 1:
        words.append(f"第{offer.round}轮")
    return " ".join(words)[:60]


def new_offer(
    desk: Desk,
    work: UnitOfWork,
    emergency: Emergency,
    *,
    role: Role,
    target: str,
    destination: str,
    ring_seconds: float,
    round_: int,
    rung: int,
    claims: bool = True,
    replaces: UUID | None = None,
    id_: UUID | None = None,
) -> Offer:
    """An offer that starts now, with a fresh id."""
    return Offer(
        id=id_ or work.new_id(),
        emergency=emergency.id,
        role=role,
        target=target,
        destination=destination,
        round=round_,
        rung=rung,
        claims=claims,
        started_at=desk.clock.now(),
        ring_seconds=ring_seconds,
        replaces=replaces,
    )
