"""A report as an .xlsx: a sheet with everything, in the reader's language; numbers stay numbers."""

from __future__ import annotations

from datetime import datetime
from io import BytesIO
from typing import Any, Final
from uuid import UUID

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE
from openpyxl.styles import Font
from openpyxl.utils import get_column_letter

from callcenter.console.report_tables import Cell, Share, Table, Telling
from callcenter.domain.dial_hours import CHINA

_BOLD: Final = Font(bold=True)
_WIDTHS: Final = (30, 16, 26, 22, 22, 22, 18, 40)  #: of the columns, in characters


def book(title: str, tables: list[Table], telling: Telling) -> bytes:
    """The file's content. Takes the processor for some milliseconds: not for the loop's thread."""
    workbook = Workbook(write_only=True)
    sheet: Any = workbook.create_sheet(telling.language.t("报表"))
    for number, width in enumerate(_WIDTHS, start=1):
        sheet.column_dimensions[get_column_letter(number)].width = width
    sheet.append([_cell(sheet, title, telling, bold=True)])
    for table in tables:
        sheet.append([])
        sheet.append([_cell(sheet, table.title, telling, bold=True)])
        sheet.append([_cell(sheet, heading, telling, bold=True) for heading in table.headings])
        for row in table.rows or ((None,),):
            sheet.append([_cell(sheet, cell, telling) for cell in row])
    file = BytesIO()
    workbook.save(file)
    return file.getvalue()


def _cell(sheet: Any, cell: Cell, telling: Telling, *, bold: bool = False) -> Any:
    made = WriteOnlyCell(sheet)
    match cell:
        case None | Share(percent=None):
            _text(made, telling.shown(None))
        case Share(percent=float() as share):
            made.value, made.number_format = share / 100, "0.0%"
        case float():
            made.value, made.number_format = cell, "0.0"
        case int():
            made.value = cell
        case datetime():
            made.value, made.number_format = cell.astimezone(CHINA).replace(tzinfo=None), "yyyy-mm-dd hh:mm:ss"
        case str() | UUID():
            _text(made, str(cell))
    if bold:
        made.font = _BOLD
    return made


def _text(made: Any, text: str) -> None:
    """Never a formula, whatever it begins with: a street's name is typed by people."""
    made.value = ILLEGAL_CHARACTERS_RE.sub("", text)
    made.data_type = "s"
