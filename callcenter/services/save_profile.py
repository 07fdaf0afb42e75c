"""The one way in which a profile changes: what differs is written, and who changed it stands in the history."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from callcenter.domain.elder_changes import SHARED_FIELDS, ElderChange, FieldChange, differences
from callcenter.domain.people import Profile
from callcenter.ports.storage import UnitOfWork


def save_profile(
    work: UnitOfWork, *, by: str, now: datetime, before: Profile | None, after: Profile, home: Profile | None
) -> tuple[FieldChange, ...]:
    """Inside the running transaction; returns what differed.

    `before` is the elder as she was read in this transaction, None for a new one. `home` is whoever lives in `after`'s
    household already, herself before or a housemate; None for a household that is new. A number that was changed is
    a line of its own: the old one ends.
    """
    changes = differences(before, after)
    if not changes:
        return ()
    _save_home(work, after, home)
    if before is None:
        work.people.add_elder(after.elder)
    elif before.elder != after.elder:
        work.people.save_elder(after.elder)
    _save_contacts(work, before, after)
    note_changes(work, after.elder.id, by=by, now=now, changes=changes)
    shared = tuple(change for change in changes if change.field in SHARED_FIELDS)
    if shared and home is not None:
        for mate in work.people.housemates(after.elder.id):
            note_changes(work, mate, by=by, now=now, changes=shared)
    return changes


def note_changes(work: UnitOfWork, elder: UUID, *, by: str, now: datetime, changes: tuple[FieldChange, ...]) -> None:
    """One act in the elder's history."""
    work.history.note(ElderChange(id=work.new_id(), elder=elder, at=now, by=by, changes=changes))


def _save_home(work: UnitOfWork, after: Profile, home: Profile | None) -> None:
    if home is None:
        work.people.add_household(after.household)
    elif home.household != after.household:
        work.people.save_household(after.household)
    old = {line.id: line for line in home.lines} if home else {}
    for gone in old.keys() - {line.id for line in after.lines}:
        work.people.remove_line(gone)
    for line in after.lines:
        if line.id not in old:
            work.people.add_line(line)
        elif line != old[line.id]:
            work.people.save_line(line)


def _save_contacts(work: UnitOfWork, before: Profile | None, after: Profile) -> None:
    old = {contact.id: contact for contact in before.contacts} if before else {}
    for gone in old.keys() - {contact.id for contact in after.contacts}:
        work.people.remove_contact(gone)
    for contact in after.contacts:
        if contact.id not in old:
            work.people.add_contact(contact)
        elif contact != old[contact.id]:
            work.people.save_contact(contact)
