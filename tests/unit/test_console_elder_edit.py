"""An elder's profile by hand: what is checked, what is kept, who may, and what happens when two save at once."""

from __future__ import annotations

import html
import re
from collections.abc import AsyncIterator
from dataclasses import replace
from uuid import UUID

import pytest

from callcenter.domain.access import UserRole
from callcenter.domain.elder_changes import ElderChange
from callcenter.domain.elder_status import ElderStatus, Purpose
from callcenter.domain.people import Profile
from tests.unit.browser import Browser, ConsoleHouse, with_console
from tests.unit.house import House

FIELD = re.compile(r'<(?:input|select|textarea)[^>]* ?name="([^"]+)"[^>]*>')


@pytest.fixture
async def console(house: House) -> AsyncIterator[ConsoleHouse]:
    async with with_console(house) as console:
        await house.agent("1001")
        await console.user("li", UserRole.AGENT, "1001")
        await console.user("chief", UserRole.SUPERVISOR)
        yield console


@pytest.fixture
async def li(console: ConsoleHouse) -> AsyncIterator[Browser]:
    async with console.browser("li") as browser:
        yield browser


def fields_of(page: str) -> dict[str, str]:
    """What a browser would send of the profile's form, buttons left out."""
    [form] = re.findall(r'<form[^>]*class="profile-form".*?</form>', page, re.DOTALL)
    found: dict[str, str] = {}
    for tag in re.findall(r"<input[^>]*>", form):
        name, value = re.search(r'name="([^"]+)"', tag), re.search(r'value="([^"]*)"', tag)
        if name and ('type="checkbox"' not in tag or " checked" in tag):
            found[name[1]] = html.unescape(value[1]) if value else ""
    for name, text in re.findall(r'<textarea name="([^"]+)"[^>]*>(.*?)</textarea>', form, re.DOTALL):
        found[name] = html.unescape(text)
    for name, options in re.findall(r'<select name="([^"]+)">(.*?)</select>', form, re.DOTALL):
        chosen = re.search(r'<option(?: value="([^"]*)")? selected>([^<]*)', options)
        first = re.search(r'<option(?: value="([^"]*)")?>([^<]*)', options)
        option = chosen or first
        assert option
        found[name] = option[1] if option[1] is not None else option[2]
    return found


async def opened(browser: Browser, elder: UUID) -> dict[str, str]:
    answer = await browser.get(f"/elders/{elder}/edit")
    assert answer.status == 200
    return fields_of(await answer.text())


async def now(console: ConsoleHouse, elder: UUID) -> Profile:
    profile = await console.house.do(lambda work: work.people.profile(elder))
    assert profile is not None
    return profile


async def history(console: ConsoleHouse, elder: UUID) -> list[ElderChange]:
    return await console.house.do(lambda work: work.history.of(elder, 10))


async def test_a_form_that_is_saved_as_it_is_changes_nothing(console: ConsoleHouse, li: Browser) -> None:
    profile = await console.house.elder()
    fields = await opened(li, profile.elder.id)
    answer = await li.post(f"/elders/{profile.elder.id}/edit", **fields, do="save")
    assert answer.status == 303, await answer.text()
    assert await now(console, profile.elder.id) == profile
    assert await history(console, profile.elder.id) == []


async def test_what_was_changed_is_kept_with_who_and_from_what(console: ConsoleHouse, li: Browser) -> None:
    profile = await console.house.elder()
    elder = profile.elder.id
    fields = await opened(li, elder)
    changed = {
        "illness": "糖尿病", "born": "1941年3月2日", "door": "601室", "line1_number": "010-5555 0199",
        "contact2_number": "139 0000 4444", "consent_photo": "refused", "do": "save",
    }  # fmt: skip
    assert (await li.post(f"/elders/{elder}/edit", **{**fields, **changed})).status == 303
    after = await now(console, elder)
    assert (after.elder.illness, str(after.elder.born), after.household.door) == ("糖尿病", "1941-03-02", "601室")
    assert [line.number for line in after.lines] == ["+861055550199"]
    assert [contact.number for contact in after.contacts] == ["+8613900002222", "+8613900004444"]
    assert after.contacts[0] == profile.contacts[0] and after.contacts[1].id == profile.contacts[1].id
    assert after.elder.refused == {Purpose.PHOTO}
    [act] = await history(console, elder)
    texts = {change.field: (change.old, change.new) for change in act.changes}
    assert act.by == "li" and texts["illness"] == ("高血压", "糖尿病") and texts["door"] == ("502室", "601室")
    assert set(texts) == {"illness", "born", "door", "lines", "contacts", "refused"}
    card = await (await li.get(f"/elders/{elder}")).text()
    assert "修改记录" in card and "糖尿病" not in card and "病史" in card
    token = await li.form_token()
    whole = await (await li.post(f"/elders/{elder}", form_token=token, why="核对")).text()
    assert "<del>高血压</del>" in whole and "<ins>糖尿病</ins>" in whole


