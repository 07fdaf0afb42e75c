"""保持、挂起: an agent leaves her elder for a moment, and stays the one who has her.

The agent's leg ends, and that is all: the elder goes back to the waiting story by the dialplan and hears our voice, and
neither the agent's page nor telephone nor this process is needed for her to be taken up again. When nobody has come
back after `desk.hold_seconds` and `desk.hold_over_seconds` more, she is offered again (`rooms.review`).
"""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from callcenter.domain.calls import LegOutcome, Role
from callcenter.domain.emergencies import Attended, OnHold, Step
from callcenter.domain.people import Presence
from callcenter.errors import ActionRefused, AsteriskAway
from callcenter.ports.storage import UnitOfWork
from callcenter.services.desk import Desk
from callcenter.services.ring import who
from callcenter.services.whose import owned


async def put_on_hold(desk: Desk, emergency: UUID, extension: str, *, parked: bool = False) -> None:
    """On hold from now on. Who parks may be rung for others meanwhile; who only holds is on a break until resuming.

    Again does nothing, but parks what was held. `take` resumes. Raises `EmergencyUnknown`, `EmergencyClosed`,
    `EmergencyNotYours`; `AsteriskAway` and `ActionRefused` when the leg could not be ended: then nothing has changed.
    """
    held, leg = await desk.storage.transact("hold", lambda work: _put(desk, work, emergency, extension, parked))
    try:
        if leg is not None:
            await desk.telephony.hang_up(str(leg))
    except (AsteriskAway, ActionRefused):
        await desk.storage.transact("not on hold", lambda work: _undo(desk, work, emergency))
        raise
    desk.announce(held)


def leg_of(work: UnitOfWork, emergency: UUID, extension: str) -> UUID | None:
    """By which this agent is with her; None on hold."""
    for offer in work.offers.open_of(emergency):
        if offer.role is Role.AGENT and offer.target == extension and offer.outcome is LegOutcome.CLAIMED:
            return offer.id
    return None


def _put(desk: Desk, work: UnitOfWork, emergency: UUID, extension: str, parked: bool) -> tuple[Attended, UUID | None]:
    current, section, now = owned(work, emergency, extension), desk.config.desk, desk.clock.now()
    since = current.on_hold.since if current.on_hold else now
    if current.on_hold is not None and current.on_hold.parked >= parked:
        return current, None
    until = since + timedelta(seconds=section.hold_seconds)
    held = current.put_on_hold(
        OnHold(since=since, until=until, parked=parked), until + timedelta(seconds=section.hold_over_seconds)
    )
    work.emergencies.save(held)
    desk.tell(work, emergency, Step.PARKED if parked else Step.ON_HOLD, who=who(Role.AGENT, extension))
    _set_presence(desk, work, extension, Presence.FREE if parked else Presence.BREAK)
    return held, leg_of(work, emergency, extension)


def _undo(desk: Desk, work: UnitOfWork, emergency: UUID) -> None:
    current = work.emergencies.get(emergency)
    if isinstance(current, Attended) and current.on_hold is not None:
        work.emergencies.save(current.resumed(desk.clock.now(), desk.config.offers.review_seconds))
        end_break(desk, work, current)


def end_break(desk: Desk, work: UnitOfWork, held: Attended) -> None:
    """Who held her, and did not park, was on a break; her leg says what she does from now on."""
    if held.on_hold is not None and not held.on_hold.parked:
        _set_presence(desk, work, held.owner, Presence.FREE)


def _set_presence(desk: Desk, work: UnitOfWork, extension: str, presence: Presence) -> None:
    agent = work.agents.by_extension(extension)
    if agent is not None and agent.presence is not Presence.OFFLINE:
        work.agents.set_presence(agent.id, presence, desk.clock.now())
