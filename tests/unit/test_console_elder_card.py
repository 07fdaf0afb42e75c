"""What stands on an elder's card beside her profile: devices, photo, emergencies, daily calls."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta

import pytest

from callcenter.domain.access import UserRole
from callcenter.domain.check_ins import CheckIn, CheckInOutcome, CheckInPlan
from callcenter.domain.dial_hours import DAY_MINUTES, Span, day_of
from callcenter.domain.elder_status import Purpose
from callcenter.domain.people import Profile
from callcenter.ports.storage import UnitOfWork
from tests.unit.browser import Browser, ConsoleHouse, with_console
from tests.unit.house import House
from tests.unit.pictures import a_jpeg, a_png


@pytest.fixture
async def console(house: House) -> AsyncIterator[ConsoleHouse]:
    async with with_console(house) as console:
        await house.agent("1001")
        await console.user("li", UserRole.AGENT, "1001")
        await console.user("admin", UserRole.ADMINISTRATOR)
        yield console


@pytest.fixture
async def li(console: ConsoleHouse) -> AsyncIterator[Browser]:
    async with console.browser("li") as browser:
        yield browser


@pytest.fixture
async def profile(console: ConsoleHouse) -> Profile:
    return await console.house.elder()


async def text(browser: Browser, path: str) -> str:
    answer = await browser.get(path)
    assert answer.status == 200, await answer.text()
    return await answer.text()


async def whole(browser: Browser, path: str) -> str:
    return await (await browser.post(path, form_token=await browser.form_token(), why="核对")).text()


async def fields_changed(console: ConsoleHouse, profile: Profile) -> list[list[str]]:
    acts = await console.house.do(lambda work: work.history.of(profile.elder.id, 10))
    return [[change.field for change in act.changes] for act in acts]


# ----------------------------------------------------------------------------------------- devices


async def test_a_device_is_taken_back_and_given_to_another(
    console: ConsoleHouse, li: Browser, profile: Profile
) -> None:
    other = await console.house.elder("pager0002", name="钱示例", identity_number="")
    mine, theirs = (f"/elders/{one.elder.id}/devices" for one in (profile, other))
    token = await li.form_token()
    page = await text(li, mine)
    assert "pager0001" in page and "13900001111" not in page and "＊＊＊1111" in page
    taken = await li.post(theirs, form_token=token, kind="pager", account="pager0001", number="")
    assert taken.status == 422 and "已在别人名下" in await taken.text()
    [back] = re.findall(r'action="(/elders/[^"]+/devices/[0-9a-f-]+)"', page)
    assert (await li.post(back.replace(str(profile.elder.id), str(other.elder.id)), form_token=token)).status == 404
    assert (await li.post(back, form_token=token)).status == 303
    assert (await li.post(back, form_token=token)).status == 404, "twice"
    console.house.clock.let_pass(1)
    assert (await li.post(theirs, form_token=token, kind="pager", account="pager0001", number="")).status == 303
    assert "pager0001" in await text(li, theirs) and "pager0001" not in await text(li, mine)
    now = console.house.clock.now()
    assert await console.house.do(lambda work: work.people.by_account("pager0001", now)) == [other.elder.id]
    assert await fields_changed(console, profile) == await fields_changed(console, other) == [["devices"]]


@pytest.mark.parametrize(
    ("account", "number", "said"),
    [
        ("", "", "设备账号：没有填"),
        ("a b", "", "须为1到40位"),
        ("120", "", "是紧急号码"),
        ("1001", "", "已在别人名下，或是坐席的分机"),
        ("", "110", "是紧急号码"),
        ("", "12", "不是可以拨打的电话号码"),
        ("<script>alert(1)</script>", "", "&lt;script&gt;"),
    ],
)
async def test_a_device_that_cannot_be_is_refused(
    console: ConsoleHouse, li: Browser, profile: Profile, account: str, number: str, said: str
) -> None:
    path = f"/elders/{profile.elder.id}/devices"
    answer = await li.post(path, form_token=await li.form_token(), kind="pager", account=account, number=number)
    page = await answer.text()
    assert answer.status == 422 and said in page and "<script>alert" not in page
    assert await fields_changed(console, profile) == []


# ------------------------------------------------------------------------------------------- photo


@pytest.mark.parametrize(("content", "kind"), [(a_png(), "image/png"), (a_jpeg(), "image/jpeg")])
async def test_a_photo_is_kept_sealed_shown_to_few_and_each_look_noted(
    console: ConsoleHouse, li: Browser, profile: Profile, content: bytes, kind: str
) -> None:
    card, path = f"/elders/{profile.elder.id}", f"/elders/{profile.elder.id}/photo"
    token = await li.form_token()
    assert (await li.get(path)).status == 404
    assert (await li.uploads(path, content, "x.exe", form_token=token)).status == 303
    shown = await li.get(path)
    assert shown.headers["Content-Type"] == kind and b"secret place" not in await shown.read()
    assert shown.headers["X-Content-Type-Options"] == "nosniff"
    look = (await console.house.do(lambda work: work.looks.recent(1)))[0]
    assert (look.why, look.who, look.elder) == ("elder's photo", "li", profile.elder.id)
    assert path in await whole(li, card) and f'src="{path}"' not in await text(li, card)
    async with console.browser("admin") as admin:
        assert (await admin.get(path)).status == 403
    assert (await li.uploads(path, content, form_token=token)).status == 303, "another instead"
    assert (await li.post(path + "/remove", form_token=token)).status == 303
    assert (await li.get(path)).status == 404
    assert await fields_changed(console, profile) == [["photo"]] * 3


@pytest.mark.parametrize("content", [b"", b"<svg onload=alert(1)>", a_png()[:-5], b"\xff\xd8\xff", b"PK\x03\x04"])
async def test_what_is_no_photo_is_refused(
    console: ConsoleHouse, li: Browser, profile: Profile, content: bytes
) -> None:
    path = f"/elders/{profile.elder.id}/photo"
    answer = await li.uploads(path, content, "a.png", form_token=await li.form_token())
    assert answer.status == 422 and "照片没有保存" in await answer.text()
    large = await li.uploads(path, b"x" * (1024 * 1024 + 1), form_token=await li.form_token())
    assert large.status == 422
    assert (await li.uploads(path, a_png(), form_token="wrong")).status == 403
    assert (await li.get(path)).status == 404


async def test_who_has_refused_has_no_photo(console: ConsoleHouse, li: Browser, profile: Profile) -> None:
    refused = replace(profile.elder, refused=frozenset({Purpose.PHOTO}))
    await console.house.do(lambda work: work.people.save_elder(refused))
    path = f"/elders/{profile.elder.id}/photo"
    assert (await li.uploads(path, a_png(), form_token=await li.form_token())).status == 422
    nobody = f"/elders/{console.house.clock.new_id()}/photo"
    assert (await li.uploads(nobody, a_png(), form_token=await li.form_token())).status == 404


# ------------------------------------------------------------------------- emergencies, daily calls


async def test_the_card_shows_her_emergencies_and_her_last_thirty_days(
    console: ConsoleHouse, li: Browser, profile: Profile
) -> None:
    house = console.house
    emergency = await house.pressed()
    await house.elder("pager0009", name="钱示例", identity_number="")
    foreign = await house.pressed("2.1", account="pager0009")
    today = day_of(house.clock.now())

    def add(work: UnitOfWork) -> None:
        elder = profile.elder.id
        window = Span(begins=0, ends=DAY_MINUTES)
        plan = CheckInPlan(id=work.new_id(), elder=elder, window=window, starts_on=today - timedelta(days=60))
        work.check_ins.add_plan(plan)
        for ago, outcome in ((0, CheckInOutcome.CONFIRMED), (29, CheckInOutcome.BUSY), (31, CheckInOutcome.MACHINE)):
            row = CheckIn(
                id=work.new_id(), plan=plan.id, elder=elder, day=today - timedelta(days=ago), due_at=house.clock.now()
            )
            work.check_ins.add(row.settled(outcome, by="key", now=house.clock.now()))

    await house.do(add)
    page = await text(li, f"/elders/{profile.elder.id}")
    assert f"/emergencies/{emergency.id}" in page and str(foreign.id) not in page
    days = re.findall(r'<time datetime="([0-9-]+)">', page)
    assert len(days) == 30 and days[-1] == str(today)
    assert "平安" in page and "占线" in page and "留言" not in page
    async with console.browser("admin") as admin:
        assert f"/emergencies/{emergency.id}" not in await text(admin, f"/elders/{profile.elder.id}")
