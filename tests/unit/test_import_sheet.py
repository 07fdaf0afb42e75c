"""Reading lists of elders: both kinds of file, both languages, every fault with its place, rubbish."""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Mapping
from datetime import date, datetime
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from openpyxl import Workbook

from callcenter.config.storage import Imports
from callcenter.domain.people import ContactRole, LineKind
from callcenter.errors import SheetUnusable
from callcenter.services.elder_cells import Fault
from callcenter.services.elder_columns import COLUMNS, key_of
from callcenter.services.elder_row import GivenElder, RowReader
from callcenter.services.elder_sheet import SheetRow, read_sheet

LIMITS = Imports()
SMALL = Imports(file_mib=1, rows=3, cell_characters=100, unpacked_mib=1)


def csv_file(tmp_path: Path, rows: list[list[str]], encoding: str = "utf-8-sig", delimiter: str = ",") -> Path:
    path = tmp_path / "elders.csv"
    with path.open("w", encoding=encoding, newline="") as file:
        csv.writer(file, delimiter=delimiter).writerows(rows)
    return path


def xlsx_file(tmp_path: Path, rows: list[list[object]]) -> Path:
    path = tmp_path / "elders.xlsx"
    book = Workbook()
    assert book.active is not None
    for row in rows:
        book.active.append(row)
    book.save(path)
    return path


def rows_of(path: Path, limits: Imports = LIMITS) -> list[SheetRow]:
    return list(read_sheet(path, limits))


def reader() -> RowReader:
    return RowReader(country="CN", area_code="010", ladders=frozenset({"default", "service"}), today=date(2026, 3, 1))


def faults(cells: Mapping[str, str]) -> list[Fault]:
    found = reader().read({"name": "张示例", "mobile": "13900001111", **cells})
    assert isinstance(found, list), found
    return found


def elder(cells: Mapping[str, str]) -> GivenElder:
    found = reader().read({"name": "张示例", "mobile": "13900001111", **cells})
    assert isinstance(found, GivenElder), found
    return found


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_csv_in_every_dress(encoding: str, delimiter: str, tmp_path: Path) -> None:
    path = csv_file(tmp_path, [["姓名", " 手机 ", "病史"], ["张示例", "13900001111", "高血压"]], encoding, delimiter)
    cells = {"name": "张示例", "mobile": "13900001111", "illness": "高血压"}
    assert rows_of(path) == [SheetRow(number=2, cells=cells)]


def test_xlsx_with_numbers_and_days_as_excel_keeps_them(tmp_path: Path) -> None:
    path = xlsx_file(
        tmp_path,
        [
            ["Name", "MOBILE", "Born", "Pager  Account", None],
            ["张示例", 13900001111, datetime(1940, 5, 6), 1001.0],
            [None, None, None],
            ["李示例", "'+8613900001112", "1941年7月8日", None],
        ],
    )
    assert rows_of(path) == [
        SheetRow(number=2, cells={"name": "张示例", "mobile": "13900001111", "born": "1940-05-06", "account": "1001"}),
        SheetRow(number=4, cells={"name": "李示例", "mobile": "+8613900001112", "born": "1941年7月8日"}),
    ]


def test_every_heading_means_its_column() -> None:
    for column in COLUMNS:
        for heading in column.headings:
            assert key_of(f" {heading.upper()} ") == column.key
    assert key_of("星座") is None


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ([], "no headings"),
        ([["", ""]], "no headings"),
        ([["手机"]], "姓名"),
        ([["姓名", "星座"]], "星座"),
        ([["姓名", "name"]], "twice"),
        ([["姓名"] * 300], "columns"),
    ],
)
def test_headings_that_cannot_be_used_are_named(rows: list[list[str]], said: str, tmp_path: Path) -> None:
    for path in (csv_file(tmp_path, rows), xlsx_file(tmp_path, rows)):  # type: ignore[arg-type]
        with pytest.raises(SheetUnusable, match=said):
            rows_of(path)


def test_limits_are_named(tmp_path: Path) -> None:
    many = csv_file(tmp_path, [["姓名"], *[["张示例"]] * 4])
    with pytest.raises(SheetUnusable, match=r"imports\.rows"):
        rows_of(many, SMALL)
    wide = csv_file(tmp_path, [["姓名", "病史"], ["张示例", "病" * 101], ["李示例", "病"], ["王", "病", "多"]])
    first, second, third = rows_of(wide, SMALL)
    assert first.fault and "imports.cell_characters" in first.fault.message and first.number == 2
    assert second.cells == {"name": "李示例", "illness": "病"}
    assert third.fault and "cells" in third.fault.message
    big = tmp_path / "big.csv"
    big.write_bytes(b"x" * (1024 * 1024 + 1))
    with pytest.raises(SheetUnusable, match=r"imports\.file_mib"):
        rows_of(big, SMALL)


