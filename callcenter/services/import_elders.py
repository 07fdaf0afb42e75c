"""Taking a list of elders in. Good rows go in, bad ones are reported; doing it twice changes nothing."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from functools import partial
from itertools import islice
from typing import Final

from callcenter.config import Config
from callcenter.domain.devices import Device, DeviceKind
from callcenter.domain.elder_changes import differences
from callcenter.ports.clock import Clock
from callcenter.ports.storage import Storage, UnitOfWork
from callcenter.services.elder_cells import Fault
from callcenter.services.elder_row import GivenElder, RowReader
from callcenter.services.elder_sheet import SheetRow
from callcenter.services.give_device import give_device
from callcenter.services.merge_elder import merge
from callcenter.services.save_profile import save_profile

_CHUNK_SECONDS: Final = 0.03  #: a transaction takes no further row after this, so that an emergency waits < 50 ms
_CHUNK_ROWS: Final = 50


@dataclass(frozen=True, kw_only=True)
class BadRow:
    row: int  #: as the spreadsheet program shows it
    fault: Fault


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


async def import_elders(
    storage: Storage, clock: Clock, config: Config, rows: Iterator[SheetRow], *, by: str
) -> ImportReport:
    """Emergencies go first: small transactions, none of them urgent. `by` stands in each elder's history.

    Who is known again, and what an empty cell means: see `merge`. Raises `SheetUnusable` from the rows, and
    `StorageAway`; what went in before stays in, and the same file may simply be imported again.
    """
    reader = row_reader(config, clock)
    counts = dict.fromkeys(_Done, 0)
    bad: list[BadRow] = []
    while page := await asyncio.to_thread(next_page, rows, reader, bad):
        while page:
            outcomes = await storage.transact(
                "import_elders", partial(_take_chunk, clock=clock, page=page, by=by), urgent=False
            )
            for (number, _), outcome in zip(page, outcomes, strict=False):
                if isinstance(outcome, Fault):
                    bad.append(BadRow(row=number, fault=outcome))
                else:
                    counts[outcome] += 1
            page = page[len(outcomes) :]
    return ImportReport(
        added=counts[_Done.ADDED],
        updated=counts[_Done.UPDATED],
        unchanged=counts[_Done.UNCHANGED],
        bad=tuple(sorted(bad, key=lambda one: one.row)),
    )


def row_reader(config: Config, clock: Clock) -> RowReader:
    return RowReader(
        country=config.hotline.country,
        area_code=config.hotline.area_code,
        ladders=frozenset(ladder.name for ladder in config.ladders),
        today=clock.now().date(),
    )


def next_page(rows: Iterator[SheetRow], reader: RowReader, bad: list[BadRow]) -> list[tuple[int, GivenElder]]:
    """Up to so many good rows; empty at the end."""
    page: list[tuple[int, GivenElder]] = []
    while not page:
        some = list(islice(rows, _CHUNK_ROWS))
        if not some:
            break
        for row in some:
            given = [row.fault] if row.fault else reader.read(row.cells)
            if isinstance(given, GivenElder):
                page.append((row.number, given))
            else:
                bad += (BadRow(row=row.number, fault=fault) for fault in given)
    return page


def _take_chunk(work: UnitOfWork, *, clock: Clock, page: list[tuple[int, GivenElder]], by: str) -> list[_Done | Fault]:
    """As many rows as fit into the time, at least one."""
    ends = time.monotonic() + _CHUNK_SECONDS
    outcomes: list[_Done | Fault] = []
    for _, given in page:
        outcomes.append(_take_row(work, clock, given, by))
        if time.monotonic() > ends:
            break
    return outcomes


def _take_row(work: UnitOfWork, clock: Clock, given: GivenElder, by: str) -> _Done | Fault:
    merged = merge(work, clock, given)
    if not isinstance(merged, Fault) and merged.before is not None and differences(merged.before, merged.after):
        work.people.locked_profile(merged.before.elder.id)  # whoever edits her just now is waited for
        merged = merge(work, clock, given)
    if isinstance(merged, Fault):
        return merged
    now = clock.now()
    changes = save_profile(work, by=by, now=now, before=merged.before, after=merged.after, home=merged.home)
    for account in merged.accounts:
        device = Device(
            id=clock.new_id(), elder=merged.after.elder.id, kind=DeviceKind.PAGER, account=account, since=now
        )
        give_device(work, device, by=by, now=now, noted=merged.before is not None)
    if merged.before is None:
        return _Done.ADDED
    return _Done.UPDATED if changes or merged.accounts else _Done.UNCHANGED
