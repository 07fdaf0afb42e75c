"""`callcenter.ports.telephony.Telephony` on the manager interface."""

from __future__ import annotations

import asyncio
import re
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from typing import Final

from callcenter.asterisk.accounts import in_browser
from callcenter.asterisk.browser_phones import BrowserPhones
from callcenter.asterisk.entries import entry_of
from callcenter.asterisk.events import CAUSE_CANCELLED, EAR, OURS, SPEAKER, UP, emergency_of, role_of
from callcenter.asterisk.legs import Legs
from callcenter.asterisk.link import AmiLink
from callcenter.asterisk.wire import Message
from callcenter.config import Config
from callcenter.domain.calls import Entry
from callcenter.errors import ActionRefused
from callcenter.ports.telephony import Channel, LegRequest, Member
from dialplans import variables

_NAME = re.compile(r"_{0,2}[A-Za-z][A-Za-z0-9_]{0,63}")
_CARRIED_UNCHANGED = re.compile(r'[^,"\\]*')
_CALLER_UNFIT = re.compile(r'[\x00-\x1f\x7f"<>\\]+')
#: Asterisk's words for what is not there, seen on 22.10 for Hangup, ConfbridgeList and DBDel.
_ABSENT: Final = ("No such channel", "No active conferences", "No Conference by that name", "could not be deleted")
_WITH_BROWSERS: Final = (variables.ROLE_AGENT, variables.ROLE_SUPERVISOR)
CALLER_AT_MOST: Final = 60  #: characters of a caller's name or number that are shown