def test_a_packed_bomb_is_not_unpacked(tmp_path: Path) -> None:
    path = tmp_path / "bomb.xlsx"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("xl/sharedStrings.xml", bytes(3 * 1024 * 1024))
    with pytest.raises(SheetUnusable, match=r"imports\.unpacked_mib"):
        rows_of(path, SMALL)


@pytest.mark.parametrize("name", ["elders.xls", "elders", "elders.exe", "gone.csv", "gone.xlsx"])
def test_other_and_missing_files_are_refused(name: str, tmp_path: Path) -> None:
    if not name.startswith("gone"):
        (tmp_path / name).write_bytes(b"x")
    with pytest.raises(SheetUnusable, match=name):
        rows_of(tmp_path / name)


@settings(max_examples=80, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rubbish=st.binary(max_size=400), ending=st.sampled_from([".csv", ".xlsx"]))
def test_rubbish_is_refused_or_read(rubbish: bytes, ending: str, tmp_path: Path) -> None:
    path = tmp_path / f"rubbish{ending}"
    path.write_bytes(rubbish)
    read_or_refused(path)


@settings(max_examples=80, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_a_damaged_workbook_is_refused_or_read(data: st.DataObject, tmp_path: Path) -> None:
    whole = xlsx_file(tmp_path, [["姓名", "手机"], ["张示例", 13900001111]])
    names = zipfile.ZipFile(io.BytesIO(whole.read_bytes())).namelist()
    damaged = data.draw(st.sampled_from(names))
    at = data.draw(st.integers(0, 2000))
    rubbish = data.draw(st.binary(min_size=1, max_size=20))
    path = tmp_path / "damaged.xlsx"
    with zipfile.ZipFile(whole) as source, zipfile.ZipFile(path, "w") as target:
        for name in names:
            part = source.read(name)
            target.writestr(name, part[:at] + rubbish + part[at + len(rubbish) :] if name == damaged else part)
    read_or_refused(path)


def read_or_refused(path: Path) -> None:
    row_reader = reader()
    try:
        for row in read_sheet(path, SMALL):
            row_reader.read(row.cells)
    except SheetUnusable as refused:
        assert any(word in str(refused) for word in (path.name, "heading", "column", "imports."))


def test_a_full_row() -> None:
    found = elder(
        {
            "sex": "F",
            "born": "1940/5/6",
            "identity_number": "11010119400506 000x",
            "landline": "5555-0101；0571-5555010",
            "account": "p1001;p1002",
            "needs": "medical、dialect:cantonese",
            "ladder": "service",
            "contact1_name": "女儿",
            "contact1_number": "13900002222",
            "contact1_role": "女儿",
            "contact1_has_key": "是",
            "contact3_name": "老李",
            "contact3_number": "+8613900003333",
        }
    )
    assert found.words["sex"] == "女" and found.words["identity_number"] == "11010119400506000X"
    assert found.born == date(1940, 5, 6)
    assert found.numbers == (
        ("+861055550101", LineKind.LANDLINE),
        ("+865715555010", LineKind.LANDLINE),
        ("+8613900001111", LineKind.MOBILE),
    )
    assert found.accounts == ("p1001", "p1002")
    assert found.needs == {"medical", "dialect:cantonese"}
    first, third = found.contacts
    assert (first.order, first.role, first.has_key) == (1, ContactRole.FAMILY, True)
    assert (third.order, third.role, third.has_key) == (3, None, None)


@pytest.mark.parametrize(
    ("column", "cell", "said"),
    [
        ("sex", "不详", "男"),
        ("born", "昨天", "1940-05-06"),
        ("born", "1940-02-30", "1940-05-06"),
        ("born", "1840-05-06", "between"),
        ("born", "2030-05-06", "between"),
        ("identity_number", "1.10101E+17", "format the column as text"),
        ("mobile", "不记得", "rung"),
        ("landline", "55550101;123", "rung"),
        ("account", "pager 1", "a-z"),
        ("ladder", "nobody", "default"),
        ("name", "名" * 61, "at most 60"),
        ("illness", "a\x07b", "control"),
        ("contact1_name", "女儿", "is missing"),
        ("contact1_number", "120", "rung"),
        ("contact1_role", "阿姨", "邻居"),
        ("contact1_has_key", "也许", "是 or 否"),
    ],
)
def test_every_fault_is_named(column: str, cell: str, said: str) -> None:
    found = faults({column: cell})
    assert any(said in fault.message for fault in found)


def test_all_faults_of_a_row_are_told_at_once() -> None:
    found = faults({"sex": "?", "born": "?", "ladder": "?", "mobile": "?"})
    assert {fault.column for fault in found} >= {"sex", "born", "ladder", "mobile"}


def test_a_row_must_be_found_again() -> None:
    for cells in ({"name": "张示例"}, {"mobile": "13900001111"}):
        found = reader().read(cells)
        assert isinstance(found, list)
