"""Import and export on both databases."""

from __future__ import annotations

import csv
from dataclasses import replace
from pathlib import Path

import pytest
from openpyxl import load_workbook

from callcenter.app.clock import SystemClock
from callcenter.config import Config
from callcenter.config.storage import Imports
from callcenter.domain.people import Profile
from callcenter.errors import SheetUnusable
from callcenter.services.elder_sheet import read_sheet
from callcenter.services.export_elders import export_elders
from callcenter.services.import_elders import ImportReport, import_elders
from storage.database import SqlStorage
from tests.integration.people_made_up import NOON, a_pager, a_profile, add, an_agent

HEADINGS = ["姓名", "身份证号", "手机", "固定电话", "街道", "楼栋", "呼叫器账号", "病史", "联系人1姓名", "联系人1电话"]


async def taken(storage: SqlStorage, clock: SystemClock, config: Config, path: Path) -> ImportReport:
    return await import_elders(storage, clock, config, read_sheet(path, Imports()), by="test")


def sheet(tmp_path: Path, *rows: list[str]) -> Path:
    path = tmp_path / "elders.csv"
    with path.open("w", encoding="gb18030", newline="") as file:
        csv.writer(file).writerows([HEADINGS, *rows])
    return path


async def everybody(storage: SqlStorage) -> list[Profile]:
    def read(work: object) -> list[Profile]:
        people = work.people  # type: ignore[attr-defined]
        return [people.profile(elder) for elder in people.ids_after(None, 1000)]

    return sorted(await storage.transact("all", read), key=lambda profile: profile.elder.name)


async def test_good_rows_go_in_bad_ones_are_named(
    storage: SqlStorage, clock: SystemClock, config: Config, tmp_path: Path
) -> None:
    await storage.transact("agent", lambda work: work.agents.add(an_agent(clock, "1001")))
    path = sheet(
        tmp_path,
        ["甲示例", "", "13900000001", "", "路1号", "1号楼", "p1", "高血压", "女儿", "13900009991"],
        ["乙示例", "", "13900000002", "", "", "", "p1", "", "", ""],
        ["丙示例", "", "不知道", "", "", "", "", "", "", ""],
        ["丁示例", "", "13900000004", "", "", "", "1001", "", "", ""],
        ["戊示例", "", "13900000005", "", "", "", "", "", "", ""],
    )
    report = await taken(storage, clock, config, path)
    assert (report.added, report.updated, report.unchanged) == (2, 0, 0)
    assert [(bad.row, bad.fault.column) for bad in report.bad] == [
        (3, "account"),
        (4, "mobile"),
        (4, "identity_number"),
        (5, "account"),
    ]
    first, last = await everybody(storage)
    assert (first.elder.name, last.elder.name) == ("戊示例", "甲示例")
    assert last.elder.illness == "高血压" and last.contacts[0].number == "+8613900009991"
    again = await taken(storage, clock, config, path)
    assert (again.added, again.updated, again.unchanged, len(again.bad)) == (0, 0, 2, 4)


async def test_an_empty_cell_deletes_nothing_and_a_new_one_updates(
    storage: SqlStorage, clock: SystemClock, config: Config, tmp_path: Path
) -> None:
    row = ["甲示例", "110101194005060011", "13900000001", "", "路1号", "1号楼", "p1", "高血压", "女儿", "13900009991"]
    await taken(storage, clock, config, sheet(tmp_path, row))
    changed = ["甲新名", "110101194005060011", "13900000002", "", "", "2号楼", "p2", "", "", ""]
    report = await taken(storage, clock, config, sheet(tmp_path, changed))
    assert (report.added, report.updated) == (0, 1)
    (profile,) = await everybody(storage)
    assert profile.elder.name == "甲新名" and profile.elder.illness == "高血压"
    assert profile.household.building == "2号楼" and profile.household.street == "路1号"
    assert {line.number for line in profile.lines} == {"+8613900000001", "+8613900000002"}
    assert [contact.name for contact in profile.contacts] == ["女儿"]
    accounts = await storage.transact("held", lambda work: work.people.call_back_numbers(profile.elder.id, clock.now()))
    assert sorted(accounts[0]) == ["p1", "p2"]


