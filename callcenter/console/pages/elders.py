"""老人档案: everything about one elder. Masked, unless somebody says why not."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Final
from uuid import UUID

from aiohttp import web

from callcenter.console.house import Visit
from callcenter.console.looking import note
from callcenter.domain.check_ins import CheckIn
from callcenter.domain.devices import Device
from callcenter.domain.dial_hours import day_of
from callcenter.domain.elder_changes import ElderChange
from callcenter.domain.emergencies import Emergency, state_of
from callcenter.domain.looks import LONGEST, Seen
from callcenter.domain.people import Profile
from callcenter.errors import ElderUnknown
from callcenter.ports.storage import UnitOfWork

_DAYS: Final = 30  #: of check-ins on the card
_EMERGENCIES: Final = 10  #: on the card
HIDDEN: Final = "＊＊＊"


@dataclass(frozen=True, kw_only=True)
class Card:
    profile: Profile
    devices: tuple[Device, ...]
    mates: tuple[Profile, ...]  #: who lives with her
    history: tuple[ElderChange, ...]  #: the newest first
    emergencies: tuple[Emergency, ...]  #: the newest first
    calendar: tuple[tuple[date, CheckIn | None], ...]  #: the last days, the oldest first
    photo: bool  #: there is one
    masked: bool


def elder_of(visit: Visit) -> UUID:
    """Of the address. Raises `ElderUnknown` for what is no id."""
    try:
        return UUID(visit.request.match_info["id"])
    except ValueError as error:
        raise ElderUnknown from error


async def card(visit: Visit) -> web.StreamResponse:
    """Masked. Raises `ElderUnknown`."""
    return await _card(visit, why="elder's card, masked", masked=True)


async def whole_card(visit: Visit) -> web.StreamResponse:
    """With everything, for the reason that was typed: it stands in the access log."""
    why = " ".join((await visit.form()).get("why", "").split())[:LONGEST]
    if not why.isprintable() or not why:
        return await _card(visit, why="elder's card, masked", masked=True)
    return await _card(visit, why=why, masked=False)


async def _card(visit: Visit, *, why: str, masked: bool) -> web.StreamResponse:
    elder = elder_of(visit)
    await note(visit, Seen.PROFILE, why=why, elder=elder)
    shown = await visit.read("elder", lambda work: _read(visit, work, elder))
    if masked:
        shown = replace(
            shown,
            profile=_masked(shown.profile),
            devices=tuple(map(masked_device, shown.devices)),
            history=tuple(map(_masked_change, shown.history)),
        )
    return visit.page("elder.html", card=replace(shown, masked=masked), state_of=state_of)


def _read(visit: Visit, work: UnitOfWork, elder: UUID) -> Card:
    profile = work.people.profile(elder)
    if profile is None:
        raise ElderUnknown(str(elder))
    devices = work.people.devices(elder, visit.house.desk.clock.now())
    settings, today = visit.house.desk.config.access, day_of(visit.house.desk.clock.now())
    called = {check_in.day: check_in for check_in in work.check_ins.of_elder(elder, _DAYS)}
    days = (today - timedelta(days=ago) for ago in reversed(range(_DAYS)))
    mates = (work.people.profile(mate) for mate in work.people.housemates(elder))
    return Card(
        profile=profile,
        devices=tuple(devices),
        mates=tuple(mate for mate in mates if mate is not None),
        history=tuple(work.history.of(elder, settings.rows_at_most)),
        emergencies=tuple(work.emergencies.of_elder(elder, _EMERGENCIES)),
        calendar=tuple((day, called.get(day)) for day in days),
        photo=work.photos.there(elder),
        masked=True,
    )


def _masked(profile: Profile) -> Profile:
    """What anybody may see of an elder: who she is, where about, and whom to ask; no illness, door or number."""
    elder, home = profile.elder, profile.household
    return Profile(
        elder=replace(
            elder,
            identity_number=_hidden(elder.identity_number),
            illness=_hidden(elder.illness),
            medicines=_hidden(elder.medicines),
            allergies=_hidden(elder.allergies),
            instructions=_hidden(elder.instructions),
            status_note=_hidden(elder.status_note),
        ),
        household=replace(home, building=_hidden(home.building), door=_hidden(home.door), access=_hidden(home.access)),
        lines=tuple(replace(line, number=_short(line.number)) for line in profile.lines),
        contacts=tuple(replace(contact, number=_short(contact.number)) for contact in profile.contacts),
    )


def masked_device(device: Device) -> Device:
    """The last four digits of its number."""
    return replace(device, number=_short(device.number))


def _masked_change(change: ElderChange) -> ElderChange:
    """Who changed what, and when; not from what to what."""
    return replace(change, changes=tuple(replace(one, old="", new="") for one in change.changes))


def _hidden(text: str) -> str:
    return HIDDEN if text else ""


def _short(number: str) -> str:
    """The last four digits."""
    return f"{HIDDEN}{number[-4:]}" if number else ""
