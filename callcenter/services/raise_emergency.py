"""Who it is, and an emergency for her, or her place in the one that is open. Committed before a word is spoken."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from callcenter.domain.calls import Alarm, Call, Entry, Key, LegOutcome
from callcenter.domain.emergencies import Attended, Open, Step, Waiting
from callcenter.domain.ladder import CHECK_IN_LADDER
from callcenter.domain.people import Elder, Identity
from callcenter.ports.storage import UnitOfWork
from callcenter.ports.telephony import Channel
from callcenter.services.climb_ladder import take_step
from callcenter.services.desk import Desk
from callcenter.services.fallback_legs import take_over_legs
from callcenter.services.identify_caller import identify_caller
from callcenter.services.note_answers import tell_answers
from callcenter.services.ring import ToRing, prepare_sounds, ring_all


@dataclass(frozen=True, kw_only=True)
class Spoken:
    """What a story heard before it led here. A moment later an agent may have her: it is in the same commit."""

    answers: Sequence[str] = ()  #: for the timeline: `question: meaning`
    calls_for_help: bool = False  #: a red key's emergency, whatever was pressed


NOTHING: Final = Spoken()


@dataclass(frozen=True, kw_only=True)
class Raised:
    """What an alarm led to."""

    emergency: Open
    joined: bool  #: an alarm of an emergency that was open already
    journalled: bool
    identity: Identity  #: who called now


async def raise_emergency(
    desk: Desk,
    entry: Entry,
    *,
    room: str = "",
    alive: bool = True,
    legs: Sequence[Channel] = (),
    spoken: Spoken = NOTHING,
) -> Raised:
    """Identifies the caller, commits the alarm, the emergency with its first rung, and the call; then rings.

    Exactly once per entry.

    Several presses of one elder join one emergency; so do those of one unknown caller. `room` names a conference that
    the dialplan's fallback opened already, `legs` are those it rings for her; `alive` is False when the caller is gone
    (she will be rung back).
    """
    key = Key.RED if spoken.calls_for_help else entry.key
    with desk.rush.raising():
        raised, rings, leftover = await desk.storage.transact(
            "raise emergency",
            lambda work: _raise(desk, work, entry, _Found(room=room, alive=alive, legs=legs, key=key), spoken.answers),
        )
        await ring_all(desk, rings)
    for uniqueid in leftover:
        desk.background.start("cancel call-back", desk.telephony.hang_up(uniqueid))
    if not raised.joined:
        prepare_sounds(desk, raised.emergency, raised.identity.profile)
    desk.announce(raised.emergency)
    return raised


@dataclass(frozen=True, kw_only=True)
class _Found:
    """Where the caller is, and how urgent it is; see `raise_emergency`."""

    key: Key
    room: str
    alive: bool
    legs: Sequence[Channel]

    @property
    def somebody_is_there(self) -> bool:
        return any(leg.up for leg in self.legs)


def _raise(
    desk: Desk, work: UnitOfWork, entry: Entry, found: _Found, answers: Sequence[str]
) -> tuple[Raised, list[ToRing], list[str]]:
    raised, rings, leftover = _raise_or_join(desk, work, entry, found)
    tell_answers(desk, work, raised.emergency.id, answers)
    return raised, rings, leftover


def _raise_or_join(desk: Desk, work: UnitOfWork, entry: Entry, found: _Found) -> tuple[Raised, list[ToRing], list[str]]:
    identity = identify_caller(work, entry, desk.check_in_legs.get(entry.uniqueid))
    known = work.calls.alarm_of_entry(entry.uniqueid)
    if known is not None and (emergency := work.emergencies.get(known.emergency)) is not None:
        if not isinstance(emergency, Waiting | Attended):
            emergency = None
        if emergency is not None:
            emergency = _more_urgent(_where_she_is(desk, work, emergency, found), found.key, identity)
            work.emergencies.save(emergency)
            return _raised(work, emergency, identity, joined=True), [], []
    emergency = _already_open(work, entry, identity)
    if emergency is not None:
        return _join(desk, work, entry, identity, emergency, found)
    return _open(desk, work, entry, identity, found)


def _already_open(work: UnitOfWork, entry: Entry, identity: Identity) -> Open | None:
    if identity.profile is not None:
        return work.emergencies.open_of_elder(identity.profile.elder.id)
    return work.emergencies.open_of_caller(entry.account, entry.line)


def _open(
    desk: Desk, work: UnitOfWork, entry: Entry, identity: Identity, found: _Found
) -> tuple[Raised, list[ToRing], list[str]]:
    now, id_ = desk.clock.now(), work.new_id()
    elder = identity.profile.elder if identity.profile else None
    emergency = Waiting(
        id=id_,
        elder=elder.id if elder else None,
        candidates=tuple(p.elder.id for p in identity.candidates) if elder is None else (),
        account=entry.account,
        line=entry.line,
        key=found.key,
        ladder=_ladder(entry, found.key, elder),
        needs=elder.needs if elder else frozenset(),
        room=found.room or f"cc-{id_}",
        node=desk.config.node.name,
        opened_at=min(entry.at, now),  # a leftover entry was pressed before we knew of it
        due_at=now,
        elder_connected=found.alive,
        call_back_at=None if found.alive else now,
    )
    work.emergencies.add(emergency)
    work.calls.add_alarm(_alarm(work, entry, emergency))
    desk.tell(work, id_, Step.RAISED, who=entry.account and f"account:{entry.account}", detail=found.key)
    _tell_identity(desk, work, emergency, identity)
    _add_call(desk, work, entry, emergency, found.alive)
    take_over_legs(desk, work, emergency, found.legs)
    rings = take_step(desk, work, emergency)
    return _raised(work, emergency, identity, joined=False), rings, []


def _ladder(entry: Entry, key: Key, elder: Elder | None) -> str:
    """Whom we rang in a daily call and who says nothing, or whom nobody reached, may lie on the floor: her call climbs
    to her family and 120, as a caller's who only wants a person does not."""
    if key is Key.RED:
        return elder.ladder if elder else "default"
    return "service" if entry.our_leg is None else CHECK_IN_LADDER


