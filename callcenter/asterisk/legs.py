"""What the link must remember between two events: legs asked for, channels that made a sound."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field

from callcenter.asterisk.events import meaning, unreachable
from callcenter.asterisk.wire import Message
from callcenter.ports import AsteriskEvent, LegEnded, LinkDown, LinkUp, Talking


@dataclass
class _Leg:
    """A leg whose OriginateResponse has not come. `over`: its channel has been hung up."""

    appeared: asyncio.Event = field(default_factory=asyncio.Event)
    over: bool = False


class Legs:
    """Hears the link (`heard`, `up`, `down` are its callbacks) and tells what happened, in `callcenter.ports`' words.

    While the link is up, every leg asked for ends in exactly one `LegEnded`, also one that never became a channel.
    What ended while the link was down is not told: reconcile with `Telephony.channels()` on every `LinkUp`.
    """

    def __init__(self, tell: Callable[[AsteriskEvent], None]) -> None:
        self._tell = tell
        self._asked: dict[str, _Leg] = {}
        self._talked: set[str] = set()

    def up(self) -> None:
        self._tell(LinkUp())

    def down(self) -> None:
        for leg in self._asked.values():
            leg.appeared.set()
        self._asked.clear()
        self._talked.clear()
        self._tell(LinkDown())

    def heard(self, event: Message) -> None:
        match event["Event"]:
            case "Newchannel":
                if leg := self._asked.get(event.get("Uniqueid", "")):
                    leg.appeared.set()
                return
            case "OriginateResponse":
                self._originated(event)
                return
        match meaning(event):
            case None:
                return
            case Talking() as talking:
                if talking.uniqueid not in self._talked:
                    self._talked.add(talking.uniqueid)
                    self._tell(talking)
            case LegEnded() as ended:
                self._talked.discard(ended.uniqueid)
                if leg := self._asked.get(ended.uniqueid):
                    leg.over = True
                self._tell(ended)
            case said:
                self._tell(said)

    def ask(self, leg: str) -> None:
        """To be called before the leg is originated, with its id as ActionID and ChannelId."""
        self._asked[leg] = _Leg()

    def forget(self, leg: str) -> None:
        """Asterisk refused to originate it: no event will come."""
        self._asked.pop(leg, None)

    async def appeared(self, leg: str) -> bool:
        """True once this leg is a channel or can no longer become one; False at once if it is not expected.

        Not bounded: the caller bounds it.
        """
        asked = self._asked.get(leg)
        if asked is None or asked.appeared.is_set():
            return False
        await asked.appeared.wait()
        return True

    def _originated(self, event: Message) -> None:
        """The last word on every Originate. The channel's own Hangup may come before or after it."""
        leg_id = event.get("ActionID", "")
        leg = self._asked.pop(leg_id, None)
        if leg is None:
            return
        never_a_channel = event.get("Response") == "Failure" and not leg.appeared.is_set()
        leg.appeared.set()
        if never_a_channel and not leg.over:
            self._tell(unreachable(leg_id))
