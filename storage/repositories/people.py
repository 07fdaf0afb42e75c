"""Elders and what belongs to them. A look-up costs one statement, however much it brings back."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from itertools import groupby
from operator import itemgetter
from typing import Any, Final
from uuid import UUID

import sqlalchemy as sa

from callcenter.domain.devices import Device, DeviceKind
from callcenter.domain.elder_status import ElderStatus, Purpose
from callcenter.domain.people import Contact, Elder, Household, Line, Profile
from callcenter.domain.search import MatchedBy
from callcenter.errors import ElderUnknown
from storage.mapping.people import (
    contact_of,
    device_of,
    elder_of,
    household_of,
    line_of,
    row_of_contact,
    row_of_device,
    row_of_elder,
    row_of_household,
    row_of_line,
    row_without_number,
)
from storage.prepared import Prepared
from storage.search_words import note_text
from storage.tables import contacts, devices, elders, households, lines
from storage.transaction import Transaction

_AT: Final[sa.BindParameter[datetime]] = sa.bindparam("at")
_HELD: Final = sa.and_(devices.c.since <= _AT, sa.or_(devices.c.until.is_(None), devices.c.until > _AT))

_BY_ACCOUNT: Final = Prepared(
    sa.select(devices.c.elder).where(devices.c.account == sa.bindparam("account"), _HELD).distinct().order_by("elder")
)
_NUMBER_INDEX: Final[sa.BindParameter[bytes]] = sa.bindparam("number_index")
_BY_NUMBER: Final = Prepared(
    sa.union(
        sa.select(elders.c.id)
        .join(lines, lines.c.household == elders.c.household)
        .where(lines.c.number_index == _NUMBER_INDEX),
        sa.select(devices.c.elder).where(devices.c.number_index == _NUMBER_INDEX, _HELD),
    )
)
_DEVICES: Final = Prepared(
    sa.select(devices).where(devices.c.elder == sa.bindparam("elder"), _HELD).order_by(devices.c.since, devices.c.id)
)
_LINES: Final = Prepared(
    sa.select(lines)
    .join(elders, elders.c.household == lines.c.household)
    .where(elders.c.id == sa.bindparam("elder"), lines.c.removed_at.is_(None))
    .order_by(lines.c.id)
)
_MAY_BE_CALLED: Final = sa.select(elders.c.id, elders.c.status, elders.c.refused).where(
    elders.c.id.in_(sa.bindparam("some", expanding=True))
)


class _Part:
    """One table's columns within the joined row: plain positions, since this is on the way of every call."""

    def __init__(self, table: sa.Table, begin: int) -> None:
        self.columns = [column for column in table.c if column.name != "updated_at"]
        self._names = [column.name for column in self.columns]
        self._begin = begin
        self.end = begin + len(self.columns)

    def of(self, row: Sequence[Any]) -> dict[str, Any]:
        return dict(zip(self._names, row[self._begin : self.end], strict=True))

    def each(self, rows: Sequence[Sequence[Any]]) -> list[dict[str, Any]]:
        """Each row of this table once, in the order of the answer; none where the outer join found none."""
        once: dict[Any, Sequence[Any]] = {}
        for row in rows:
            once.setdefault(row[self._begin], row)
        once.pop(None, None)
        return [self.of(row) for row in once.values()]


_ELDER: Final = _Part(elders, 0)
_HOUSEHOLD: Final = _Part(households, _ELDER.end)
_LINE: Final = _Part(lines, _HOUSEHOLD.end)
_CONTACT: Final = _Part(contacts, _LINE.end)
_PROFILES: Final = (
    sa.select(*_ELDER.columns, *_HOUSEHOLD.columns, *_LINE.columns, *_CONTACT.columns)
    .join(households, households.c.id == elders.c.household)
    .outerjoin(lines, sa.and_(lines.c.household == elders.c.household, lines.c.removed_at.is_(None)))
    .outerjoin(contacts, sa.and_(contacts.c.elder == elders.c.id, contacts.c.removed_at.is_(None)))
    .order_by(elders.c.id, contacts.c.ring_order, contacts.c.id, lines.c.id)
)
_PROFILE: Final = Prepared(_PROFILES.where(elders.c.id == sa.bindparam("elder")))
_PROFILES_OF_ACCOUNT: Final = Prepared(
    _PROFILES.where(
        elders.c.id.in_(sa.select(devices.c.elder).where(devices.c.account == sa.bindparam("account"), _HELD))
    )
)


