"""Who is calling, on the screen before the call is answered. The look is written down first."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from callcenter.console.house import Visit
from callcenter.console.looking import note
from callcenter.domain.devices import Device
from callcenter.domain.emergencies import Attended, Closed, Emergency, Waiting
from callcenter.domain.health import Health, HealthPart
from callcenter.domain.looks import Seen
from callcenter.domain.people import Contact, ContactRole, Profile
from callcenter.domain.transcripts import Sentence
from callcenter.errors import EmergencyClosed, EmergencyUnknown, NotWhileStorageAway
from callcenter.ports.storage import UnitOfWork
from callcenter.services.dialling import dialable
from callcenter.services.speak import hand_over_text


@dataclass(frozen=True, kw_only=True)
class Sheet:
    """Everything about one emergency that an agent needs on one screen."""

    emergency: Waiting | Attended
    profile: Profile | None
    candidates: tuple[Profile, ...]
    devices: tuple[Device, ...]
    transcript: tuple[Sentence, ...]

    @property
    def key_holders(self) -> tuple[Contact, ...]:
        contacts = self.profile.contacts if self.profile else ()
        return tuple(each for each in contacts if each.has_key or each.role is ContactRole.KEY_HOLDER)


async def profile_of(visit: Visit, emergency: UUID, *, why: str) -> str:
    """The profile as HTML in the page's language.

    Raises `EmergencyUnknown`, `EmergencyClosed`, and what `note_look` does. While the database is away the look is
    noted as one at the emergency's timeline, which the journal takes, and shown as it is known there.
    """
    sheet = await visit.read("profile", lambda work: _read(visit, work, emergency))
    elder = sheet.emergency.elder
    try:
        if elder is None:
            await note(visit, Seen.TIMELINE, why=why, emergency=emergency)
        else:
            await note(visit, Seen.PROFILE, why=why, elder=elder)
    except NotWhileStorageAway:
        await note(visit, Seen.TIMELINE, why=why, emergency=emergency)
    desk = visit.house.desk
    return visit.fragment(
        "profile.html",
        sheet=sheet,
        age=sheet.profile.age(desk.clock.now().date()) if sheet.profile else None,
        read_to_120=hand_over_text(desk, sheet.emergency, sheet.profile),
        recognizes=visit.house.health().get(HealthPart.SPEECH) is Health.WELL,
        dial=lambda number: dialable(number, country=desk.config.hotline.country),
    )


def _read(visit: Visit, work: UnitOfWork, id_: UUID) -> Sheet:
    emergency = _still_open(work.emergencies.get(id_), id_)
    away = visit.house.desk.storage.away
    candidates = (work.people.profile(elder) for elder in emergency.candidates)
    now = visit.house.desk.clock.now()
    return Sheet(
        emergency=emergency,
        profile=work.people.profile(emergency.elder) if emergency.elder else None,
        candidates=tuple(profile for profile in candidates if profile is not None),
        devices=tuple(work.people.devices(emergency.elder, now)) if emergency.elder else (),
        transcript=() if away else tuple(work.transcripts.of(id_)),
    )


def _still_open(emergency: Emergency | None, id_: UUID) -> Waiting | Attended:
    if emergency is None:
        raise EmergencyUnknown(str(id_))
    if isinstance(emergency, Closed):
        raise EmergencyClosed(str(id_))
    return emergency
