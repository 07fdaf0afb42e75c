"""Taking a list of elders in. Good rows go in, bad ones are reported; doing it twice changes nothing."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import partial
from itertools import islice
from typing import Any, Final
from uuid import UUID

from callcenter.config import Config
from callcenter.domain.devices import Device, DeviceKind
from callcenter.domain.people import Contact, ContactRole, Elder, Household, Line, Profile
from callcenter.ports.clock import Clock
from callcenter.ports.storage import Storage, UnitOfWork
from callcenter.services.elder_row import Fault, GivenContact, GivenElder, RowReader
from callcenter.services.elder_sheet import SheetRow

_CHUNK_SECONDS: Final = 0.03  #: a transaction takes no further row after this, so that an emergency waits < 50 ms
_CHUNK_ROWS: Final = 50
_HOUSEHOLD_WORDS: Final = ("district", "street", "estate", "building", "door", "landmark", "access")
_SAME_HOME: Final = ("street", "estate", "building", "door")
_ELDER_WORDS: Final = (
    "name", "sex", "identity_number", "illness", "medicines", "allergies", "dialect", "how_to_talk", "ladder",
    "instructions",
)  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class BadRow:
    row: int  #: as the spreadsheet program shows it
    column: str  #: key of the column, or "" for the whole row
    message: str


@dataclass(frozen=True, kw_only=True)
class ImportReport:
    added: int = 0
    updated: int = 0
    unchanged: int = 0
    bad: tuple[BadRow, ...] = ()


class _Done(StrEnum):
    ADDED = "added"
    UPDATED = "updated"
    UNCHANGED = "unchanged"


async def import_elders(storage: Storage, clock: Clock, config: Config, rows: Iterator[SheetRow]) -> ImportReport:
    """Emergencies go first: small transactions, none of them urgent.

    An elder is known again by identity number, else by name together with a number, or by pager account. An empty
    cell deletes nothing. Raises `SheetUnusable` from the rows, and `StorageAway`; what went in before stays in, and
    the same file may simply be imported again.
    """
    reader = RowReader(
        country=config.hotline.country,
        area_code=config.hotline.area_code,
        ladders=frozenset(ladder.name for ladder in config.ladders),
        today=clock.now().date(),
    )
    counts = dict.fromkeys(_Done, 0)
    bad: list[BadRow] = []
    while page := await asyncio.to_thread(_next_page, rows, reader, bad):
        while page:
            outcomes = await storage.transact(
                "import_elders", partial(_take_chunk, clock=clock, page=page), urgent=False
            )
            for (number, _), outcome in zip(page, outcomes, strict=False):
                if isinstance(outcome, Fault):
                    bad.append(BadRow(row=number, column=outcome.column, message=outcome.message))
                else:
                    counts[outcome] += 1
            page = page[len(outcomes) :]
    return ImportReport(
        added=counts[_Done.ADDED],
        updated=counts[_Done.UPDATED],
        unchanged=counts[_Done.UNCHANGED],
        bad=tuple(sorted(bad, key=lambda one: one.row)),
    )


def _next_page(rows: Iterator[SheetRow], reader: RowReader, bad: list[BadRow]) -> list[tuple[int, GivenElder]]:
    """Up to so many good rows; empty at the end."""
    page: list[tuple[int, GivenElder]] = []
    while not page:
        some = list(islice(rows, _CHUNK_ROWS))
        if not some:
            break
        for row in some:
            given = [Fault(column="", message=row.fault)] if row.fault else reader.read(row.cells)
            if isinstance(given, GivenElder):
                page.append((row.number, given))
            else:
                bad += (BadRow(row=row.number, column=fault.column, message=fault.message) for fault in given)
    return page


def _take_chunk(work: UnitOfWork, *, clock: Clock, page: list[tuple[int, GivenElder]]) -> list[_Done | Fault]:
    """As many rows as fit into the time, at least one."""
    ends = time.monotonic() + _CHUNK_SECONDS
    outcomes: list[_Done | Fault] = []
    for _, given in page:
        outcomes.append(_take_row(work, clock, given))
        if time.monotonic() > ends:
            break
    return outcomes


def _take_row(work: UnitOfWork, clock: Clock, given: GivenElder) -> _Done | Fault:
    now = clock.now()
    known = _find(work, clock, given)
    if isinstance(known, Fault):
        return known
    for account in given.accounts:
        holders = work.people.by_account(account, now)
        if any(known is None or holder != known.elder.id for holder in holders):
            return Fault(column="account", message="is in another elder's hands")
        if work.agents.by_extension(account) is not None:
            return Fault(column="account", message="is an agent's extension")
    before = known
    if known is None:
        known = _add(work, clock, given)
    changed = _update(work, clock, known, given)
    if before is None:
        return _Done.ADDED
    return _Done.UPDATED if changed else _Done.UNCHANGED


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
        return Fault(column="name", message=f"{len(same_name)} elders have this name and number")
    return same_name[0] if same_name else None


def _add(work: UnitOfWork, clock: Clock, given: GivenElder) -> Profile:
    household = _shared_household(work, clock, given)
    if household is None:
        words = {key: given.words.get(key, "") for key in _HOUSEHOLD_WORDS}
        household = Household(id=clock.new_id(), **words)
        work.people.add_household(household)
    elder = Elder(
        id=clock.new_id(),
        household=household.id,
        born=given.born,
        needs=given.needs,
        **{key: given.words[key] for key in _ELDER_WORDS if key in given.words},
    )
    work.people.add_elder(elder)
    added = work.people.profile(elder.id)
    assert added is not None
    return added


def _shared_household(work: UnitOfWork, clock: Clock, given: GivenElder) -> Household | None:
    """Of somebody with the same number at the same address: they live together."""
    now = clock.now()
    for number, _ in given.numbers:
        for elder in work.people.by_number(number, now):
            profile = work.people.profile(elder)
            if profile is not None and all(
                getattr(profile.household, key) == given.words.get(key, "") for key in _SAME_HOME
            ):
                return profile.household
    return None


def _update(work: UnitOfWork, clock: Clock, known: Profile, given: GivenElder) -> bool:
    """Writes what differs. True if anything did."""
    household = replace(known.household, **_given(given, _HOUSEHOLD_WORDS))
    elder = replace(known.elder, **_given(given, _ELDER_WORDS))
    if given.born is not None:
        elder = replace(elder, born=given.born)
    if given.needs:
        elder = replace(elder, needs=given.needs)
    changed = False
    if household != known.household:
        work.people.save_household(household)
        changed = True
    if elder != known.elder:
        work.people.save_elder(elder)
        changed = True
    old_numbers = {line.number for line in known.lines}
    for number, kind in given.numbers:
        if number not in old_numbers:
            work.people.add_line(Line(id=clock.new_id(), household=household.id, number=number, kind=kind))
            changed = True
    for contact in given.contacts:
        changed |= _take_contact(work, clock, known, contact)
    for account in given.accounts:
        changed |= _take_pager(work, clock, elder.id, account)
    return changed


def _given(given: GivenElder, keys: tuple[str, ...]) -> dict[str, Any]:
    return {key: given.words[key] for key in keys if key in given.words}


def _take_contact(work: UnitOfWork, clock: Clock, known: Profile, given: GivenContact) -> bool:
    old = next((contact for contact in known.contacts if contact.ring_order == given.order), None)
    if old is None:
        work.people.add_contact(
            Contact(
                id=clock.new_id(),
                elder=known.elder.id,
                name=given.name,
                role=given.role or ContactRole.FAMILY,
                number=given.number,
                ring_order=given.order,
                has_key=bool(given.has_key),
            )
        )
        return True
    new = replace(
        old,
        name=given.name,
        role=given.role or old.role,
        number=given.number,
        has_key=old.has_key if given.has_key is None else given.has_key,
    )
    if new != old:
        work.people.save_contact(new)
    return new != old


def _take_pager(work: UnitOfWork, clock: Clock, elder: UUID, account: str) -> bool:
    now = clock.now()
    if work.people.by_account(account, now):
        return False
    work.people.add_device(Device(id=clock.new_id(), elder=elder, kind=DeviceKind.PAGER, account=account, since=now))
    return True
