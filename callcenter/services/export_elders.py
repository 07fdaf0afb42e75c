"""Giving the list of elders out, in the columns the import reads. No cell is ever computed by who opens it."""

from __future__ import annotations

import asyncio
import csv
import os
import re
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Final
from uuid import UUID

from callcenter.domain.people import ContactRole, LineKind, Profile
from callcenter.errors import SheetUnusable
from callcenter.ports.clock import Clock
from callcenter.ports.storage import Storage, UnitOfWork
from callcenter.services.elder_columns import COLUMNS, CONTACTS

_PAGE: Final = 100
_PAGE_SECONDS: Final = 10.0
_ROLES: Final = {
    ContactRole.FAMILY: "家属",
    ContactRole.KEY_HOLDER: "持钥匙人",
    ContactRole.NEIGHBOUR: "邻居",
    ContactRole.COMMUNITY_WORKER: "社区网格员",
}
#: A cell that begins with one of these would be taken for a formula.
_COMPUTED: Final = ("=", "+", "-", "@", "\t", "\r")
_UNPRINTABLE: Final = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f]")  #: what no XML may hold


async def export_elders(storage: Storage, clock: Clock, path: Path) -> int:
    """Writes .xlsx or .csv (UTF-8 with its mark), readable by its owner only. Returns the number of elders.

    Raises `SheetUnusable` when the file exists, cannot be written or has another ending, and `StorageAway`.
    """
    writers: dict[str, Callable[[Path], _Xlsx | _Csv]] = {".xlsx": _Xlsx, ".csv": _Csv}
    opened = writers.get(path.suffix.lower())
    if opened is None:
        raise SheetUnusable(f"{path.name}: must end in .xlsx or .csv")
    _make(path)
    try:
        file = await asyncio.to_thread(opened, path)
        try:
            count = await _write_all(storage, clock, file)
        finally:
            await asyncio.to_thread(file.close)
    except BaseException:
        path.unlink()  # half a list of elders is of no use, and full of what must not lie around
        raise
    return count


def neutral(cell: str) -> str:
    """The cell as plain text for any spreadsheet program; the import takes the mark away again."""
    cell = _UNPRINTABLE.sub("", cell)
    return f"'{cell}" if cell.startswith(_COMPUTED) else cell


async def _write_all(storage: Storage, clock: Clock, file: _Xlsx | _Csv) -> int:
    """Rows are made and written in a thread: the loop belongs to the calls."""
    await asyncio.to_thread(file.write, [[column.headings[0] for column in COLUMNS]])
    count = 0
    after: UUID | None = None
    while True:
        page = await storage.look_up(
            "export_elders", partial(_page, clock=clock, after=after), within_seconds=_PAGE_SECONDS, urgent=False
        )
        rows = [[neutral(cells.get(column.key, "")) for column in COLUMNS] for _, cells in page]
        await asyncio.to_thread(file.write, rows)
        count += len(page)
        if len(page) < _PAGE:
            return count
        after = page[-1][0]


def _page(work: UnitOfWork, *, clock: Clock, after: UUID | None) -> list[tuple[UUID, dict[str, str]]]:
    page = []
    for elder in work.people.ids_after(after, _PAGE):
        profile = work.people.profile(elder)
        assert profile is not None
        accounts = [device.account for device in work.people.devices(elder, clock.now()) if device.account]
        page.append((elder, _cells(profile, accounts)))
    return page


def _cells(profile: Profile, accounts: Sequence[str]) -> dict[str, str]:
    elder, household = profile.elder, profile.household
    cells = {
        "name": elder.name,
        "sex": elder.sex,
        "born": elder.born.isoformat() if elder.born else "",
        "identity_number": elder.identity_number,
        "account": ";".join(accounts),
        "district": household.district,
        "street": household.street,
        "estate": household.estate,
        "building": household.building,
        "door": household.door,
        "landmark": household.landmark,
        "access": household.access,
        "illness": elder.illness,
        "medicines": elder.medicines,
        "allergies": elder.allergies,
        "dialect": elder.dialect,
        "needs": ";".join(sorted(elder.needs)),
        "how_to_talk": elder.how_to_talk,
        "ladder": elder.ladder,
        "instructions": elder.instructions,
    }
    for kind in LineKind:
        cells[kind.value] = ";".join(line.number for line in profile.lines if line.kind is kind)
    for contact in profile.contacts:
        if 1 <= contact.ring_order <= CONTACTS:
            prefix = f"contact{contact.ring_order}_"
            cells[f"{prefix}name"] = contact.name
            cells[f"{prefix}role"] = _ROLES[contact.role]
            cells[f"{prefix}number"] = contact.number
            cells[f"{prefix}has_key"] = "是" if contact.has_key else "否"
    return cells


def _make(path: Path) -> None:
    try:
        os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600))
    except OSError as error:
        raise SheetUnusable(f"{path.name}: {error.strerror}") from error


class _Csv:
    def __init__(self, path: Path) -> None:
        self._file = path.open("w", encoding="utf-8-sig", newline="")
        self._writer = csv.writer(self._file)

    def write(self, rows: Sequence[list[str]]) -> None:
        self._writer.writerows(rows)

    def close(self) -> None:
        self._file.close()


class _Xlsx:
    def __init__(self, path: Path) -> None:
        from openpyxl import Workbook  # a fifth of a second, which no other command waits for

        self._path = path
        self._book = Workbook(write_only=True)
        self._append: Callable[[list[str]], None] = self._book.create_sheet("老人").append

    def write(self, rows: Sequence[list[str]]) -> None:
        for row in rows:
            self._append(row)

    def close(self) -> None:
        """It is packed now."""
        self._book.save(self._path)