def _join(
    desk: Desk, work: UnitOfWork, entry: Entry, identity: Identity, emergency: Open, found: _Found
) -> tuple[Raised, list[ToRing], list[str]]:
    """The redial of an elder who is being rung back cancels the ringing back and goes straight to her room."""
    work.calls.add_alarm(_alarm(work, entry, emergency))
    ringing_back = [
        call for call in work.calls.open_of(emergency.id) if not call.inbound and call.outcome is LegOutcome.RINGING
    ]
    for call in ringing_back:
        work.calls.save(replace(call, outcome=LegOutcome.CANCELLED, ended_at=desk.clock.now()))
    emergency = _more_urgent(replace(emergency, presses=emergency.presses + 1), found.key, identity)
    if found.alive:
        emergency = replace(emergency, elder_connected=True, call_back_at=None, call_back_try=0)
    emergency = _where_she_is(desk, work, emergency, found)
    work.emergencies.save(emergency)
    desk.tell(work, emergency.id, Step.JOINED_BY_ALARM, detail=f"{found.key} ×{emergency.presses}")
    _add_call(desk, work, entry, emergency, found.alive)
    return _raised(work, emergency, identity, joined=True), [], [call.uniqueid for call in ringing_back]


def _where_she_is(desk: Desk, work: UnitOfWork, emergency: Open, found: _Found) -> Open:
    """If the fallback has brought her together with somebody in a room of its own, that is the room from now on."""
    take_over_legs(desk, work, emergency, found.legs)
    return replace(emergency, room=found.room) if found.somebody_is_there else emergency


def _more_urgent(emergency: Open, key: Key, identity: Identity) -> Open:
    """A red key after a green one makes it red, with the ladder that leads to her family and 120."""
    if key.priority >= emergency.key.priority:
        return emergency
    if key is not Key.RED:
        return replace(emergency, key=key)
    elder = identity.profile.elder if identity.profile else None
    return replace(emergency, key=key, ladder=elder.ladder if elder else "default")


def _alarm(work: UnitOfWork, entry: Entry, emergency: Open) -> Alarm:
    return Alarm(
        id=work.new_id(),
        emergency=emergency.id,
        uniqueid=entry.uniqueid,
        key=entry.key,
        account=entry.account,
        line=entry.line or entry.line_raw,
        at=entry.at,
    )


def _add_call(desk: Desk, work: UnitOfWork, entry: Entry, emergency: Open, alive: bool) -> None:
    now = desk.clock.now()
    work.calls.add(
        Call(
            id=work.new_id(),
            emergency=emergency.id,
            uniqueid=entry.uniqueid,
            channel=entry.channel,
            inbound=True,
            target="",
            started_at=entry.at,
            ended_at=None if alive else now,
            recording=f"{entry.uniqueid}.wav",
        )
    )


def _tell_identity(desk: Desk, work: UnitOfWork, emergency: Waiting, identity: Identity) -> None:
    if identity.profile is not None:
        desk.tell(work, emergency.id, Step.IDENTIFIED, who=f"elder:{identity.profile.elder.id}")
    elif identity.candidates:
        desk.tell(work, emergency.id, Step.IDENTITY_AMBIGUOUS, detail=f"{len(identity.candidates)} candidates")
    else:
        desk.tell(work, emergency.id, Step.IDENTITY_UNKNOWN)


def _raised(work: UnitOfWork, emergency: Open, identity: Identity, *, joined: bool) -> Raised:
    return Raised(emergency=emergency, joined=joined, journalled=work.journalled, identity=identity)
