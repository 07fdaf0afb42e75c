"""Lists of elders in and out, through the services: who is known again, what an empty cell leaves, what is refused."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from pathlib import Path

import pytest

from callcenter.config.storage import Imports
from callcenter.domain.people import Profile
from callcenter.errors import SheetUnusable, StorageAway
from callcenter.ports.storage import UnitOfWork
from callcenter.services.elder_sheet import SheetRow, read_sheet
from callcenter.services.export_elders import export_elders
from callcenter.services.import_elders import ImportReport, import_elders
from tests.unit.house import House

WANG = {"name": "王示例", "mobile": "13900000001", "street": "路1号", "building": "1号楼", "account": "p1"}


async def take(house: House, *rows: Mapping[str, str]) -> ImportReport:
    """As if these rows stood in a file, from its second line on."""
    sheet = (SheetRow(number=number, cells=dict(cells)) for number, cells in enumerate(rows, 2))
    return await import_elders(house.storage, house.clock, house.desk.config, sheet, by="test")


async def everybody(house: House) -> list[Profile]:
    def read(unit: UnitOfWork) -> list[Profile]:
        profiles = (unit.people.profile(elder) for elder in unit.people.ids_after(None, 100))
        return [profile for profile in profiles if profile is not None]

    return await house.do(read)


async def test_the_same_list_twice_changes_nothing(house: House) -> None:
    contact = {"contact1_name": "女儿", "contact1_role": "家属", "contact1_number": "13900009991"}
    assert await take(house, WANG | contact) == ImportReport(added=1)
    assert await take(house, WANG | contact) == ImportReport(unchanged=1)
    [profile] = await everybody(house)
    assert [(each.name, each.number) for each in profile.contacts] == [("女儿", "+8613900009991")]


async def test_a_contact_changes_in_place_and_what_is_left_out_stays(house: House) -> None:
    contact = {"contact1_name": "女儿", "contact1_number": "13900009991", "contact1_has_key": "是"}
    await take(house, WANG | contact)
    report = await take(house, WANG | {"contact1_name": "女儿", "contact1_number": "13900009992"})
    assert report.updated == 1
    [profile] = await everybody(house)
    [only] = profile.contacts
    assert (only.number, only.has_key) == ("+8613900009992", True)


async def test_everything_of_an_elder_may_be_changed(house: House) -> None:
    await take(house, WANG | {"identity_number": "110101194005060011"})
    changes = {"name": "王新名", "building": "2号楼", "illness": "高血压", "born": "1940-05-06", "needs": "medical"}
    report = await take(house, WANG | changes | {"identity_number": "110101194005060011", "mobile": "13900000002"})
    assert report.updated == 1
    [profile] = await everybody(house)
    assert (profile.elder.name, profile.elder.illness, profile.elder.needs) == (
        "王新名",
        "高血压",
        frozenset({"medical"}),
    )
    assert profile.elder.born is not None
    assert profile.household.building == "2号楼"
    assert {line.number for line in profile.lines} == {"+8613900000001", "+8613900000002"}


async def test_who_lives_together_shares_a_household(house: House) -> None:
    other_home = {"street": "路9号", "account": ""}
    await take(house, WANG, WANG | {"name": "赵示例", "account": "p2"}, WANG | {"name": "钱示例"} | other_home)
    homes = {profile.elder.name: profile.household.id for profile in await everybody(house)}
    assert homes["王示例"] == homes["赵示例"] != homes["钱示例"]


async def test_nobody_gets_a_pager_that_is_another_ones_or_an_agents_phone(house: House) -> None:
    await house.agent("1001")
    report = await take(
        house,
        WANG,
        WANG | {"name": "赵示例", "mobile": "13900000002"},
        WANG | {"name": "钱示例", "mobile": "13900000003", "account": "1001"},
    )
    assert (report.added, [(bad.row, bad.fault.column) for bad in report.bad]) == (1, [(3, "account"), (4, "account")])


async def test_two_of_one_name_and_number_are_not_guessed_between(house: House) -> None:
    first = WANG | {"identity_number": "110101194005060011"}
    second = WANG | {"identity_number": "110101194005060022", "account": ""}
    report = await take(house, first, second, {"name": "王示例", "mobile": "13900000001"})
    assert (report.added, [(bad.row, bad.fault.column) for bad in report.bad]) == (2, [(4, "name")])


async def test_a_file_of_bad_rows_only_ends(house: House) -> None:
    report = await take(house, *({"name": "", "mobile": "x"} for _ in range(120)))
    assert report.added == 0
    assert {bad.row for bad in report.bad} == set(range(2, 122))


@pytest.mark.parametrize("ending", [".csv", ".xlsx"])
async def test_what_goes_out_comes_in_unchanged(house: House, tmp_path: Path, ending: str) -> None:
    await house.elder(name="=张示例", how_to_talk="+1+1")
    path = tmp_path / f"out{ending}"
    assert await export_elders(house.storage, house.clock, path) == 1
    assert path.stat().st_mode & 0o777 == 0o600
    report = await import_elders(house.storage, house.clock, house.desk.config, read_sheet(path, Imports()), by="test")
    assert report == ImportReport(unchanged=1)


async def test_many_pages_go_out_whole(house: House, tmp_path: Path) -> None:
    await take(house, *({"name": f"甲{number}", "mobile": f"1390000{number:04}"} for number in range(130)))
    assert await export_elders(house.storage, house.clock, tmp_path / "all.csv") == 130
    with (tmp_path / "all.csv").open(encoding="utf-8-sig", newline="") as file:
        assert len({row[0] for row in csv.reader(file)}) == 131


async def test_an_export_overwrites_nothing_and_leaves_no_half_file(house: House, tmp_path: Path) -> None:
    there = tmp_path / "there.csv"
    there.write_text("mine", encoding="utf-8")
    for path in (there, tmp_path / "list.pdf", tmp_path / "nowhere" / "list.csv"):
        with pytest.raises(SheetUnusable):
            await export_elders(house.storage, house.clock, path)
    assert there.read_text(encoding="utf-8") == "mine"

    async def away(*_: object, **__: object) -> None:
        raise StorageAway

    house.storage.look_up = away  # type: ignore[assignment, method-assign]
    with pytest.raises(StorageAway):
        await export_elders(house.storage, house.clock, tmp_path / "half.csv")
    assert not (tmp_path / "half.csv").exists()
