"""What taking in a list would do, without doing it: row by row, as `import_elders` would."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import partial
from typing import Final

from callcenter.config import Config
from callcenter.domain.elder_changes import ADDED, FieldChange, differences
from callcenter.ports.clock import Clock
from callcenter.ports.storage import Storage, UnitOfWork
from callcenter.services.elder_cells import Fault
from callcenter.services.elder_row import GivenElder
from callcenter.services.elder_sheet import SheetRow
from callcenter.services.give_device import FIELD
from callcenter.services.import_elders import BadRow, next_page, row_reader
from callcenter.services.merge_elder import merge

_CHUNK_SECONDS: Final = 0.03  #: a look-up takes no further row after this: callers are looked up beside it
_WITHIN_SECONDS: Final = 10.0


@dataclass(frozen=True, kw_only=True)
class RowChange:
    row: int  #: as the spreadsheet program shows it
    name: str
    changes: tuple[FieldChange, ...]


@dataclass(kw_only=True)
class Preview:
    """Grows while the file is read; of changes and bad rows the first `shown` are kept, all are counted."""

    shown: int
    added: int = 0
    updated: int = 0
    unchanged: int = 0
    bad_rows: int = 0
    changed: list[RowChange] = field(default_factory=list)
    bad: list[BadRow] = field(default_factory=list)

    def take(self, row: int, name: str, outcome: tuple[FieldChange, ...] | Fault) -> None:
        if isinstance(outcome, Fault):
            self.take_bad([BadRow(row=row, fault=outcome)])
        elif not outcome:
            self.unchanged += 1
        else:
            if outcome[0].field == ADDED:
                self.added += 1
            else:
                self.updated += 1
            if len(self.changed) < self.shown:
                self.changed.append(RowChange(row=row, name=name, changes=outcome))

    def take_bad(self, bad: list[BadRow]) -> None:
        self.bad_rows += len({one.row for one in bad})
        self.bad += bad[: max(0, self.shown - len(self.bad))]


async def preview_import(
    storage: Storage, clock: Clock, config: Config, rows: Iterator[SheetRow], preview: Preview
) -> None:
    """Fills `preview`. Each row is compared with who is there now: two rows about one new elder count as two.

    Raises `SheetUnusable` from the rows, and `StorageAway`.
    """
    reader = row_reader(config, clock)
    while True:
        bad: list[BadRow] = []
        page = await asyncio.to_thread(next_page, rows, reader, bad)
        preview.take_bad(bad)
        if not page:
            return
        while page:
            outcomes = await storage.look_up(
                "preview_import",
                partial(_compare, clock=clock, page=page),
                within_seconds=_WITHIN_SECONDS,
                urgent=False,
            )
            for (number, given), outcome in zip(page, outcomes, strict=False):
                preview.take(number, given.words["name"], outcome)
            page = page[len(outcomes) :]


def _compare(
    work: UnitOfWork, *, clock: Clock, page: list[tuple[int, GivenElder]]
) -> list[tuple[FieldChange, ...] | Fault]:
    """As many rows as fit into the time, at least one."""
    ends = time.monotonic() + _CHUNK_SECONDS
    outcomes: list[tuple[FieldChange, ...] | Fault] = []
    for _, given in page:
        outcomes.append(_changes(work, clock, given))
        if time.monotonic() > ends:
            break
    return outcomes


def _changes(work: UnitOfWork, clock: Clock, given: GivenElder) -> tuple[FieldChange, ...] | Fault:
    merged = merge(work, clock, given)
    if isinstance(merged, Fault):
        return merged
    pagers = () if merged.before is None else merged.accounts
    return differences(merged.before, merged.after) + tuple(
        FieldChange(field=FIELD, old="", new=account) for account in pagers
    )
