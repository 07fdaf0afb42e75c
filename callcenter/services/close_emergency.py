"""结案: an agent gives a disposition. The only thing that ends an emergency, and refused while it cannot be saved."""

from __future__ import annotations

from collections.abc import Awaitable, Collection, Mapping
from dataclasses import dataclass
from typing import Final
from uuid import UUID

import structlog

from callcenter.config import Config
from callcenter.domain.calls import LegOutcome, Role
from callcenter.domain.emergencies import Attended, Closed, Step, Waiting, close_waiting
from callcenter.domain.people import Presence
from callcenter.domain.records import Decided, Decision
from callcenter.errors import (
    ActionRefused,
    AsteriskAway,
    ChecklistUnfinished,
    DispositionUnknown,
    EmergencyClosed,
    EmergencyUnknown,
    NobodyTookOver,
    NotWhileStorageAway,
    StorageAway,
)
from callcenter.ports.storage import UnitOfWork
from callcenter.services.desk import Desk
from callcenter.services.offers import end_offer
from callcenter.services.sign_of_life import sign_of_life
from dialplans import variables

log = structlog.get_logger()

NOTE_AT_MOST: Final = 500  #: characters

_WELL: Final = frozenset({"test_call", "helped_by_phone"})  #: she pressed and was spoken with: no daily call today
#: Whom a disposition says that she was handed to.
_HANDED_TO: Final[Mapping[str, tuple[Role, ...]]] = {
    "handed_to_contact": (Role.CONTACT, Role.STANDBY),
    "handed_to_120": (Role.DISPATCHER,),
}
_TALKED = (LegOutcome.CLAIMED, LegOutcome.JOINED)  #: after these an agent has something to wrap up


async def close_emergency(
    desk: Desk,
    emergency: UUID,
    *,
    by: str,
    disposition: str,
    note: str = "",
    items: Collection[str] = (),
    leg: str = "",
) -> Closed:
    """Closes, lets the elder go with a goodbye, and ends the other legs.

    `leg` is the uniqueid of the closing agent's own leg, which its dialplan ends after telling her that it is saved.
    `items` of the disposition's checklist were ticked; they are kept, others are not.

    `disposition` is a digit or a word of `dispositions` in the configuration. Raises `DispositionUnknown`,
    `EmergencyUnknown`, `EmergencyClosed`, and `NotWhileStorageAway` when it cannot be saved now.
    """
    word = _disposition(desk.config, disposition)
    said = _Said(by=by, disposition=word, note=note, items=_of_checklist(desk.config, word, items))
    try:
        closed, legs = await desk.storage.transact(
            "close emergency", lambda work: _close(desk, work, emergency, said), urgent=False
        )
    except StorageAway as error:
        raise NotWhileStorageAway from error
    desk.background.start("let go", _let_go(desk, closed, legs, spared=leg))
    desk.announce(closed)
    if closed.elder is not None and word in _WELL:
        desk.background.start("sign of life", sign_of_life(desk, closed.elder, by=word))
    return closed


def only_if_ticked(config: Config, disposition: str, items: Collection[str]) -> None:
    """Raises `ChecklistUnfinished` unless all that this disposition asks for is ticked, and `DispositionUnknown`.

    For who closes at a page; by a telephone's keys nothing can be ticked.
    """
    asked_for = config.records.checklists.get(_disposition(config, disposition), ())
    if not set(asked_for) <= set(items):
        raise ChecklistUnfinished(disposition)


async def only_if_taken_over(desk: Desk, emergency: UUID, disposition: str) -> None:
    """Raises `NobodyTookOver` if nobody of those whom this disposition names was in the call with her.

    They may have been reached by another telephone: who closes is asked once more, no more than that. While the
    database is away nobody is asked.
    """
    whom = _HANDED_TO.get(_disposition(desk.config, disposition))
    if whom is None:
        return
    try:
        offers = await desk.storage.look_up(
            "who took over", lambda work: work.offers.all_of(emergency), within_seconds=1.0
        )
    except StorageAway:
        return
    if not any(offer.role in whom and offer.outcome in _TALKED for offer in offers):
        raise NobodyTookOver(disposition)


@dataclass(frozen=True, kw_only=True)
class _Said:
    """By whom it was closed, and how."""

    by: str
    disposition: str
    note: str
    items: tuple[str, ...]


def _disposition(config: Config, disposition: str) -> str:
    word = config.dispositions.get(disposition, disposition)
    if word not in config.dispositions.values():
        raise DispositionUnknown(disposition)
    return word


def _of_checklist(config: Config, disposition: str, items: Collection[str]) -> tuple[str, ...]:
    return tuple(item for item in config.records.checklists.get(disposition, ()) if item in items)


def _close(desk: Desk, work: UnitOfWork, id_: UUID, said: _Said) -> tuple[Closed, set[str]]:
    current = work.emergencies.get(id_)
    now, by, disposition, note = desk.clock.now(), said.by, said.disposition, said.note
    match current:
        case None:
            raise EmergencyUnknown(str(id_))
        case Closed():
            raise EmergencyClosed(str(id_))
        case Waiting():
            closed = close_waiting(current, by=by, disposition=disposition, note=note, now=now)
        case Attended():
            closed = current.closed(by=by, disposition=disposition, note=note, now=now)
    work.emergencies.save(closed)
    work.records.decide(
        Decision(
            id=work.new_id(),
            emergency=id_,
            at=now,
            by=by,
            what=Decided.CLOSED,
            disposition=disposition,
            items=said.items,
            note=note,
        )
    )
    desk.tell(work, id_, Step.CLOSED, who=by, detail=disposition)
    return closed, _release_responders(desk, work, id_)


def _release_responders(desk: Desk, work: UnitOfWork, emergency: UUID) -> set[str]:
    """Ends every open offer; agents go into wrap-up. Gives back the uniqueids of their legs."""
    legs = set()
    for offer in work.offers.open_of(emergency):
        talked = offer.outcome in _TALKED
        end_offer(desk, work, offer, offer.outcome if talked else LegOutcome.CANCELLED)
        if offer.role is Role.AGENT and talked:
            agent = work.agents.by_extension(offer.target)
            if agent is not None and agent.presence is not Presence.OFFLINE:
                work.agents.set_presence(agent.id, Presence.WRAP_UP, desk.clock.now())
        legs.add(str(offer.id))
    return legs


async def _let_go(desk: Desk, closed: Closed, legs: set[str], *, spared: str) -> None:
    """She hears goodbye; everyone else who rings or is in the room is hung up."""
    calls = await desk.storage.look_up(
        "elder's channels", lambda work: work.calls.open_of(closed.id), within_seconds=1.0
    )
    for call in calls:
        if call.channel:
            await _quietly(desk.telephony.send_to(call.channel, variables.CONTEXT_ELDER, variables.DONE_GOODBYE))
        else:
            await _quietly(desk.telephony.hang_up(call.uniqueid))
    for leg in legs | await _in_the_room(desk, closed.room):
        if leg != spared:
            await _quietly(desk.telephony.hang_up(leg))


async def _in_the_room(desk: Desk, room: str) -> set[str]:
    try:
        members = await desk.telephony.members(room)
    except (AsteriskAway, ActionRefused):
        return set()
    return {member.uniqueid for member in members if member.role is not Role.ELDER}


async def _quietly(action: Awaitable[None]) -> None:
    """What is gone already needs no goodbye."""
    try:
        await action
    except (AsteriskAway, ActionRefused) as error:
        log.warning("goodbye_failed", error=str(error))
