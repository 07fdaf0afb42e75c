"""After a restart, of us or of Asterisk: what is alive is adopted, what was lost is done again, nothing twice."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import structlog

from callcenter.domain.calls import Call, Entry, LegOutcome, Role
from callcenter.domain.emergencies import Attended, Closed, Open, Step, Waiting
from callcenter.domain.ladder import Position, restart_rung
from callcenter.errors import ActionRefused
from callcenter.ports.asterisk_events import Claimed
from callcenter.ports.storage import UnitOfWork
from callcenter.ports.telephony import Channel
from callcenter.services.claim import claim
from callcenter.services.desk import Desk
from callcenter.services.fallback_legs import take_over_legs
from callcenter.services.offers import end_offer, offer_id, rung_by_us
from callcenter.services.raise_emergency import raise_emergency
from callcenter.services.rooms import bring_elder_in
from dialplans import variables

log = structlog.get_logger()

#: An entry this young is still being served by its own story; only older marks are leftovers.
ENTRY_SETTLES_SECONDS = 3.0


async def adopt(desk: Desk) -> None:
    """Compares what we believe with what is alive in Asterisk, and mends the difference (design rule 4)."""
    alive = await _look_around(desk)
    await _commit_entries(desk, await desk.telephony.entries(), alive)
    emergencies = await desk.storage.transact(
        "open emergencies", lambda w: w.emergencies.all_open(desk.config.node.name)
    )
    for emergency in emergencies:
        await _adopt_one(desk, emergency, alive)
    log.info("adopted", emergencies=len(emergencies), channels=len(alive.channels))


async def commit_leftover_entries(desk: Desk) -> None:
    """Entry marks that no story has committed become emergencies, once each (design rule 2)."""
    settled = desk.clock.now() - timedelta(seconds=ENTRY_SETTLES_SECONDS)
    leftovers = [mark for mark in await desk.telephony.entries() if mark.at < settled]
    if leftovers:
        alive = await _look_around(desk)
        for emergency in await _commit_entries(desk, leftovers, alive):
            await _adopt_one(desk, emergency, alive)


async def _look_around(desk: Desk) -> _Alive:
    at = desk.clock.now()
    return _Alive(await desk.telephony.channels(), at)


async def _commit_entries(desk: Desk, marks: Iterable[Entry], alive: _Alive) -> list[Open]:
    left = [mark for mark in marks if mark.uniqueid not in desk.serving]
    for mark in [mark for mark in left if mark.uniqueid not in alive.by_uniqueid]:
        if await _is_closed(desk, mark):
            left.remove(mark)
            await desk.telephony.forget_entry(mark.uniqueid)
    # Who talks with somebody goes first, so that nobody who talks is taken for free and rung for another.
    left.sort(key=lambda mark: (not alive.is_with_somebody(mark), mark.at))
    return [await _commit_entry(desk, mark, alive) for mark in left]


async def _is_closed(desk: Desk, mark: Entry) -> bool:
    """Whether this entry became an emergency long ago, which has ended: only the forgetting was missed."""

    def read(work: UnitOfWork) -> bool:
        alarm = work.calls.alarm_of_entry(mark.uniqueid)
        return alarm is not None and isinstance(work.emergencies.get(alarm.emergency), Closed)

    return await desk.storage.transact("entry's emergency", read)


async def _commit_entry(desk: Desk, mark: Entry, alive: _Alive) -> Open:
    channel = alive.by_uniqueid.get(mark.uniqueid)
    room = channel.room if channel else ""
    legs = alive.responders_for(room) if room else []
    raised = await raise_emergency(desk, mark, room=room, alive=channel is not None, legs=legs)
    log.info("entry_committed", emergency=str(raised.emergency.id), alive=channel is not None, joined=raised.joined)
    for leg in legs:
        await _name(desk, raised.emergency, leg)
    if channel is not None:
        await _give_back(desk, raised.emergency, channel)
    await desk.telephony.forget_entry(mark.uniqueid)
    return raised.emergency


async def _name(desk: Desk, emergency: Open, channel: Channel) -> bool:
    """The channel learns which emergency it belongs to. False if it is gone meanwhile."""
    try:
        await desk.telephony.set_variable(channel.name, variables.EMERGENCY, str(emergency.id))
        await desk.telephony.set_variable(channel.name, variables.ROOM, emergency.room)
    except ActionRefused:
        return False
    return True


async def _give_back(desk: Desk, emergency: Open, channel: Channel) -> None:
    """A story of ours serves her again, unless somebody is with her already: a talk is not disturbed."""
    if channel.uniqueid in desk.serving or not await _name(desk, emergency, channel):
        return
    if any(member.uniqueid == channel.uniqueid for member in await desk.telephony.members(emergency.room)):
        return
    try:
        await desk.telephony.send_to(channel.name, variables.CONTEXT_ELDER, variables.DONE_WAIT)
    except ActionRefused:
        return  # she hung up meanwhile; the next round sees it


async def _adopt_one(desk: Desk, emergency: Open, alive: _Alive) -> None:
    members = {member.uniqueid for member in await desk.telephony.members(emergency.room)}
    responder = alive.responder_in(emergency, members)
    if responder is not None and responder.role is not None and _claimed_meanwhile(emergency, responder):
        await claim(
            desk,
            Claimed(
                uniqueid=responder.uniqueid,
                channel=responder.name,
                room=emergency.room,
                role=responder.role,
                target=responder.target,
            ),
        )
    hers = await desk.storage.transact("adopt", lambda work: _mend(desk, work, emergency, alive, responder))
    for channel in hers:
        await _give_back(desk, emergency, channel)
    if responder is not None:
        await bring_elder_in(desk, emergency.id, emergency.room)


def _claimed_meanwhile(emergency: Open, responder: Channel) -> bool:
    """Whether the dialplan has found somebody. Who was with her while her owner held her goes on as company."""
    if isinstance(emergency, Waiting):
        return True
    return emergency.on_hold is not None and responder.role in (Role.AGENT, Role.STANDBY)


def _mend(desk: Desk, work: UnitOfWork, before: Open, alive: _Alive, responder: Channel | None) -> list[Channel]:
    """Brings our rows to what is alive; gives back the elder's own channels."""
    current, now = work.emergencies.get(before.id), desk.clock.now()
    if not isinstance(current, Waiting | Attended):
        return []
    rings = False
    for offer in work.offers.open_of(current.id):
        if offer.started_at < alive.at and not alive.has_offer(str(offer.id)):
            end_offer(desk, work, offer, LegOutcome.LOST)
        else:
            rings = True
    rings = bool(take_over_legs(desk, work, current, alive.responders_for(current.room))) or rings
    calls = work.calls.open_of(current.id)
    for call in calls:
        if call.started_at < alive.at and call.uniqueid not in alive.by_uniqueid:
            work.calls.save(replace(call, ended_at=now, outcome=LegOutcome.LOST))
    hers = alive.elders_of(current, calls)
    if hers or not alive.rings_back(calls):
        current = _connected(current, bool(hers), now)
    if isinstance(current, Attended) and responder is None and current.on_hold is None:
        desk.tell(work, current.id, Step.RESPONDER_LOST, detail="found after restart")
        current = current.lost(now)
    elif isinstance(current, Waiting) and not rings:
        current = current.climbed(_from_its_round(desk, current), now)
    work.emergencies.save(current)
    desk.tell(work, current.id, Step.ADOPTED)
    return hers


