"""Simulated callers: real channels in the running Asterisk that take the ways real callers take, marked as tests.

Asterisk calls itself: one half of a Local channel is the caller at home, the other enters the dialplan where a pager's
or a carrier's call does. All behind it is real: the record, the agents' phones, the ladder.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from callcenter.app.clock import SystemClock
from callcenter.app.reach import read
from callcenter.asterisk.accounts import load_secrets
from callcenter.asterisk.link import AmiLink
from callcenter.asterisk.wire import Message
from callcenter.config import Config
from callcenter.domain.calls import Key
from callcenter.errors import AsteriskAway, NobodyToPress, NotWhileLive, RealTelephonesMayRing
from callcenter.ports.storage import UnitOfWork
from dialplans import variables

#: How long the first prompt may take to answer the call.
ANSWERED_WITHIN_SECONDS: Final = 60
#: The caller's own half of the channel. In front: Asterisk takes an id for used when another one begins with it.
_HOME: Final = "home-"
_RECORDED_WITHIN_SECONDS: Final = 5.0
_ASKED_WITHIN_SECONDS: Final = 20.0  #: a leftover entry is looked for every ten seconds
_LOOK_SECONDS: Final = 0.1
#: So many elders are looked through for a district.
_SEARCHED: Final = 20_000
_PAGE: Final = 500


@dataclass(frozen=True, kw_only=True)
class Caller:
    """One simulated call. With an account it comes from that device, otherwise from a carrier."""

    account: str = ""
    key: Key = Key.RED
    number: str = ""  #: shown as the caller's; "" is withheld
    dialled: str = ""  #: what a carrier's caller dialled
    talks: bool = True  #: makes a sound; otherwise lies silent
    stays_seconds: int = 120  #: once answered; then hangs up


@dataclass(frozen=True, kw_only=True)
class Placed:
    """A call that was placed. `emergency` is None when none was recorded in time."""

    caller: Caller
    uniqueid: str  #: of the channel in the dialplan
    emergency: UUID | None
    failed: bool  #: Asterisk could not even make the call


def refuse_if_real(config: Config, *, trunks_meant: bool) -> None:
    """Raises `NotWhileLive`, and `RealTelephonesMayRing` unless that is meant."""
    if config.dispatch.live:
        raise NotWhileLive
    if config.trunks and not trunks_meant:
        raise RealTelephonesMayRing


async def place(config: Config, callers: Sequence[Caller], *, within_seconds: float = 0.0) -> list[Placed]:
    """Places the calls, spread evenly over this time, and waits until each is recorded.

    Five seconds at most, twenty with callers who are asked first what they need, and hang up.
    Raises `AsteriskAway` when Asterisk does not run, `ActionRefused` when it refuses.
    """
    clock = SystemClock()
    calls = {f"test-{clock.new_id()}": caller for caller in callers}
    failed: set[str] = set()

    def heard(event: Message) -> None:
        if event["Event"] == "OriginateResponse" and event.get("Response") == "Failure":
            failed.add(event.get("Uniqueid", "").removeprefix(_HOME))

    async with AmiLink(config.asterisk.ami, load_secrets(config).ami, heard, _nothing, _nothing) as link:
        if not link.up:
            raise AsteriskAway("does `callcenter run` run?")
        for index, (id_, caller) in enumerate(calls.items()):
            if index and within_seconds:
                await asyncio.sleep(within_seconds / len(calls))
            await link.act("Originate", _originate(caller, id_))
        asked = any(caller.key is not Key.RED for caller in callers)
        recorded = await _recorded(config, list(calls), _ASKED_WITHIN_SECONDS if asked else _RECORDED_WITHIN_SECONDS)
    return [
        Placed(caller=caller, uniqueid=id_, emergency=recorded.get(id_), failed=id_ in failed)
        for id_, caller in calls.items()
    ]


def _originate(caller: Caller, id_: str) -> dict[str, str | list[str]]:
    if caller.account:
        way = f"start@{variables.CONTEXT_ELDER}"
        carried = [f"{variables.KEY}={caller.key}", f"{variables.ACCOUNT}={caller.account}"]
    else:
        way = f"{caller.dialled}@{variables.CONTEXT_TRUNK}"
        carried = []
    return {
        "Channel": f"Local/{way}/n",
        "ChannelId": f"{_HOME}{id_}",
        "OtherChannelId": id_,
        "Application": "MusicOnHold" if caller.talks else "Wait",
        "Data": f"default,{caller.stays_seconds}" if caller.talks else str(caller.stays_seconds),
        "CallerID": f'"TEST" <{caller.number}>',
        "Timeout": str(ANSWERED_WITHIN_SECONDS * 1000),
        "Async": "true",
        "Variable": carried,
    }


async def _recorded(config: Config, ids: Sequence[str], within_seconds: float) -> dict[str, UUID]:
    found: dict[str, UUID] = {}
    loop = asyncio.get_running_loop()
    ends = loop.time() + within_seconds
    while len(found) < len(ids) and loop.time() < ends:
        await asyncio.sleep(_LOOK_SECONDS)
        missing = [id_ for id_ in ids if id_ not in found]
        found |= await read(config, lambda work, missing=missing: _alarms(work, missing))  # type: ignore[misc]
    return found


def _alarms(work: UnitOfWork, ids: Sequence[str]) -> dict[str, UUID]:
    alarms = {id_: work.calls.alarm_of_entry(id_) for id_ in ids}
    return {id_: alarm.emergency for id_, alarm in alarms.items() if alarm is not None}


async def any_account(config: Config) -> str:
    """The first device in somebody's hands. Raises `NobodyToPress`."""
    accounts = await read(config, lambda work: work.people.device_accounts(SystemClock().now()))
    if not accounts:
        raise NobodyToPress
    return accounts[0][0]


async def accounts_of_a_district(config: Config, number: int, district: str = "") -> list[str]:
    """Devices of one district, `number` at most: of the one named, or of the one with most. Raises `NobodyToPress`."""
    districts = await read(config, lambda work: _by_district(work, number, district))
    most = max(districts.values(), key=len, default=[])
    if not most:
        raise NobodyToPress(district or None)
    return most[:number]


def _by_district(work: UnitOfWork, number: int, wanted: str) -> dict[str, list[str]]:
    now = SystemClock().now()
    found: dict[str, list[str]] = {}
    last: UUID | None = None
    for _ in range(_SEARCHED // _PAGE):
        page = work.people.ids_after(last, _PAGE)
        for elder in page:
            profile = work.people.profile(elder)
            if profile is None or (wanted and profile.household.district != wanted):
                continue
            accounts = found.setdefault(profile.household.district, [])
            accounts += [device.account for device in work.people.devices(elder, now) if device.account][:1]
            if len(accounts) >= number:
                return {profile.household.district: accounts}
        if len(page) < _PAGE:
            break
        last = page[-1]
    return found


def _nothing() -> None:
    """The link is needed for a moment only."""