class SqlPeople:
    def __init__(self, transaction: Transaction) -> None:
        self._in = transaction
        self._profiles: dict[UUID, Profile | None] = {}  #: read in this transaction

    def add_household(self, household: Household) -> None:
        self._insert(households, row_of_household(household, self._in.vault, self._in.now))
        self._note_place(household)

    def save_household(self, household: Household) -> None:
        self._update(households, row_of_household(household, self._in.vault, self._in.now))
        self._note_place(household)

    def add_elder(self, elder: Elder) -> None:
        self._insert(elders, row_of_elder(elder, self._in.vault, self._in.now))
        note_text(self._in, MatchedBy.NAME, elder.name)

    def save_elder(self, elder: Elder) -> None:
        self._in.flush()  # she may move into a household that this transaction has just made
        if not self._update(elders, row_of_elder(elder, self._in.vault, self._in.now)):
            raise ElderUnknown(str(elder.id))
        note_text(self._in, MatchedBy.NAME, elder.name)

    def add_line(self, line: Line) -> None:
        self._insert(lines, row_of_line(line, self._in.vault, self._in.now))

    def save_line(self, line: Line) -> None:
        self._update(lines, row_of_line(line, self._in.vault, self._in.now))

    def remove_line(self, line: UUID) -> None:
        self._update(lines, row_without_number(line, self._in.now))

    def add_contact(self, contact: Contact) -> None:
        self._insert(contacts, row_of_contact(contact, self._in.vault, self._in.now))

    def save_contact(self, contact: Contact) -> None:
        self._update(contacts, row_of_contact(contact, self._in.vault, self._in.now))

    def remove_contact(self, contact: UUID) -> None:
        self._update(contacts, {**row_without_number(contact, self._in.now), "name": ""})

    def add_device(self, device: Device) -> None:
        self._insert(devices, row_of_device(device, self._in.vault, self._in.now))

    def save_device(self, device: Device) -> None:
        self._update(devices, row_of_device(device, self._in.vault, self._in.now))

    def profile(self, elder: UUID) -> Profile | None:
        if elder not in self._profiles:
            self._profiles[elder] = self._read_profile(elder)
        return self._profiles[elder]

    def locked_profile(self, elder: UUID) -> Profile | None:
        """See `callcenter.ports.storage.People`."""
        if self._in.locks:
            home = sa.select(households.c.id).join(elders, elders.c.household == households.c.id)
            self._in.execute(home.where(elders.c.id == elder).with_for_update())
        self._profiles.pop(elder, None)
        return self.profile(elder)

    def housemates(self, elder: UUID) -> list[UUID]:
        hers = sa.select(elders.c.household).where(elders.c.id == elder).scalar_subquery()
        others = sa.select(elders.c.id).where(elders.c.household == hers, elders.c.id != elder).order_by(elders.c.id)
        return list(self._in.execute(others).scalars())

    def not_to_be_called(self, some: Sequence[UUID]) -> set[UUID]:
        """See `callcenter.ports.storage.People`."""
        found = self._in.execute(_MAY_BE_CALLED, {"some": list(some)})
        return {
            row.id
            for row in found
            if row.status != ElderStatus.AT_HOME.value or Purpose.DAILY_CALLS.value in row.refused
        }

    def profiles_of_account(self, account: str, at: datetime) -> list[Profile]:
        rows = self._in.plain(_PROFILES_OF_ACCOUNT, {"account": account, "at": at})
        profiles = [self._profile_of(list(of_one)) for _, of_one in groupby(rows, key=itemgetter(0))]
        self._profiles.update((profile.elder.id, profile) for profile in profiles)
        return profiles

    def _read_profile(self, elder: UUID) -> Profile | None:
        rows = self._in.plain(_PROFILE, {"elder": elder})
        return self._profile_of(rows) if rows else None

    def _profile_of(self, rows: Sequence[Sequence[Any]]) -> Profile:
        """Rows of one elder."""
        vault = self._in.vault
        return Profile(
            elder=elder_of(_ELDER.of(rows[0]), vault),
            household=household_of(_HOUSEHOLD.of(rows[0]), vault),
            lines=tuple(line_of(row, vault) for row in _LINE.each(rows)),
            contacts=tuple(contact_of(row, vault) for row in _CONTACT.each(rows)),
        )

    def by_account(self, account: str, at: datetime) -> list[UUID]:
        return [row[0] for row in self._in.plain(_BY_ACCOUNT, {"account": account, "at": at})]

    def by_number(self, number: str, at: datetime) -> list[UUID]:
        index = self._in.vault.number_index(number)
        if index is None:
            return []
        return sorted(row[0] for row in self._in.plain(_BY_NUMBER, {"number_index": index, "at": at}))

    def by_identity_number(self, identity_number: str) -> UUID | None:
        index = self._in.vault.identity_index(identity_number)
        if index is None:
            return None
        found = self._in.row(sa.select(elders.c.id).where(elders.c.identity_index == index))
        return found["id"] if found else None

    def by_last_four(self, digits: str, limit: int) -> list[UUID]:
        """Elders with a line or device whose number ends in these four digits, at most `limit`."""
        index = self._in.vault.last_four_index(digits)
        statement = sa.union(
            sa.select(elders.c.id)
            .join(lines, lines.c.household == elders.c.household)
            .where(lines.c.last_four_index == index),
            sa.select(devices.c.elder).where(devices.c.last_four_index == index),
        ).limit(limit)
        return sorted(self._in.execute(statement).scalars())

    def call_back_numbers(self, elder: UUID, at: datetime) -> tuple[list[str], list[str]]:
        held = self.devices(elder, at)
        home = [line_of(row, self._in.vault).number for row in self._in.rows(_LINES, {"elder": elder})]
        numbers = [device.number for device in held if device.number] + home
        return [device.account for device in held if device.account], list(dict.fromkeys(numbers))

    def devices(self, elder: UUID, at: datetime) -> list[Device]:
        """What she holds at that moment, oldest first."""
        return [device_of(row, self._in.vault) for row in self._in.rows(_DEVICES, {"elder": elder, "at": at})]

    def device_accounts(self, at: datetime) -> list[tuple[str, DeviceKind]]:
        statement = (
            sa.select(devices.c.account, devices.c.kind)
            .where(devices.c.account != "", _HELD)
            .distinct()
            .order_by(devices.c.account)
        )
        return [(row["account"], DeviceKind(row["kind"])) for row in self._in.rows(statement, {"at": at})]

    def ids_after(self, elder: UUID | None, limit: int) -> list[UUID]:
        """A page of all elders, by id, beginning after this one."""
        statement = sa.select(elders.c.id).order_by(elders.c.id).limit(limit)
        if elder is not None:
            statement = statement.where(elders.c.id > elder)
        return list(self._in.execute(statement).scalars())

    def _note_place(self, household: Household) -> None:
        note_text(self._in, MatchedBy.STREET, household.street)
        note_text(self._in, MatchedBy.ESTATE, household.estate)

    def _insert(self, table: sa.Table, row: dict[str, Any]) -> None:
        self._profiles.clear()
        self._in.insert(table, row)

    def _update(self, table: sa.Table, row: dict[str, Any]) -> bool:
        self._profiles.clear()
        return self._in.update(table, row)
