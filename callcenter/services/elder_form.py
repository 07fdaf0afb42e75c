"""An elder as a form: what stands in it, what people do to its rows, and the profile it means. Empty is deleted."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final
from uuid import UUID

from callcenter.domain.elder_changes import HOME_FIELDS
from callcenter.domain.elder_status import ElderStatus, Purpose
from callcenter.domain.people import Contact, ContactRole, Elder, Household, Line, LineKind, Profile
from callcenter.services.elder_cells import CellReader, Fault

ROWS_AT_MOST: Final = {"line": 6, "contact": 12}
_ROW_FIELDS: Final = {"line": ("kind", "number"), "contact": ("id", "name", "role", "number", "has_key")}
_ELDER_TEXTS: Final = (
    "name", "sex", "identity_number", "illness", "medicines", "allergies", "dialect", "how_to_talk", "ladder",
    "instructions",
)  # fmt: skip
_TEXTS: Final = (*_ELDER_TEXTS, *HOME_FIELDS, "born", "needs", "status", "status_since", "status_note")
_AGREED: Final = "agreed"
_REFUSED: Final = "refused"
_YES: Final = "yes"
_NOTE_LONGEST: Final = "access"  #: as long as this column

Row = dict[str, str]


@dataclass(kw_only=True)
class ElderForm:
    """Everything as typed; `consents` by purpose: agreed, refused, or "" for not asked."""

    texts: dict[str, str] = field(default_factory=lambda: {"status": ElderStatus.AT_HOME.value, "ladder": "default"})
    consents: dict[str, str] = field(default_factory=dict)
    rows: dict[str, list[Row]] = field(default_factory=lambda: {"line": [], "contact": []})
    alone: bool = False  #: a household of her own, from now on

    @classmethod
    def of(cls, profile: Profile) -> ElderForm:
        elder = profile.elder
        texts = {name: getattr(elder, name) for name in _ELDER_TEXTS}
        texts |= {name: getattr(profile.household, name) for name in HOME_FIELDS}
        texts |= {
            "born": elder.born.isoformat() if elder.born else "",
            "needs": ", ".join(sorted(elder.needs)),
            "status": elder.status.value,
            "status_since": elder.status_since.isoformat() if elder.status_since else "",
            "status_note": elder.status_note,
        }
        said = {_AGREED: elder.agreed, _REFUSED: elder.refused}
        lines = [{"kind": line.kind.value, "number": line.number} for line in profile.lines]
        return cls(
            texts=texts,
            consents={purpose.value: word for word, purposes in said.items() for purpose in purposes},
            rows={"line": lines, "contact": [_row_of(contact) for contact in profile.contacts]},
        )

    @classmethod
    def typed(cls, fields: Mapping[str, str]) -> ElderForm:
        """From a page's fields: `contact1_name` and so on, in the order in which they ring."""
        return cls(
            texts={name: fields.get(name, "") for name in _TEXTS},
            consents={purpose.value: fields.get(f"consent_{purpose.value}", "") for purpose in Purpose},
            rows={kind: _typed_rows(fields, kind) for kind in _ROW_FIELDS},
            alone=fields.get("alone") == _YES,
        )

    def change_rows(self, act: str) -> bool:
        """`add contact`, `remove line 2`, `up contact 2`, `down contact 1`, counted from 1. False for anything else."""
        verb, kind, number = (*act.split(" "), "", "")[:3]
        rows = self.rows.get(kind)
        if rows is None:
            return False
        if verb == "add" and len(rows) < ROWS_AT_MOST[kind]:
            rows.append(dict.fromkeys(_ROW_FIELDS[kind], ""))
            return True
        place = int(number) - 1 if number.isascii() and number.isdigit() else -1
        if not 0 <= place < len(rows):
            return False
        other = {"up": place - 1, "down": place + 1}.get(verb)
        if verb == "remove":
            del rows[place]
        elif other is not None and 0 <= other < len(rows):
            rows[place], rows[other] = rows[other], rows[place]
        return True


