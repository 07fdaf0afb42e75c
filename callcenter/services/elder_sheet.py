"""Reading a list, of elders or of what belongs to them, from .xlsx or .csv, row by row, whatever the file holds."""

from __future__ import annotations

import codecs
import csv
import struct
import warnings
import zipfile
import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any, Final

from callcenter.config.storage import Imports
from callcenter.errors import SheetUnusable
from callcenter.services.elder_cells import Fault
from callcenter.services.elder_columns import key_of

_MIB: Final = 1024 * 1024
_COLUMNS_AT_MOST: Final = 200
_ENCODINGS: Final = ("utf-8-sig", "gb18030")
#: What openpyxl and what it stands on raise for a broken or malicious workbook that is a .xlsx by its name.
_BROKEN: Final = (
    zipfile.BadZipFile, zlib.error, struct.error, OSError, EOFError, ArithmeticError,
    AssertionError, AttributeError, LookupError, NotImplementedError, RuntimeError, SyntaxError, TypeError, ValueError,
)  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Headings:
    """What the columns of a kind of list may be called, and which of them must be there."""

    key_of: Callable[[str], str | None]
    required: Mapping[str, str]  #: key of the column → how a fault names it


ELDERS: Final = Headings(key_of=key_of, required={"name": "姓名 (name)"})


@dataclass(frozen=True, kw_only=True)
class SheetRow:
    """A row that is not empty, by column key; `fault` instead when it cannot be read."""

    number: int  #: as the spreadsheet program shows it; the headings are row 1
    cells: Mapping[str, str]
    fault: Fault | None = None


def read_sheet(path: Path, limits: Imports, headings: Headings = ELDERS) -> Iterator[SheetRow]:
    """Blocks while it reads. Raises `SheetUnusable`, saying the limit or the heading that is wrong."""
    try:
        size = path.stat().st_size
    except OSError as error:
        raise SheetUnusable(f"{path.name}: {error.strerror}") from error
    if size > limits.file_mib * _MIB:
        raise SheetUnusable(f"{path.name}: {size} bytes, at most {limits.file_mib} MiB (imports.file_mib)")
    readers = {".xlsx": _xlsx_rows, ".csv": _csv_rows}
    reader = readers.get(path.suffix.lower())
    if reader is None:
        raise SheetUnusable(f"{path.name}: must end in .xlsx or .csv")
    return _with_headings(reader(path, limits), limits, headings)


def _with_headings(rows: Iterator[Sequence[str]], limits: Imports, headings: Headings) -> Iterator[SheetRow]:
    keys = _keys(next(rows, ()), headings)
    for number, row in enumerate(rows, start=2):
        if number - 1 > limits.rows:
            raise SheetUnusable(f"more than {limits.rows} rows (imports.rows)")
        cells = {key: _plain(cell) for key, cell in zip(keys, row, strict=False) if key and cell.strip()}
        too_long = [key for key, cell in cells.items() if len(cell) > limits.cell_characters]
        if too_long:
            fault = Fault(
                column=too_long[0],
                template="more than {longest} characters (imports.cell_characters)",
                values={"longest": limits.cell_characters},
            )
            yield SheetRow(number=number, cells={}, fault=fault)
        elif any(cell.strip() for cell in row[len(keys) :]):
            fault = Fault(column="", template="has more than {cells} cells", values={"cells": len(keys)})
            yield SheetRow(number=number, cells={}, fault=fault)
        elif cells:
            yield SheetRow(number=number, cells=cells)


def _keys(cells: Sequence[str], headings: Headings) -> list[str]:
    """Column keys, "" for an empty heading."""
    shown = [heading.strip() for heading in cells[: _COLUMNS_AT_MOST + 1]]
    while shown and not shown[-1]:
        shown.pop()
    if not shown:
        raise SheetUnusable("the first row holds no headings")
    if len(shown) > _COLUMNS_AT_MOST:
        raise SheetUnusable(f"more than {_COLUMNS_AT_MOST} columns")
    keys = [headings.key_of(heading) if heading else "" for heading in shown]
    unknown = [heading[:30] for heading, key in zip(shown, keys, strict=True) if key is None]
    if unknown:
        raise SheetUnusable(f"unknown headings: {', '.join(unknown[:10])}")
    known = [key for key in keys if key]
    twice = sorted({key for key in known if known.count(key) > 1})
    if twice:
        raise SheetUnusable(f"headings that stand twice: {', '.join(twice)}")
    if missing := [shown for key, shown in headings.required.items() if key not in known]:
        raise SheetUnusable(f"there is no column {missing[0]}")
    return [key or "" for key in keys]


def _plain(cell: str) -> str:
    """Takes back what the export puts before a cell that a spreadsheet program would compute."""
    cell = cell.strip()
    return cell[1:] if len(cell) > 1 and cell[0] == "'" and cell[1] in "=+-@\t\r" else cell


# ------------------------------------------------------------------------------------------------ csv


def _csv_rows(path: Path, _limits: Imports) -> Iterator[Sequence[str]]:
    encoding = _encoding(path)
    with path.open(encoding=encoding, newline="") as file:
        first = file.readline(10_000)
        file.seek(0)
        delimiter = max(",;\t", key=first.count)
        try:
            yield from csv.reader(file, delimiter=delimiter, strict=True)
        except (csv.Error, UnicodeError) as error:
            raise SheetUnusable(f"{path.name}: {error}") from error


def _encoding(path: Path) -> str:
    """UTF-8 (with or without its mark) if the whole file is that, else GB18030."""
    for encoding in _ENCODINGS:
        decoder = codecs.getincrementaldecoder(encoding)()
        try:
            with path.open("rb") as file:
                while chunk := file.read(_MIB):
                    decoder.decode(chunk)
                decoder.decode(b"", final=True)
        except UnicodeError:
            continue
        return encoding
    raise SheetUnusable(f"{path.name}: neither UTF-8 nor GB18030")


# ----------------------------------------------------------------------------------------------- xlsx


def _xlsx_rows(path: Path, limits: Imports) -> Iterator[Sequence[str]]:
    from openpyxl import load_workbook  # a fifth of a second, which no other command waits for

    try:
        with path.open("rb") as file:  # ours to close: openpyxl leaves a broken one open
            with zipfile.ZipFile(file) as packed:
                unpacked = sum(part.file_size for part in packed.infolist())
            if unpacked > limits.unpacked_mib * _MIB:
                raise SheetUnusable(f"{path.name}: more than {limits.unpacked_mib} MiB unpacked (imports.unpacked_mib)")
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # about styles and extensions, which do not matter here
                book = load_workbook(file, read_only=True, data_only=True)
            sheet = book.worksheets[0]
            sheet.reset_dimensions()  # what the file says of its own size may be wrong
            for row in sheet.iter_rows(values_only=True, max_col=_COLUMNS_AT_MOST + 1):
                yield [_text(value) for value in row]
    except _BROKEN as error:
        raise SheetUnusable(f"{path.name}: is no .xlsx workbook ({type(error).__name__})") from error


def _text(value: Any) -> str:
    match value:
        case None:
            return ""
        case datetime():
            return value.date().isoformat()
        case date():
            return value.isoformat()
        case float() if value.is_integer():
            return str(int(value))
        case _:
            return str(value)
