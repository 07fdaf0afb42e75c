"""Her side of the line: hung up, answered our call-back, spoke, or silent. The emergency stays open in each case."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from uuid import UUID

from callcenter.domain.calls import Call, LegOutcome
from callcenter.domain.emergencies import Attended, Open, Step, Waiting
from callcenter.domain.ladder import RungKind
from callcenter.errors import ActionRefused, AsteriskAway
from callcenter.ports.asterisk_events import LegAnswered, LegEnded, Talking
from callcenter.ports.storage import UnitOfWork
from callcenter.services.call_back import call_back, destinations
from callcenter.services.climb_ladder import climb_ladder
from callcenter.services.desk import Desk


async def elder_leg_ended(desk: Desk, ended: LegEnded) -> bool:
    """A leg of an elder is gone. Her emergency stays open, she is rung back. Returns False if the leg was not hers."""

    def work(unit: UnitOfWork) -> tuple[bool, UUID | None]:
        call = unit.calls.by_uniqueid(ended.uniqueid)
        if call is None:
            return False, None
        if call.ended_at is not None:
            return True, None
        return True, _end(desk, unit, call, ended)

    hers, emergency = await desk.storage.transact("elder's leg ended", work)
    desk.heard.discard(ended.uniqueid)
    if emergency is not None:
        await call_back(desk, emergency)
        await climb_ladder(desk, emergency)
    return hers


def _end(desk: Desk, work: UnitOfWork, call: Call, ended: LegEnded) -> UUID | None:
    """Ends the call's row; gives back the emergency if something must be done for it now."""
    now = desk.clock.now()
    outcome = ended.outcome if call.outcome is LegOutcome.RINGING else call.outcome
    work.calls.save(replace(call, ended_at=now, outcome=outcome, cause=ended.cause))
    emergency = work.emergencies.get(call.emergency)
    if not isinstance(emergency, Waiting | Attended):
        return None
    if call.inbound or call.outcome is LegOutcome.ANSWERED:
        desk.tell(work, emergency.id, Step.ELDER_HUNG_UP, detail="" if call.inbound else "call-back")
        if any(other.outcome is LegOutcome.ANSWERED for other in work.calls.open_of(emergency.id)):
            return None
        work.emergencies.save(replace(emergency, elder_connected=False, call_back_at=now, call_back_try=0))
        return emergency.id
    desk.tell(work, emergency.id, Step.CALL_BACK_ENDED, detail=outcome)
    if emergency.elder_connected:
        return None
    return _again(desk, work, emergency, outcome, now)


def _again(desk: Desk, work: UnitOfWork, emergency: Open, outcome: LegOutcome, now: datetime) -> UUID | None:
    """When and where she is rung next: busy at the same place in 2 s, otherwise the next number, then contacts."""
    places = max(1, len(destinations(desk, work, emergency)))
    wait, step = _next_try(desk, outcome, places)
    tries = emergency.call_back_try + step
    given_up = tries >= desk.config.call_back.tries * places
    emergency = replace(
        emergency,
        call_back_try=tries,
        call_back_at=None if given_up else now + timedelta(seconds=wait if tries % places == 0 or step > 1 else 0),
    )
    if tries >= places and isinstance(emergency, Waiting) and not work.offers.open_of(emergency.id):
        ahead = emergency.position.jump(desk.ladder(emergency.ladder), RungKind.CONTACTS)
        if ahead != emergency.position:
            emergency = emergency.climbed(ahead, now)
    work.emergencies.save(emergency)
    return emergency.id


def _next_try(desk: Desk, outcome: LegOutcome, places: int) -> tuple[float, int]:
    """(seconds to wait, how far to move on in the list; a whole round means the same place again)."""
    settings = desk.config.call_back
    match outcome:
        case LegOutcome.BUSY:
            return settings.busy_again_seconds, places
        case LegOutcome.UNREACHABLE | LegOutcome.TRUNK_FAILURE:
            return settings.unreachable_again_seconds, 1
        case _:
            return settings.no_answer_again_seconds, 1


async def elder_answered(desk: Desk, answered: LegAnswered) -> bool:
    """An elder took our call-back. Returns False if the leg was not hers."""

    def work(unit: UnitOfWork) -> bool:
        call = unit.calls.by_uniqueid(answered.uniqueid)
        if call is None:
            return False
        if call.inbound or call.ended_at is not None:
            return True
        unit.calls.save(replace(call, outcome=LegOutcome.ANSWERED, channel=answered.channel))
        emergency = unit.emergencies.get(call.emergency)
        if isinstance(emergency, Waiting | Attended):
            unit.emergencies.save(replace(emergency, elder_connected=True, call_back_at=None, call_back_try=0))
            desk.tell(unit, emergency.id, Step.CALL_BACK_ENDED, detail=LegOutcome.ANSWERED)
        return True

    return await desk.storage.transact("elder answered", work)


async def elder_spoke(desk: Desk, talking: Talking) -> None:
    """She made a sound: what was marked silent is not."""
    if talking.uniqueid in desk.heard:
        return
    desk.heard.add(talking.uniqueid)
    await _set_silent(desk, talking.uniqueid, silent=False)


async def elder_silent(desk: Desk, uniqueid: str) -> None:
    """She has not made a sound since the first prompt: the agent is told, the ladder is the same."""
    if uniqueid not in desk.heard:
        await _set_silent(desk, uniqueid, silent=True)


async def _set_silent(desk: Desk, uniqueid: str, *, silent: bool) -> None:
    def work(unit: UnitOfWork) -> str | None:
        call = unit.calls.by_uniqueid(uniqueid)
        emergency = unit.emergencies.get(call.emergency) if call else None
        if not isinstance(emergency, Waiting | Attended) or emergency.silent is silent:
            return None
        unit.emergencies.save(replace(emergency, silent=silent))
        desk.tell(unit, emergency.id, Step.ELDER_SILENT if silent else Step.ELDER_SPOKE)
        return emergency.room

    room = await desk.storage.transact("silent or not", work)
    if room is not None:
        try:
            await desk.telephony.mark_silent(room, silent=silent)
        except (AsteriskAway, ActionRefused):
            return  # the timeline says it; the spoken hint is an extra
