"""监听、耳语、插话、接管: a supervisor's own phone rings, and the dialplan brings her to somebody else's talk.

Each step is a row before anything rings or moves. While she is heard by nobody her leg belongs to no emergency; from
the moment she is to enter the room it is an offer like any other, so that whatever happens to her is seen to.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

import structlog

from callcenter.domain.calls import LegOutcome, Offer, Role
from callcenter.domain.emergencies import Attended
from callcenter.domain.people import Presence
from callcenter.domain.supervision import Intervention, Supervision
from callcenter.errors import (
    ActionRefused,
    AgentBusy,
    AgentUnknown,
    AsteriskAway,
    EmergencyUnattended,
    EmergencyUnknown,
    OwnTalk,
    ReasonMissing,
)
from callcenter.ports.storage import UnitOfWork
from callcenter.ports.telephony import Channel, LegRequest
from callcenter.services.desk import Desk
from callcenter.services.offers import end_offer
from callcenter.services.ring import new_offer, write_offer
from callcenter.services.take_over import hand_to
from callcenter.services.watches import end_watch_row
from dialplans import variables

log = structlog.get_logger()


@dataclass(frozen=True, kw_only=True)
class Supervisor:
    """Who intervenes."""

    name: str  #: the console's user
    extension: str  #: her own phone


@dataclass(frozen=True, kw_only=True)
class _Step:
    """What was written down and must happen now."""

    emergency: Attended
    leg: UUID
    kind: Intervention
    talk: Channel  #: of whoever has it
    new: bool  #: the leg does not ring yet
    let_go: UUID | None = None


async def intervene(desk: Desk, emergency: UUID, kind: Intervention, by: Supervisor, why: str) -> None:
    """Listens, whispers, joins or takes over, whatever she did before with the same talk.

    Raises `ReasonMissing`, `EmergencyUnknown`, `EmergencyUnattended`, `OwnTalk`, `AgentUnknown`; `AgentBusy` when her
    phone rings or talks for something else; `AsteriskAway`, `ActionRefused`; and `StorageAway` while nothing could be
    written down.
    """
    channels = {channel.uniqueid: channel for channel in await desk.telephony.channels()}

    def work(unit: UnitOfWork) -> _Step:
        current = unit.emergencies.get(emergency)
        if current is None:
            raise EmergencyUnknown(str(emergency))
        talk = channels.get(str(current.offer)) if isinstance(current, Attended) else None
        if not isinstance(current, Attended) or talk is None:
            raise EmergencyUnattended(str(emergency))
        leg, new = _leg(desk, unit, current, kind, by, channels)
        write_down(desk, unit, current.id, kind, by, why, leg=leg, agent=current.owner)
        let_go = _as_offer(desk, unit, current, kind, by, leg) if kind.in_the_room else None
        return _Step(emergency=current, leg=leg, kind=kind, talk=talk, new=new, let_go=let_go)

    step = await desk.storage.transact("supervise", work, urgent=False)
    desk.watching.add(str(step.leg))
    try:
        await (_ring(desk, step, by) if step.new else _move(desk, step, by, channels))
    except (AsteriskAway, ActionRefused):
        await _undo(desk, step)
        raise
    if step.let_go is not None:
        await desk.telephony.hang_up(str(step.let_go))


async def leave(desk: Desk, by: Supervisor) -> None:
    """Her leg ends, if she has one; if nobody else is with the elder, the emergency is offered again at once."""
    since = desk.clock.now() - timedelta(seconds=desk.config.supervision.listen_at_most_seconds)

    def work(unit: UnitOfWork) -> list[UUID]:
        return [row.leg for row in unit.supervisions.unended(since) if row.extension == by.extension and row.leg]

    for leg in await desk.storage.transact("supervisor's leg", work, urgent=False):
        await desk.telephony.hang_up(str(leg))


def write_down(
    desk: Desk,
    work: UnitOfWork,
    emergency: UUID,
    kind: Intervention,
    by: Supervisor,
    why: str,
    *,
    leg: UUID | None,
    agent: str,
) -> None:
    """Raises `ReasonMissing`, and `NotWhileStorageAway`."""
    try:
        supervision = Supervision(
            id=work.new_id(),
            at=desk.clock.now(),
            leg=leg,
            who=by.name,
            extension=by.extension,
            emergency=emergency,
            agent=agent,
            kind=kind,
            why=why.strip(),
        )
    except ValueError as error:
        raise ReasonMissing from error
    work.supervisions.add(supervision)


def _leg(
    desk: Desk,
    work: UnitOfWork,
    current: Attended,
    kind: Intervention,
    by: Supervisor,
    channels: Mapping[str, Channel],
) -> tuple[UUID, bool]:
    """The one she has with this talk already, or a new one."""
    if current.owner_role is Role.AGENT and current.owner == by.extension:
        raise OwnTalk(by.extension)
    agent = work.agents.by_extension(by.extension)
    if agent is None:
        raise AgentUnknown(by.extension)
    now, limits = desk.clock.now(), desk.config.supervision
    for row in work.supervisions.unended(now - timedelta(seconds=limits.listen_at_most_seconds)):
        if row.extension != by.extension or row.leg is None:
            continue
        if str(row.leg) not in channels and now - row.at > timedelta(seconds=limits.ring_seconds):
            end_watch_row(desk, work, row)
        elif row.emergency != current.id or (row.kind.in_the_room and not kind.in_the_room):
            raise AgentBusy(by.extension)
        else:
            return row.leg, False
    if agent.presence in (Presence.RINGING, Presence.TALKING):
        raise AgentBusy(by.extension)
    return work.new_id(), True


def _as_offer(
    desk: Desk, work: UnitOfWork, current: Attended, kind: Intervention, by: Supervisor, leg: UUID
) -> UUID | None:
    """The leg becomes one that joins the room. The leg to let go, when she is there already and takes over."""
    offer = work.offers.get(leg)
    if offer is None:
        offer = _joining(desk, work, current, by, leg)
        write_offer(desk, work, current, offer)
        return None
    if kind is Intervention.TAKE_OVER and offer.outcome in (LegOutcome.JOINED, LegOutcome.CLAIMED):
        return hand_to(desk, work, current, offer)
    return None


def _joining(desk: Desk, work: UnitOfWork, current: Attended, by: Supervisor, leg: UUID) -> Offer:
    return new_offer(
        desk,
        work,
        current,
        role=Role.AGENT,
        target=by.extension,
        destination=f"PJSIP/{by.extension}",
        ring_seconds=desk.config.supervision.ring_seconds,
        round_=0,
        rung=0,
        claims=False,
        id_=leg,
    )


def _carried(step: _Step, by: Supervisor) -> dict[str, str]:
    if not step.kind.in_the_room:
        return {
            variables.ROLE: variables.ROLE_SUPERVISOR,
            variables.TARGET: by.extension,
            variables.WATCH: step.kind,
            variables.WATCHED: step.talk.name,
        }
    return {
        variables.EMERGENCY: str(step.emergency.id),
        variables.ROOM: step.emergency.room,
        variables.ROLE: variables.ROLE_AGENT,
        variables.TARGET: by.extension,
        variables.WATCH: Intervention.JOIN,
    }


async def _ring(desk: Desk, step: _Step, by: Supervisor) -> None:
    await desk.telephony.ring(
        LegRequest(
            id=step.leg,
            destination=f"PJSIP/{by.extension}",
            context=variables.CONTEXT_WATCH,
            ring_seconds=desk.config.supervision.ring_seconds,
            caller_name=desk.config.hotline.name,
            caller_number=desk.config.hotline.caller_number,
            variables=_carried(step, by),
        )
    )


async def _move(desk: Desk, step: _Step, by: Supervisor, channels: Mapping[str, Channel]) -> None:
    """From what she does to what she wants. A phone that still rings learns it when it is answered."""
    hers = channels.get(str(step.leg))
    if hers is None or hers.room:  # not there yet, or in the room already
        return
    for name, value in _carried(step, by).items():
        await desk.telephony.set_variable(hers.name, name, value)
    if hers.up:
        where = Intervention.JOIN if step.kind.in_the_room else step.kind
        await desk.telephony.send_to(hers.name, variables.CONTEXT_WATCH, where)


async def _undo(desk: Desk, step: _Step) -> None:
    """Nothing rang or moved: the rows say so."""

    def work(unit: UnitOfWork) -> None:
        if (row := unit.supervisions.of_leg(step.leg)) is not None and step.new:
            end_watch_row(desk, unit, row)
        offer = unit.offers.get(step.leg)
        if offer is not None and offer.outcome is LegOutcome.RINGING:
            end_offer(desk, unit, offer, LegOutcome.TRUNK_FAILURE)

    log.warning("supervision_failed", emergency=str(step.emergency.id), kind=step.kind)
    await desk.storage.transact("supervision failed", work, urgent=False)
