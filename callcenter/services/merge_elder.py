"""What a row of a list would make of the elders that are there. Reads only."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final

from callcenter.domain.people import Contact, ContactRole, Elder, Household, Line, Profile
from callcenter.ports.clock import Clock
from callcenter.ports.storage import UnitOfWork
from callcenter.services.elder_cells import Fault
from callcenter.services.elder_row import GivenContact, GivenElder

_HOUSEHOLD_WORDS: Final = ("district", "street", "estate", "building", "door", "landmark", "access")
_NOWHERE: Final = {"district": "", "street": "", "estate": ""}
SAME_HOME: Final = ("street", "estate", "building", "door")
_ELDER_WORDS: Final = (
    "name", "sex", "identity_number", "illness", "medicines", "allergies", "dialect", "how_to_talk", "ladder",
    "instructions",
)  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Merge:
    """As `save_profile` takes it. `accounts` are pagers that she would get."""

    before: Profile | None
    after: Profile
    home: Profile | None
    accounts: tuple[str, ...]


def merge(work: UnitOfWork, clock: Clock, given: GivenElder) -> Merge | Fault:
    """An elder is known again by identity number, else by name together with a number, or by pager account.

    An empty cell deletes nothing. Who has the same number at the same address shares the household.
    """
    now = clock.now()
    known = _find(work, clock, given)
    if isinstance(known, Fault):
        return known
    for account in given.accounts:
        holders = work.people.by_account(account, now)
        if any(known is None or holder != known.elder.id for holder in holders):
            return Fault(column="account", template="is in another elder's hands")
        if work.agents.by_extension(account) is not None:
            return Fault(column="account", template="is an agent's extension")
    numbers = [number for number, _ in given.numbers]
    home = known or shared_home(work, now, numbers, [given.words.get(key, "") for key in SAME_HOME])
    return Merge(
        before=known,
        after=_merged(clock, known, home, given),
        home=home,
        accounts=tuple(account for account in given.accounts if not work.people.by_account(account, now)),
    )


def _find(work: UnitOfWork, clock: Clock, given: GivenElder) -> Profile | Fault | None:
    identity = given.words.get("identity_number", "")
    if identity and (same := work.people.by_identity_number(identity)) is not None:
        return work.people.profile(same)
    now = clock.now()
    near = {elder for number, _ in given.numbers for elder in work.people.by_number(number, now)}
    near |= {elder for account in given.accounts for elder in work.people.by_account(account, now)}
    profiles = [profile for elder in sorted(near) if (profile := work.people.profile(elder)) is not None]
    same_name = [
        profile
        for profile in profiles
        if profile.elder.name == given.words["name"] and not (identity and profile.elder.identity_number)
    ]
    if len(same_name) > 1:
        return Fault(
            column="name", template="{found} elders have this name and number", values={"found": len(same_name)}
        )
    return same_name[0] if same_name else None


def shared_home(work: UnitOfWork, now: datetime, numbers: Sequence[str], address: Sequence[str]) -> Profile | None:
    """Somebody with one of these numbers at the same street, estate, building and door: they live together."""
    for number in numbers:
        for elder in work.people.by_number(number, now):
            profile = work.people.profile(elder)
            if profile is not None and [getattr(profile.household, key) for key in SAME_HOME] == address:
                return profile
    return None


def _merged(clock: Clock, known: Profile | None, home: Profile | None, given: GivenElder) -> Profile:
    words = _given(given, _HOUSEHOLD_WORDS)
    household = replace(home.household, **words) if home else Household(id=clock.new_id(), **_NOWHERE | words)
    elder = known.elder if known else Elder(id=clock.new_id(), household=household.id, name=given.words["name"])
    elder = replace(elder, **_given(given, _ELDER_WORDS))
    if given.born is not None:
        elder = replace(elder, born=given.born)
    if given.needs:
        elder = replace(elder, needs=given.needs)
    lines = home.lines if home else ()
    numbers = {line.number for line in lines}
    lines += tuple(
        Line(id=clock.new_id(), household=household.id, number=number, kind=kind)
        for number, kind in given.numbers
        if number not in numbers
    )
    contacts = {contact.ring_order: contact for contact in known.contacts} if known else {}
    for contact in given.contacts:
        contacts[contact.order] = _contact(clock, elder, contacts.get(contact.order), contact)
    in_order = tuple(contacts[order] for order in sorted(contacts))
    return Profile(elder=elder, household=household, lines=lines, contacts=in_order)


def _given(given: GivenElder, keys: tuple[str, ...]) -> dict[str, Any]:
    return {key: given.words[key] for key in keys if key in given.words}


def _contact(clock: Clock, elder: Elder, old: Contact | None, given: GivenContact) -> Contact:
    if old is None:
        return Contact(
            id=clock.new_id(),
            elder=elder.id,
            name=given.name,
            role=given.role or ContactRole.FAMILY,
            number=given.number,
            ring_order=given.order,
            has_key=bool(given.has_key),
        )
    return replace(
        old,
        name=given.name,
        role=given.role or old.role,
        number=given.number,
        has_key=old.has_key if given.has_key is None else given.has_key,
    )