async def test_two_at_one_address_and_number_share_a_household(
    storage: SqlStorage, clock: SystemClock, config: Config, tmp_path: Path
) -> None:
    home = ["", "", "010-55550101", "路1号", "1号楼"]
    path = sheet(
        tmp_path,
        ["甲示例", *home, "", "", "", ""],
        ["乙示例", *home, "", "", "", ""],
        ["丙示例", "", "", "010-55550101", "路2号", "9号楼", "", "", "", ""],
    )
    assert (await taken(storage, clock, config, path)).added == 3
    other, wife, husband = await everybody(storage)
    assert {p.elder.name for p in (other, wife, husband)} == {"甲示例", "乙示例", "丙示例"}
    households = {profile.elder.name: profile.household.id for profile in (other, wife, husband)}
    assert households["甲示例"] == households["乙示例"] != households["丙示例"]
    found = await storage.transact("who", lambda work: work.people.by_number("+861055550101", NOON))
    assert len(found) == 3


async def test_same_name_and_number_but_another_identity_is_another_person(
    storage: SqlStorage, clock: SystemClock, config: Config, tmp_path: Path
) -> None:
    path = sheet(
        tmp_path,
        ["甲示例", "110101194005060011", "13900000001", "", "", "", "", "", "", ""],
        ["甲示例", "110101194005060022", "13900000001", "", "", "", "", "", "", ""],
        ["甲示例", "", "13900000001", "", "", "", "", "", "", ""],
    )
    report = await taken(storage, clock, config, path)
    assert report.added == 2
    assert [(bad.row, bad.fault.column) for bad in report.bad] == [(4, "name")]


@pytest.mark.parametrize("ending", [".csv", ".xlsx"])
async def test_what_goes_out_comes_in_unchanged(
    ending: str, storage: SqlStorage, clock: SystemClock, config: Config, tmp_path: Path
) -> None:
    evil = '=HYPERLINK("http://example.invalid","x")'
    profile = a_profile(clock, how_to_talk=evil, name="@张示例")
    more = [
        replace(a_profile(clock, identity_number=f"1101011940050{number:05}", name=f"-{number}"), lines=())
        for number in range(120)
    ]
    await storage.transact("add", lambda work: (add(work, profile), [add(work, one) for one in more]), urgent=False)
    await storage.transact("pager", lambda work: work.people.add_device(a_pager(clock, profile.elder.id)))
    path = tmp_path / f"out{ending}"
    assert await export_elders(storage, clock, path) == 121
    assert path.stat().st_mode & 0o777 == 0o600
    if ending == ".csv":
        with path.open(encoding="utf-8-sig", newline="") as file:
            cells = [cell for row in csv.reader(file) for cell in row]
    else:
        book = load_workbook(path)
        assert book.active is not None
        assert all(cell.data_type != "f" for row in book.active.iter_rows() for cell in row)
        cells = [str(cell.value) for row in book.active.iter_rows() for cell in row if cell.value]
    assert f"'{evil}" in cells
    assert not [cell for cell in cells if cell[:1] in ("=", "+", "-", "@")]
    report = await taken(storage, clock, config, path)
    assert report == ImportReport(unchanged=121)
    with pytest.raises(SheetUnusable):  # nothing is overwritten
        await export_elders(storage, clock, path)


async def test_emergencies_do_not_wait_for_an_import(
    storage: SqlStorage, clock: SystemClock, config: Config, tmp_path: Path
) -> None:
    import asyncio
    import time

    from tests.integration.people_made_up import an_emergency

    rows = [
        [f"老人{number}", "", f"1390000{number:04}", "", "路", "楼", f"p{number}", "病", "女儿", "13900009991"]
        for number in range(400)
    ]
    importing = asyncio.ensure_future(taken(storage, clock, config, sheet(tmp_path, *rows)))
    waits = []
    while not importing.done():
        emergency = an_emergency(clock)
        began = time.perf_counter()
        await storage.transact("raise", lambda work, one=emergency: work.emergencies.add(one))
        waits.append(time.perf_counter() - began)
        await asyncio.sleep(0.01)
    assert (await importing).added == 400
    waits.sort()
    assert len(waits) > 3
    assert waits[len(waits) // 2] < 0.25  # generous: the machine is shared, a transaction of the import is 30 ms
    assert not storage.away
