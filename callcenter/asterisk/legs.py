"""What must be remembered between two events: legs asked for, legs no longer wanted, who made a sound already."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from typing import Final

from callcenter.asterisk.events import meaning, unreachable
from callcenter.asterisk.wire import Message
from callcenter.domain.calls import LegOutcome
from callcenter.ports.asterisk_events import AsteriskEvent, LegEnded, LinkDown, LinkUp, Talking

#: Asterisk sends OriginateResponse past the queue of a channel's events, so a failed leg's first event may come after
#: it. Newchannel is seen within a few ms.
GRACE_SECONDS: Final = 0.25
#: What a leg ends with when nobody has answered the INVITE at all; a carrier may send it, too.
REQUEST_TIMEOUT: Final = "408"


class Legs:
    """Hears the link (`heard`, `up`, `down` are its callbacks) and tells what happened, in `callcenter.ports`' words.

    While the link is up, every leg asked for ends in exactly one `LegEnded`, also one that never became a channel.
    What ended while the link was down is not told: reconcile with `Telephony.channels()` on every `LinkUp`.
    Asterisk keeps the order of a channel's own events and of a room's events, not between the two: `RoomEntered` may
    come before the same leg's `Claimed` or `LegAnswered`, and `RoomLeft` after its `LegEnded`.

    A leg by a trunk that rang nowhere (no 180 or 183, no final answer but 408) ends as the trunk's failure.
    """

    def __init__(self, tell: Callable[[AsteriskEvent], None]) -> None:
        self._tell = tell
        self._asked: dict[str, asyncio.Event] = {}  #: legs whose OriginateResponse has not come: are they a channel?
        self._talked: set[str] = set()
        self._unwanted: set[str] = set()
        self._mute: set[str] = set()  #: legs by a trunk of which the far side has said nothing yet

    def up(self) -> None:
        self._tell(LinkUp())

    def down(self) -> None:
        for appeared in self._asked.values():
            appeared.set()
        self._asked.clear()
        self._talked.clear()
        self._unwanted.clear()
        self._mute.clear()
        self._tell(LinkDown())

    def heard(self, event: Message) -> None:
        match event["Event"]:
            case "OriginateResponse":
                return self._originated(event)
            case "DialState":
                return self._mute.discard(event.get("DestUniqueid", ""))
            case "HangupRequest" if event.get("TechCause") != REQUEST_TIMEOUT:
                return self._mute.discard(event.get("Uniqueid", ""))
        if appeared := self._asked.get(event.get("Uniqueid", "")):
            appeared.set()
        match meaning(event):
            case None:
                return
            case Talking() as talking:
                if talking.uniqueid not in self._talked:
                    self._talked.add(talking.uniqueid)
                    self._tell(talking)
            case LegEnded() as ended:
                self._ended(ended)
            case said:
                self._tell(said)

    def ask(self, leg: str, *, by_trunk: bool = False) -> None:
        """To be called before the leg is originated, with its id as ActionID and ChannelId."""
        self._asked[leg] = asyncio.Event()
        if by_trunk:
            self._mute.add(leg)

    def forget(self, leg: str) -> None:
        """Asterisk refused to originate it: no event will come."""
        self._asked.pop(leg, None)
        self._mute.discard(leg)

    def appearance(self, leg: str) -> asyncio.Event | None:
        """Set once this leg is a channel or can no longer become one. None if its Originate is over already."""
        return self._asked.get(leg)

    def unwanted(self, leg: str) -> None:
        """We are about to hang up: if the leg ends unanswered, it was cancelled. Asterisk loses an early cause."""
        self._unwanted.add(leg)

    def not_there(self, leg: str) -> None:
        """There was nothing to hang up."""
        self._unwanted.discard(leg)

    def _ended(self, ended: LegEnded) -> None:
        self._talked.discard(ended.uniqueid)
        if self._rang_nowhere(ended.uniqueid) and not ended.answered:
            ended = replace(ended, outcome=LegOutcome.TRUNK_FAILURE)
        if ended.uniqueid in self._unwanted:
            self._unwanted.discard(ended.uniqueid)
            if not ended.answered:
                ended = replace(ended, outcome=LegOutcome.CANCELLED)
        self._tell(ended)

    def _originated(self, event: Message) -> None:
        """The last word on every Originate. The channel's own Hangup may come before or after it."""
        leg = event.get("ActionID", "")
        appeared = self._asked.get(leg)
        if appeared is None:
            return
        if event.get("Response") == "Failure" and not appeared.is_set():
            asyncio.get_running_loop().call_later(GRACE_SECONDS, self._gave_no_sign, leg)
        else:
            appeared.set()
            del self._asked[leg]

    def _gave_no_sign(self, leg: str) -> None:
        appeared = self._asked.pop(leg, None)
        if appeared is not None and not appeared.is_set():
            appeared.set()
            nothing = unreachable(leg)
            self._tell(replace(nothing, outcome=LegOutcome.TRUNK_FAILURE) if self._rang_nowhere(leg) else nothing)

    def _rang_nowhere(self, leg: str) -> bool:
        """Of a leg by a trunk that has ended."""
        mute = leg in self._mute
        self._mute.discard(leg)
        return mute
