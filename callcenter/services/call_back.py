"""A cut call is rung back: the pager, then the home line, again and again in bounded steps, until she is there."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import structlog

from callcenter.domain.calls import Call, LegOutcome
from callcenter.domain.emergencies import Attended, Open, Step, Waiting
from callcenter.errors import ActionRefused, AsteriskAway
from callcenter.ports.storage import UnitOfWork
from callcenter.ports.telephony import LegRequest
from callcenter.services.desk import Desk
from callcenter.services.dialling import dialable
from callcenter.services.say_rung_back import say_rung_back
from dialplans import variables

log = structlog.get_logger()


async def call_back(desk: Desk, emergency: UUID) -> bool:
    """Rings the elder back if that is due and she is not connected. Safe to call at any time.

    Returns whether somebody waits for her in the room and was told so.
    """
    begun = await desk.storage.transact("call back", lambda work: _next_leg(desk, work, emergency))
    if begun is None:
        return False
    leg, called_back = begun
    try:
        await desk.telephony.ring(leg)
    except (AsteriskAway, ActionRefused) as error:
        log.warning("call_back_failed", emergency=str(emergency), error=str(error))
        await desk.storage.transact("call-back failed", lambda work: _failed(desk, work, leg.id))
        return False
    if not isinstance(called_back, Attended):
        return False
    await say_rung_back(desk, called_back)
    return True


def hasten(desk: Desk, work: UnitOfWork, emergency: Open) -> Open:
    """Somebody is in her room: a call-back that was to come later comes now, unless one rings. Saves it."""
    now = desk.clock.now()
    if emergency.elder_connected or emergency.call_back_at is None or emergency.call_back_at <= now:
        return emergency
    if any(not call.inbound for call in work.calls.open_of(emergency.id)):
        return emergency
    emergency = replace(emergency, call_back_at=now)
    work.emergencies.save(emergency)
    return emergency


def destinations(desk: Desk, work: UnitOfWork, emergency: Open) -> list[str]:
    """Where she can be rung, as dial strings: her devices' accounts first, then her lines. Each once."""
    settings, country = desk.config.call_back, desk.config.hotline.country
    accounts, numbers = [emergency.account], [emergency.line]
    if emergency.elder is not None:
        known_accounts, known_numbers = work.people.call_back_numbers(emergency.elder, desk.clock.now())
        accounts, numbers = accounts + known_accounts, numbers + known_numbers
    dials = [settings.pager_destination.format(account=account) for account in accounts if account]
    dials += [
        settings.line_destination.format(number=dialable(number, country=country)) for number in numbers if number
    ]
    return list(dict.fromkeys(dials))


def _next_leg(desk: Desk, work: UnitOfWork, emergency_id: UUID) -> tuple[LegRequest, Open] | None:
    emergency, now = work.emergencies.get(emergency_id), desk.clock.now()
    if not isinstance(emergency, Waiting | Attended):
        return None
    if emergency.elder_connected or emergency.call_back_at is None or emergency.call_back_at > now:
        return None
    places = destinations(desk, work, emergency)
    if not places:
        work.emergencies.save(replace(emergency, call_back_at=None))
        desk.tell(work, emergency.id, Step.CALL_BACK_ENDED, detail="no number known")
        return None
    ring_seconds = desk.config.call_back.ring_seconds
    id_ = work.new_id()
    destination = places[emergency.call_back_try % len(places)]
    work.calls.add(
        Call(
            id=id_,
            emergency=emergency.id,
            uniqueid=str(id_),
            channel="",
            inbound=False,
            target=destination,
            started_at=now,
            outcome=LegOutcome.RINGING,
            recording=f"{id_}.wav",
        )
    )
    # If the outcome never reaches us, this due time rings again; it is later than any outcome can be.
    emergency = replace(emergency, call_back_at=now + timedelta(seconds=ring_seconds + 5))
    work.emergencies.save(emergency)
    desk.tell(work, emergency.id, Step.CALLING_BACK, detail=f"try {emergency.call_back_try + 1}")
    return _leg(desk, emergency, id_, destination, ring_seconds), emergency


def _leg(desk: Desk, emergency: Open, id_: UUID, destination: str, ring_seconds: float) -> LegRequest:
    return LegRequest(
        id=id_,
        destination=destination,
        context=variables.CONTEXT_CALL_BACK,
        ring_seconds=ring_seconds,
        caller_name=desk.config.hotline.name,
        caller_number=desk.config.hotline.caller_number,
        variables={
            variables.EMERGENCY: str(emergency.id),
            variables.ROOM: emergency.room,
            variables.ROLE: variables.ROLE_ELDER,
            variables.TARGET: destination,
            variables.KEY: str(emergency.key),
        },
    )


def _failed(desk: Desk, work: UnitOfWork, call_id: UUID) -> None:
    call = work.calls.get(call_id)
    if call is None or call.ended_at is not None:
        return
    now = desk.clock.now()
    work.calls.save(replace(call, outcome=LegOutcome.TRUNK_FAILURE, ended_at=now))
    emergency = work.emergencies.get(call.emergency)
    if isinstance(emergency, Waiting | Attended) and not emergency.elder_connected:
        again = now + timedelta(seconds=desk.config.call_back.unreachable_again_seconds)
        work.emergencies.save(replace(emergency, call_back_at=again))