class AsteriskTelephony:
    """Every call is bounded by the link's `reply_within_seconds` and raises `AsteriskAway` or `ActionRefused`."""

    def __init__(self, link: AmiLink, legs: Legs, config: Config, browsers: BrowserPhones | None = None) -> None:
        """With `browsers`, an agent or supervisor whose page is open is rung there and not on a desk phone."""
        self._link = link
        self._browsers = browsers
        self._legs = legs
        self._hotline = config.hotline
        self._dispatch = config.dispatch
        self._trunks = {trunk.name for trunk in config.trunks}
        self._reply_within_seconds = config.asterisk.ami.reply_within_seconds

    async def ring(self, leg: LegRequest) -> None:
        """Starts ringing. The outcome comes as an event, even if it fails at once.

        After `AsteriskAway` the leg may ring all the same; `channels` tells, by its id. A variable whose value holds a
        comma, a quotation mark or a backslash is refused: Originate would not carry it unchanged. So is whatever
        would reach an emergency service, unless it is a dispatch route's `live` and `dispatch.live` is true.
        """
        if not self._dispatch.may_ring(leg.destination):
            raise ActionRefused("this would ring an emergency service")
        for name, value in leg.variables.items():
            _check_name(name)
            if not _CARRIED_UNCHANGED.fullmatch(value):
                raise ActionRefused(f"the value of {name} would not arrive unchanged")
        leg_id = str(leg.id)
        by_trunk = leg.destination.partition("@")[2] in self._trunks
        self._legs.ask(leg_id, by_trunk=by_trunk)  # first of all, so that a `hang_up` from now on waits for the channel
        if self._browsers is not None and leg.variables.get(variables.ROLE) in _WITH_BROWSERS:
            nearest = await self._browsers.nearest(leg.destination)
            if nearest != leg.destination:
                self._browsers.rings(nearest, leg_id)
                leg = replace(leg, destination=nearest)
        try:
            await self._link.act(
                "Originate",
                {
                    "ActionID": leg_id,
                    "Channel": leg.destination,
                    "ChannelId": leg_id,
                    "Context": leg.context,
                    "Exten": "s",
                    "Priority": "1",
                    "Timeout": str(round(leg.ring_seconds * 1000)),
                    "CallerID": f'"{_shown(leg.caller_name)}" <{_shown(leg.caller_number)}>',
                    "Async": "true",
                    "Variable": [_mark(leg), *(f"{name}={value}" for name, value in leg.variables.items())],
                },
            )
        except ActionRefused:
            self._legs.forget(leg_id)
            raise

    async def hang_up(self, uniqueid_or_channel: str) -> None:
        """Ends a leg; one that rings ends as cancelled. A leg that is gone already is no error.

        A leg asked for a moment ago may not be a channel yet: then this waits until it is, so that it cannot ring on.
        """
        appeared = self._legs.appearance(uniqueid_or_channel)
        if await self._hung_up(uniqueid_or_channel) or appeared is None:
            return
        with suppress(TimeoutError):
            async with asyncio.timeout(self._reply_within_seconds):
                await appeared.wait()
        await self._hung_up(uniqueid_or_channel)

    async def reachable(self, extension: str) -> bool:
        """Whether a telephone of this agent's, her own or one in a browser, has told Asterisk where it is."""
        for account in (in_browser(extension), extension):
            answer = await self._link.act("Getvar", {"Variable": f"PJSIP_DIAL_CONTACTS({account})"})
            if answer.get("Value", ""):
                return True
        return False

    async def send_to(self, channel: str, context: str, extension: str) -> None:
        """Moves a live channel to a place in the dialplan."""
        await self._link.act("Redirect", {"Channel": channel, "Context": context, "Exten": extension, "Priority": "1"})

    async def set_variable(self, channel: str, name: str, value: str) -> None:
        _check_name(name)
        await self._link.act("Setvar", {"Channel": channel, "Variable": name, "Value": value})

    async def channels(self) -> list[Channel]:
        """All live channels, from Asterisk itself."""
        items = await self._link.collect("CoreShowChannels")
        return [_channel(item) for item in items if not item.get("Channel", "").startswith(OURS)]

    async def members(self, room: str) -> list[Member]:
        """Who is in a room; nobody, if there is no such room."""
        try:
            items = await self._link.collect("ConfbridgeList", {"Conference": room})
        except ActionRefused as refused:
            if _is_absent(refused):
                return []
            raise
        return [
            Member(
                channel=item.get("Channel", ""),
                uniqueid=item.get("Uniqueid", ""),
                role=role_of(item),
                marked=item.get("MarkedUser") == "Yes",
            )
            for item in items
        ]

    async def mute(self, room: str, channel: str, *, muted: bool) -> None:
        await self._link.act(
            "ConfbridgeMute" if muted else "ConfbridgeUnmute", {"Conference": room, "Channel": channel}
        )

    async def kick(self, room: str, channel: str) -> None:
        await self._link.act("ConfbridgeKick", {"Conference": room, "Channel": channel})

    async def entries(self) -> list[Entry]:
        """Entry marks that nobody has committed yet (design rule 2), oldest first."""
        try:
            items = await self._link.collect("DBGetTree", {"Family": variables.DB_ENTRY})
        except ActionRefused as refused:
            if _is_absent(refused):
                return []
            raise
        now = datetime.now(UTC)
        prefix = f"/{variables.DB_ENTRY}/"
        entries = [
            entry_of(item["Key"].removeprefix(prefix), item.get("Val", ""), self._hotline, now=now)
            for item in items
            if item.get("Key", "").startswith(prefix)
        ]
        return sorted(entries, key=lambda entry: entry.at)

    async def forget_entry(self, uniqueid: str) -> None:
        """One that is gone already is no error."""
        await self._forget(variables.DB_ENTRY, uniqueid)

    async def mark_silent(self, room: str, *, silent: bool) -> None:
        if silent:
            await self._link.act("DBPut", {"Family": variables.SILENT, "Key": room, "Val": "1"})
        else:
            await self._forget(variables.SILENT, room)

    async def say_in_room(self, room: str, sound: str) -> None:
        """A Local channel says it; it is neither an elder nor a responder, and no event tells of it."""
        await self._link.act(
            "Originate",
            {
                "Channel": f"{SPEAKER}/n",
                "Context": variables.CONTEXT_SAYING,
                "Exten": "room",
                "Priority": "1",
                "Timeout": str(round(self._reply_within_seconds * 1000)),
                "Async": "true",
                "Variable": [f"__{variables.ROOM}={room}", f"__{variables.SAID}={sound}"],
            },
        )

    async def overhear(self, channel: str, sound: str) -> None:
        """Originates an ear: ChanSpy on this channel, its sound to the AudioSocket at `uuid,host:port`.

        It sends what comes from the channel only, and ends with it. No event tells of it, and `channels` leaves it
        out: it is neither an elder nor a responder.
        """
        stream, _, address = sound.partition(",")
        await self._link.act(
            "Originate",
            {
                "Channel": f"{EAR}{address}/{stream}/c(slin)",
                "Application": "ChanSpy",
                "Data": f"{channel},qoES",
                "Timeout": str(round(self._reply_within_seconds * 1000)),
                "Async": "true",
            },
        )

    async def _hung_up(self, uniqueid_or_channel: str) -> bool:
        self._legs.unwanted(uniqueid_or_channel)
        try:
            await self._link.act("Hangup", {"Channel": uniqueid_or_channel, "Cause": str(CAUSE_CANCELLED)})
        except ActionRefused as refused:
            self._legs.not_there(uniqueid_or_channel)
            if _is_absent(refused):
                return False
            raise
        return True

    async def _forget(self, family: str, key: str) -> None:
        try:
            await self._link.act("DBDel", {"Family": family, "Key": key})
        except ActionRefused as refused:
            if not _is_absent(refused):
                raise


def _channel(item: Message) -> Channel:
    return Channel(
        name=item.get("Channel", ""),
        uniqueid=item.get("Uniqueid", ""),
        up=item.get("ChannelState") == UP,
        context=item.get("Context", ""),
        role=role_of(item),
        room=item.variables.get(variables.ROOM, ""),
        emergency=emergency_of(item),
        target=item.variables.get(variables.TARGET, ""),
    )


def _is_absent(refused: ActionRefused) -> bool:
    """Whether a channel, a room or a database entry is not there (any more)."""
    return any(words in (refused.detail or "") for words in _ABSENT)


def _mark(leg: LegRequest) -> str:
    """Set before it rings: puts the leg into the group by which the dialplan's fallback rings no leg twice."""
    group = re.sub(r"[^A-Za-z0-9_.+-]", "", f"{leg.variables.get(variables.ROOM, '')}+{leg.destination}")
    return f"GROUP({variables.LEG_GROUP})={group}"


def _shown(text: str) -> str:
    """A caller's name or number without what would end it early in a CallerID header."""
    return _CALLER_UNFIT.sub(" ", text)[:CALLER_AT_MOST].strip()


def _check_name(name: str) -> None:
    if not _NAME.fullmatch(name):
        raise ActionRefused("this is no variable's name")
