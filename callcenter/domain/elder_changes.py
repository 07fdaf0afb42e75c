"""What was changed about an elder, by whom and when. Standard library only."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from callcenter.domain.people import Contact, Line, Profile

ELDER_FIELDS: Final = (
    "name", "sex", "born", "identity_number", "illness", "medicines", "allergies", "dialect", "needs", "how_to_talk",
    "ladder", "instructions", "status", "status_since", "status_note", "agreed", "refused",
)  # fmt: skip
HOME_FIELDS: Final = ("district", "street", "estate", "building", "door", "landmark", "access")
#: Of all who live together.
SHARED_FIELDS: Final = frozenset({*HOME_FIELDS, "lines"})
ADDED: Final = "added"


@dataclass(frozen=True, kw_only=True)
class FieldChange:
    """Texts as they are kept; "" for nothing."""

    field: str
    old: str
    new: str


@dataclass(frozen=True, kw_only=True)
class ElderChange:
    """One act of one person. It only grows; old and new are encrypted at rest."""

    id: UUID
    elder: UUID
    at: datetime
    by: str  #: a user's name, of the console or of the machine
    changes: tuple[FieldChange, ...]


def differences(before: Profile | None, after: Profile) -> tuple[FieldChange, ...]:
    """Field by field. Somebody who was not there is one change, `ADDED`: her first values stand in her profile."""
    if before is None:
        return (FieldChange(field=ADDED, old="", new=""),)
    old, new = _texts(before), _texts(after)
    return tuple(FieldChange(field=name, old=old[name], new=new[name]) for name in new if old[name] != new[name])


def _texts(profile: Profile) -> dict[str, str]:
    texts = {name: _text(getattr(profile.elder, name)) for name in ELDER_FIELDS}
    texts |= {name: _text(getattr(profile.household, name)) for name in HOME_FIELDS}
    texts["lines"] = "; ".join(_line(line) for line in sorted(profile.lines, key=lambda line: line.id))
    texts["contacts"] = "; ".join(_contact(contact) for contact in profile.contacts)
    return texts


def _text(value: object) -> str:
    if value is None:
        return ""
    return ", ".join(sorted(value)) if isinstance(value, Iterable) and not isinstance(value, str) else str(value)


def _line(line: Line) -> str:
    return f"{line.kind} {line.number}"


def _contact(contact: Contact) -> str:
    key = " key" if contact.has_key else ""
    return f"{contact.ring_order} {contact.name} {contact.role} {contact.number}{key}"