async def test_rows_are_added_moved_and_removed_before_anything_is_saved(console: ConsoleHouse, li: Browser) -> None:
    profile = await console.house.elder()
    path = f"/elders/{profile.elder.id}/edit"
    fields = await opened(li, profile.elder.id)
    page = await (await li.post(path, **fields, do="add contact ")).text()
    fields = fields_of(page) | {"contact3_name": "社区小赵", "contact3_number": "13900005555"}
    for act in ("up contact 3", "up contact 2", "remove contact 2", "add line ", "nonsense", "remove contact 99"):
        answer = await li.post(path, **fields, do=act)
        assert answer.status == 200, act
        fields = fields_of(await answer.text())
    assert await now(console, profile.elder.id) == profile
    assert (await li.post(path, **fields, do="save")).status == 303
    contacts = (await now(console, profile.elder.id)).contacts
    assert [(each.ring_order, each.name) for each in contacts] == [(1, "社区小赵"), (2, "老李")]
    assert await console.house.do(lambda work: work.people.by_last_four("2222", 5)) == []


async def test_the_second_who_saves_hears_of_it_and_loses_nothing(console: ConsoleHouse, li: Browser) -> None:
    profile = await console.house.elder()
    path = f"/elders/{profile.elder.id}/edit"
    async with console.browser("chief") as chief:
        theirs = await opened(chief, profile.elder.id)
        mine = await opened(li, profile.elder.id) | {"medicines": "二甲双胍"}
        assert (await chief.post(path, **theirs | {"illness": "糖尿病"}, do="save")).status == 303
    answer = await li.post(path, **mine, do="save")
    page = await answer.text()
    assert answer.status == 409
    assert (
        "别人改过这份档案" in page and "chief" in page and "糖尿病 → 高血压" in page and "氨氯地平 → 二甲双胍" in page
    )
    assert (await now(console, profile.elder.id)).elder.medicines == "氨氯地平"
    again = fields_of(page) | {"illness": "糖尿病"}
    assert again["medicines"] == "二甲双胍"
    assert (await li.post(path, **again, do="save")).status == 303
    elder = (await now(console, profile.elder.id)).elder
    assert (elder.illness, elder.medicines) == ("糖尿病", "二甲双胍")


@pytest.mark.parametrize(
    ("key", "typed", "said"),
    [
        ("name", "", "姓名：没有填"),
        ("born", "昨天", "出生日期：须为日期"),
        ("born", "2999-01-01", "到今天之间"),
        ("identity_number", "1", "须为6到20位"),
        ("line1_number", "120", "是紧急号码"),
        ("line1_number", "12", "不是可以拨打的电话号码"),
        ("contact1_number", "", "联系人1 号码：没有填"),
        ("contact1_name", "王" * 61, "联系人1 姓名：共61个字，最多60个"),
        ("illness", "病" * 1001, "共1001个字，最多1000个"),
        ("status", "deceased", "自何日起：没有填"),
        ("status", "nonsense", "状态：没有填"),
        ("name", "a\x07b", "含有控制字符"),
    ],
)
async def test_a_fault_is_named_and_what_was_typed_stays(
    console: ConsoleHouse, li: Browser, key: str, typed: str, said: str
) -> None:
    profile = await console.house.elder()
    fields = await opened(li, profile.elder.id) | {"how_to_talk": "大声些", key: typed}
    answer = await li.post(f"/elders/{profile.elder.id}/edit", **fields, do="save")
    page = await answer.text()
    assert answer.status == 422 and said in page and "大声些" in page
    assert await now(console, profile.elder.id) == profile


