"""重新打开: a closed emergency goes on as if it had never been closed. What was decided before stays written down."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from callcenter.domain.emergencies import Closed, Step, Waiting
from callcenter.domain.records import Decided, Decision
from callcenter.errors import EmergencyOpen, EmergencyUnknown, NotWhileStorageAway, StorageAway
from callcenter.ports.storage import UnitOfWork
from callcenter.services.climb_ladder import take_step
from callcenter.services.desk import Desk
from callcenter.services.ring import ToRing, ring_all
from callcenter.services.take import can_be_rung, offer_to


async def reopen_emergency(
    desk: Desk, emergency: UUID, *, by: str, why: str, extension: str = "", call_back: bool = False
) -> Waiting:
    """It waits again, due at once: offered to the agent at `extension`, or by its ladder if that phone is not free.
    One of another node is left to that node's clock.

    With `call_back` she is rung as soon as a responder is in her room, and at the latest when the first one should be.

    Raises `EmergencyUnknown`, `EmergencyOpen` if it is open or she has another one open, and `NotWhileStorageAway`.
    """

    def work(unit: UnitOfWork) -> tuple[Waiting, list[ToRing]]:
        waiting = _reopen(desk, unit, emergency, Decision(
            id=unit.new_id(), emergency=emergency, at=desk.clock.now(), by=by, what=Decided.REOPENED, note=why
        ), call_back=call_back)  # fmt: skip
        if waiting.node != desk.config.node.name:
            return waiting, []
        if not can_be_rung(unit, extension):
            return waiting, take_step(desk, unit, waiting)
        rings = offer_to(desk, unit, waiting, extension)
        first = desk.ladder(waiting.ladder).rungs[0]
        later = waiting.climbed(waiting.position, desk.clock.now() + timedelta(seconds=first.wait_seconds))
        unit.emergencies.save(later)
        return later, rings

    try:
        waiting, rings = await desk.storage.transact("reopen emergency", work, urgent=False)
    except StorageAway as away:
        raise NotWhileStorageAway(str(emergency)) from away
    await ring_all(desk, rings)
    desk.announce(waiting)
    return waiting


def _reopen(desk: Desk, work: UnitOfWork, id_: UUID, decision: Decision, *, call_back: bool) -> Waiting:
    closed = work.emergencies.get(id_)
    if closed is None:
        raise EmergencyUnknown(str(id_))
    if not isinstance(closed, Closed):
        raise EmergencyOpen(str(id_))
    if closed.elder is not None and (other := work.emergencies.open_of_elder(closed.elder)) is not None:
        raise EmergencyOpen(str(other.id))
    _keep_how_it_was_closed(work, closed)
    work.records.decide(decision)
    at = decision.at + timedelta(seconds=desk.config.offers.agent_ring_seconds) if call_back else None
    work.records.reopen(closed.reopened(decision.at, call_back_at=at))
    desk.tell(work, id_, Step.REOPENED, who=decision.by)
    waiting = work.emergencies.get(id_)
    assert isinstance(waiting, Waiting)
    return waiting


def _keep_how_it_was_closed(work: UnitOfWork, closed: Closed) -> None:
    """Its row forgets it now. An emergency that was closed before decisions were written down has it there alone."""
    if any(each.at == closed.closed_at for each in work.records.decisions(closed.id)):
        return
    work.records.decide(
        Decision(
            id=work.new_id(),
            emergency=closed.id,
            at=closed.closed_at,
            by=closed.closed_by,
            what=Decided.CLOSED,
            disposition=closed.disposition,
            note=closed.note,
        )
    )