def _connected(emergency: Open, connected: bool, now: datetime) -> Open:
    if connected:
        return replace(emergency, elder_connected=True, call_back_at=None)
    if emergency.elder_connected or emergency.call_back_at is not None:
        return replace(emergency, elder_connected=False, call_back_at=now)
    return emergency


def _from_its_round(desk: Desk, emergency: Waiting) -> Position:
    """Nothing of it rings any more: the round it was in begins again."""
    round_ = emergency.position.round
    return Position(round=round_, rung=0 if round_ == 1 else restart_rung(desk.ladder(emergency.ladder)))


@dataclass(frozen=True)
class _Alive:
    """The channels that live in Asterisk, by what we look for. What began later may be alive without being here."""

    channels: list[Channel]
    at: datetime  #: when we began to look

    @property
    def by_uniqueid(self) -> dict[str, Channel]:
        return {channel.uniqueid: channel for channel in self.channels}

    def is_with_somebody(self, mark: Entry) -> bool:
        """Whether a responder is up in the room that this caller's channel was given."""
        channel = self.by_uniqueid.get(mark.uniqueid)
        return channel is not None and any(leg.up for leg in self.responders_for(channel.room))

    def has_offer(self, offer: str) -> bool:
        return any(str(offer_id(channel.uniqueid)) == offer for channel in self.channels)

    def responders_for(self, room: str) -> list[Channel]:
        """Legs to responders that ring or talk for this room."""
        return [c for c in self.channels if c.room == room and c.role not in (None, Role.ELDER)]

    def elders_of(self, emergency: Open, calls: Iterable[Call]) -> list[Channel]:
        """Her channels that are up, or that ring at our door; not those on which we ring her back."""
        known = {call.uniqueid for call in calls}
        hers = (c for c in self.channels if c.uniqueid in known or self._is_hers(c, emergency))
        return [c for c in hers if c.up or not rung_by_us(c.uniqueid)]

    def rings_back(self, calls: Iterable[Call]) -> bool:
        """Whether we ring her back just now."""
        return any(
            call.uniqueid in self.by_uniqueid or call.started_at >= self.at for call in calls if not call.inbound
        )

    def responder_in(self, emergency: Open, members: set[str]) -> Channel | None:
        """Somebody who has it: in the room, and not 120."""
        for channel in self.channels:
            if channel.uniqueid in members and channel.role in (Role.AGENT, Role.STANDBY, Role.CONTACT):
                return channel
        return None

    @staticmethod
    def _is_hers(channel: Channel, emergency: Open) -> bool:
        in_her_room = bool(channel.room) and channel.room == emergency.room
        return channel.role is Role.ELDER and (in_her_room or channel.emergency == emergency.id)
