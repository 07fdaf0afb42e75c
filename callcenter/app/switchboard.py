"""What Asterisk tells us, brought to the service that knows what to do. Events of one leg keep their order."""

from __future__ import annotations

import asyncio

import structlog

from callcenter.domain.calls import Role
from callcenter.errors import ActionRefused, AsteriskAway
from callcenter.ports.asterisk_events import (
    AsteriskEvent,
    Claimed,
    LegAnswered,
    LegEnded,
    LinkDown,
    LinkUp,
    OfferAnswered,
    RoomEntered,
    RoomLeft,
    SheetSpoken,
    Talking,
)
from callcenter.services.adopt import adopt
from callcenter.services.adopt_check_ins import adopt_check_ins
from callcenter.services.claim import claim
from callcenter.services.desk import Desk
from callcenter.services.elder_calls import elder_answered, elder_leg_ended, elder_spoke
from callcenter.services.hand_over_120 import sheet_spoken
from callcenter.services.note_check_in import check_in_leg_ended
from callcenter.services.offers import offer_answered, offer_decided, offer_ended
from callcenter.services.rooms import entered_room, left_room
from callcenter.services.transcribe import transcribe_again
from callcenter.services.watches import adopt_watches, watch_ended

log = structlog.get_logger()

_LINK = "link"

#: Identifying and committing take a second each at most; what comes later is found by its entry mark.
_LOOK_AGAIN_AFTER_SECONDS = (0.2, 0.8, 1.5)


class Switchboard:
    """Takes every event at once and works through them leg by leg: one leg never waits for another."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._last: dict[str, asyncio.Task[None]] = {}

    def tell(self, event: AsteriskEvent) -> None:
        """Called from the manager link, on the loop. Never blocks."""
        key = _key(event)
        before = self._last.get(key)
        task = self._desk.background.start(type(event).__name__, self._after(before, event))
        self._last[key] = task
        task.add_done_callback(lambda done: self._forget(key, done))

    def _forget(self, key: str, done: asyncio.Task[None]) -> None:
        if self._last.get(key) is done:
            del self._last[key]

    async def _after(self, before: asyncio.Task[None] | None, event: AsteriskEvent) -> None:
        if before is not None:
            await asyncio.wait([before])
        await self._serve(event)

    async def _serve(self, event: AsteriskEvent) -> None:
        desk = self._desk
        match event:
            case LegAnswered() if event.uniqueid in desk.check_in_legs:
                return  # its story says what she says
            case LegAnswered():
                if not await elder_answered(desk, event):
                    await offer_answered(desk, event)
            case LegEnded():
                await watch_ended(desk, event)
                await self._ended(event)
            case Claimed():
                await claim(desk, event)
            case OfferAnswered():
                await offer_decided(desk, event)
            case RoomEntered():
                await entered_room(desk, event)
            case RoomLeft():
                await left_room(desk, event)
            case Talking():
                await elder_spoke(desk, event)
            case SheetSpoken():
                await sheet_spoken(desk, event.uniqueid, times=event.times)
            case LinkUp():
                await self._reconcile()
            case LinkDown():
                log.warning("asterisk_away")

    async def _ended(self, event: LegEnded) -> None:
        desk = self._desk
        if event.uniqueid in desk.check_in_legs:
            del desk.check_in_legs[event.uniqueid]
            told = await check_in_leg_ended(desk, event)
            if not event.answered or await elder_leg_ended(desk, event):
                return
        elif await elder_leg_ended(desk, event) or await offer_ended(desk, event):
            return
        else:  # rung before a restart, perhaps
            told = await check_in_leg_ended(desk, event)
        if told:
            return
        await self._perhaps_she_was_too_quick(event)

    async def _perhaps_she_was_too_quick(self, event: LegEnded) -> None:
        """An elder who hung up while she was being identified has her call's row a moment later: look again."""
        if event.role is not Role.ELDER:
            return
        for seconds in _LOOK_AGAIN_AFTER_SECONDS:
            await asyncio.sleep(seconds)
            if await elder_leg_ended(self._desk, event):
                return

    async def _reconcile(self) -> None:
        try:
            await adopt(self._desk)
            await adopt_check_ins(self._desk)
            await transcribe_again(self._desk)
            await adopt_watches(self._desk)
        except (AsteriskAway, ActionRefused) as error:
            log.warning("adopt_put_off", error=str(error))


def _key(event: AsteriskEvent) -> str:
    match event:
        case LinkUp() | LinkDown():
            return _LINK
        case _:
            return event.uniqueid
