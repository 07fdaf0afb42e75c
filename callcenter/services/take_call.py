"""From the ring at our door to a committed emergency: identify, raise, and know whether somebody is there already."""

from __future__ import annotations

from dataclasses import replace
from uuid import UUID

from callcenter.domain.calls import LegOutcome
from callcenter.domain.emergencies import Attended, Closed, Open, Step, Waiting
from callcenter.errors import EmergencyUnknown
from callcenter.ports.storage import UnitOfWork
from callcenter.ports.story_call import StoryCall
from callcenter.services.desk import Desk
from callcenter.services.raise_emergency import NOTHING, Spoken, raise_emergency


async def take_call(desk: Desk, call: StoryCall, spoken: Spoken = NOTHING) -> Open | Closed:
    """The emergency this call belongs to, in durable storage with what was `spoken` before when this returns.

    A call that comes back from a room or a call-back belongs to its emergency already (`call.argument`).
    """
    if call.argument:
        try:
            return await _come_back(desk, call, UUID(call.argument))
        except (ValueError, EmergencyUnknown):
            pass  # an id we do not know: better a second emergency than none
    raised = await raise_emergency(desk, call.entry, spoken=spoken)
    return raised.emergency


async def _come_back(desk: Desk, call: StoryCall, emergency: UUID) -> Open | Closed:
    """She is in the waiting story again; a call-back that we did not see answered is seen now."""

    def work(unit: UnitOfWork) -> Open | Closed:
        current = unit.emergencies.get(emergency)
        if current is None:
            raise EmergencyUnknown(str(emergency))
        row = unit.calls.by_uniqueid(call.uniqueid)
        if row is not None and row.outcome is LegOutcome.RINGING:
            unit.calls.save(replace(row, outcome=LegOutcome.ANSWERED, channel=call.channel))
        if isinstance(current, Waiting | Attended) and not current.elder_connected:
            unit.emergencies.save(replace(current, elder_connected=True, call_back_at=None, call_back_try=0))
        return current

    return await desk.storage.transact("come back", work)


async def with_whom(desk: Desk, emergency: UUID) -> str:
    """What the waiting story should do next: "room" (a responder is in it), "closed", or "wait"."""

    def read(work: UnitOfWork) -> Open | Closed | None:
        return work.emergencies.get(emergency)

    current = await desk.storage.look_up("with whom", read, within_seconds=1.0)
    if isinstance(current, Closed):
        return "closed"
    if current is None:
        return "wait"
    members = await desk.telephony.members(current.room)
    return "room" if any(member.marked for member in members) else "wait"


async def first_word(desk: Desk, emergency: UUID) -> None:
    """Writes down that she has heard our first sentence."""
    await desk.storage.transact(
        "first word", lambda work: desk.tell(work, emergency, Step.ELDER_ANSWERED_TO), urgent=True
    )