def profile_of(
    form: ElderForm, reader: CellReader, before: Profile | None, new_id: Callable[[], UUID]
) -> Profile | list[Fault]:
    """The profile that this form makes of `before`, or all its faults. Lines are known again by their numbers."""
    texts = {key: " ".join(text.split()) for key, text in form.texts.items()}
    for key, text in texts.items():
        reader.check_length(key, text, like=_NOTE_LONGEST if key not in _CHECKED else "")
    words = reader.words(texts)
    if "name" not in words:
        reader.fault("name", "is missing")
    alone = form.alone or before is None
    home = Household(
        id=new_id() if before is None or alone else before.household.id,
        **{name: words.get(name, "") for name in HOME_FIELDS},
    )
    elder = Elder(
        id=new_id() if before is None else before.elder.id,
        household=home.id,
        name=words.get("name", ""),
        born=reader.one(texts, "born", reader.born),
        needs=frozenset(reader.split(texts["needs"])),
        ladder=words.get("ladder", "default"),
        agreed=_consents(form, _AGREED),
        refused=_consents(form, _REFUSED),
    )
    plain: dict[str, Any] = {name: words.get(name, "") for name in _ELDER_TEXTS if name not in ("name", "ladder")}
    elder = replace(elder, **plain)
    elder = _with_status(elder, texts, reader)
    known = {} if before is None or alone else {line.number: line for line in before.lines}
    profile = Profile(
        elder=elder,
        household=home,
        lines=tuple(_lines(form, reader, home, known, new_id)),
        contacts=tuple(_contacts(form, reader, elder, before, new_id)),
    )
    return reader.faults or profile


_CHECKED: Final = frozenset(_TEXTS) - {"status", "status_since", "status_note"}


def _row_of(contact: Contact) -> Row:
    return {
        "id": str(contact.id),
        "name": contact.name,
        "role": contact.role.value,
        "number": contact.number,
        "has_key": _YES if contact.has_key else "",
    }


def _typed_rows(fields: Mapping[str, str], kind: str) -> list[Row]:
    numbers = range(1, ROWS_AT_MOST[kind] + 1)
    return [
        {name: fields.get(f"{kind}{number}_{name}", "") for name in _ROW_FIELDS[kind]}
        for number in numbers
        if f"{kind}{number}_number" in fields
    ]


def _consents(form: ElderForm, word: str) -> frozenset[Purpose]:
    return frozenset(purpose for purpose in Purpose if form.consents.get(purpose.value) == word)


def _with_status(elder: Elder, texts: Mapping[str, str], reader: CellReader) -> Elder:
    if texts["status"] not in set(ElderStatus):
        reader.fault("status", "is missing")
        return elder
    status = ElderStatus(texts["status"])
    since = reader.one(texts, "status_since", reader.born)
    if status is ElderStatus.DECEASED:
        for key in ("status_since", "status_note"):
            if not texts[key]:
                reader.fault(key, "is missing")
    if status is ElderStatus.AT_HOME:
        return replace(elder, status=status, status_since=since, status_note=texts["status_note"])
    return replace(elder, status=status, status_since=since or reader.today, status_note=texts["status_note"])


def _lines(
    form: ElderForm, reader: CellReader, home: Household, known: Mapping[str, Line], new_id: Callable[[], UUID]
) -> list[Line]:
    found: dict[str, Line] = {}
    for place, row in enumerate(form.rows["line"], start=1):
        if not row["number"].strip():
            continue
        number = reader.number(f"line{place}_number", row["number"])
        kind = LineKind(row["kind"]) if row["kind"] in set(LineKind) else LineKind.LANDLINE
        if number in found:
            reader.fault(f"line{place}_number", "stands twice")
        old = known.get(number)
        found[number] = (
            replace(old, kind=kind) if old else Line(id=new_id(), household=home.id, number=number, kind=kind)
        )
    return list(found.values())


def _contacts(
    form: ElderForm, reader: CellReader, elder: Elder, before: Profile | None, new_id: Callable[[], UUID]
) -> list[Contact]:
    known = {str(contact.id): contact.id for contact in before.contacts} if before else {}
    contacts: list[Contact] = []
    for place, row in enumerate(form.rows["contact"], start=1):
        if not (row["name"].strip() or row["number"].strip()):
            continue
        key, name = f"contact{place}_", " ".join(row["name"].split())
        reader.check_length(f"{key}name", name, like="name")
        for wanted in ("name", "number"):
            if not row[wanted].strip():
                reader.fault(f"{key}{wanted}", "is missing")
        contacts.append(
            Contact(
                id=known.pop(row["id"]) if row["id"] in known else new_id(),
                elder=elder.id,
                name=name,
                role=ContactRole(row["role"]) if row["role"] in set(ContactRole) else ContactRole.FAMILY,
                number=reader.number(f"{key}number", row["number"]) if row["number"].strip() else "",
                ring_order=len(contacts) + 1,
                has_key=row["has_key"] == _YES,
            )
        )
    return contacts