async def test_somebody_new_is_added_and_found(console: ConsoleHouse, li: Browser) -> None:
    fields = fields_of(await (await li.get("/elders/new")).text())
    page = await (await li.post("/elders/new", **fields, do="add line ")).text()
    words = {"name": "赵示例", "street": "示例路", "estate": "和平里", "line1_number": "13900007777"}
    answer = await li.post("/elders/new", **fields_of(page) | words, do="save")
    assert answer.status == 303
    elder = UUID(answer.headers["Location"].removeprefix("/elders/"))
    assert (await now(console, elder)).lines[0].number == "+8613900007777"
    assert [[change.field for change in act.changes] for act in await history(console, elder)] == [["added"]]
    assert str(elder) in await (await li.get("/elders?q=zhao+hpl")).text()
    again = await li.post("/elders/new", **fields_of(page) | words | {"name": "钱示例"}, do="save")
    mate = UUID(again.headers["Location"].removeprefix("/elders/"))
    assert (await now(console, mate)).household == (await now(console, elder)).household, "the same number and address"


async def test_who_lives_together_shares_the_address_until_one_moves(console: ConsoleHouse, li: Browser) -> None:
    profile = await console.house.elder()
    mate = replace(profile.elder, id=console.house.clock.new_id(), name="钱示例", identity_number="")
    await console.house.do(lambda work: work.people.add_elder(mate))
    path = f"/elders/{profile.elder.id}/edit"
    page = await (await li.get(path)).text()
    assert "同住：钱示例" in page
    assert (await li.post(path, **fields_of(page) | {"door": "601室"}, do="save")).status == 303
    assert (await now(console, mate.id)).household.door == "601室"
    assert [change.field for change in (await history(console, mate.id))[0].changes] == ["door"]
    fields = await opened(li, profile.elder.id) | {"door": "701室", "alone": "yes"}
    assert (await li.post(path, **fields, do="save")).status == 303
    assert (await now(console, profile.elder.id)).household.door == "701室"
    assert (await now(console, mate.id)).household.door == "601室"
    assert [line.number for line in (await now(console, mate.id)).lines] == ["+861055550101"]


async def test_an_identity_number_stands_once(console: ConsoleHouse, li: Browser) -> None:
    await console.house.elder("p1", identity_number="110101194005060011")
    other = await console.house.elder("p2", identity_number="")
    fields = await opened(li, other.elder.id) | {"identity_number": "110101194005060011"}
    answer = await li.post(f"/elders/{other.elder.id}/edit", **fields, do="save")
    assert answer.status == 422 and "属于另一位老人" in await answer.text()


async def test_a_death_has_its_date_and_how_we_know(console: ConsoleHouse, li: Browser) -> None:
    profile = await console.house.elder()
    path = f"/elders/{profile.elder.id}/edit"
    fields = await opened(li, profile.elder.id)
    gone = {"status": "deceased", "status_since": "2026-02-28", "status_note": "女儿来电，医院证明"}
    assert (await li.post(path, **fields | gone, do="save")).status == 303
    elder = (await now(console, profile.elder.id)).elder
    assert (elder.status, str(elder.status_since), elder.status_note) == (
        ElderStatus.DECEASED,
        "2026-02-28",
        gone["status_note"],
    )
    card = await (await li.get(f"/elders/{profile.elder.id}")).text()
    assert "已故" in card and gone["status_note"] not in card


async def test_nothing_typed_is_ever_a_tag(console: ConsoleHouse, li: Browser) -> None:
    evil = '"><script>alert(1)</script>'
    profile = await console.house.elder()
    path = f"/elders/{profile.elder.id}/edit"
    fields = await opened(li, profile.elder.id)
    typed = {
        key: evil
        for key in fields
        if key not in ("form_token", "seen", "born", "sex", "identity_number", "status", "status_since", "ladder")
        and not key.startswith("consent_") and not key.endswith(("_number", "_kind", "_role", "_id", "_has_key"))
    }  # fmt: skip
    assert len(typed) > 15
    page = await (await li.post(path, **fields | typed, do="up contact 1")).text()
    answer = await li.post(path, **fields | typed, do="save")
    assert answer.status == 303, await answer.text()
    token = await li.form_token()
    pages = [page, *[await (await li.get(place)).text() for place in (path, path.removesuffix("/edit"))]]
    pages.append(await (await li.post(path.removesuffix("/edit"), form_token=token, why="x")).text())
    assert all("<script>alert" not in page and "&lt;script&gt;" in page for page in pages)


async def test_only_who_works_with_elders_changes_them(console: ConsoleHouse) -> None:
    await console.user("admin", UserRole.ADMINISTRATOR)
    profile = await console.house.elder()
    async with console.browser("admin") as browser:
        assert (await browser.get(f"/elders/{profile.elder.id}/edit")).status == 403
        assert "/edit" not in await (await browser.get(f"/elders/{profile.elder.id}")).text()
