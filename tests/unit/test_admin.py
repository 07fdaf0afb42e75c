"""管理: users and their roles, prompts and recordings, what is to be seen of lines and settings."""

from __future__ import annotations

import re
import wave
from collections.abc import AsyncIterator
from datetime import date
from io import BytesIO

import pytest
import yaml
from openpyxl import load_workbook

from callcenter.console.pages.settings import shown
from callcenter.domain.access import UserAct, UserRole
from tests.unit.a_month import STREETS, happened, write
from tests.unit.browser import ORIGIN, Browser, ConsoleHouse, with_console
from tests.unit.house import House

USERS = "/admin/users"


@pytest.fixture
async def console(house: House) -> AsyncIterator[ConsoleHouse]:
    async with with_console(house) as opened:
        await house.agent("1001")
        await opened.user("admin", UserRole.ADMINISTRATOR)
        yield opened


@pytest.fixture
async def admin(console: ConsoleHouse) -> AsyncIterator[Browser]:
    async with console.browser("admin") as browser:
        yield browser


async def does(browser: Browser, status: int = 200, **fields: str) -> str:
    answer = await browser.post(USERS, form_token=await browser.form_token(), **fields)
    page = await answer.text()
    assert answer.status == status, page
    return page


# ------------------------------------------------------------------------------------------- users


async def test_a_user_is_added_with_a_password_that_is_shown_once(console: ConsoleHouse, admin: Browser) -> None:
    new = {"do": "add", "name": "li", "shown": "<b>李</b>", "role": "agent", "extension": "1001"}
    page = await does(admin, **new)
    [password] = re.findall(r"<code>(.+)</code>", page)
    assert "&lt;b&gt;李" in page and password not in await (await admin.get(USERS)).text()
    async with console.browser() as browser:
        assert (await browser.signs_in("li", password)).headers["Location"] == "/"
        assert (await browser.get("/desk")).status == 200
        page = await does(admin, do="password", name="li")
        assert (await browser.get("/desk")).status == 303, "signed out at once"
        [newer] = re.findall(r"<code>(.+)</code>", page)
        assert (await browser.signs_in("li", newer)).status == 303
        await does(admin, do="role", name="li", role="bureau", extension="")
        assert (await browser.get("/desk")).status == 303
        await does(admin, do="disable", name="li")
        assert (await browser.signs_in("li", newer)).status == 422
        await does(admin, do="enable", name="li")
        assert (await browser.signs_in("li", newer)).status == 303
    changes = await console.house.do(lambda work: work.access.changes(20))
    assert [(each.act, each.by) for each in reversed(changes) if each.name == "li"] == [
        (act, "admin")
        for act in (UserAct.ADDED, UserAct.NEW_PASSWORD, UserAct.ROLE_CHANGED, UserAct.DISABLED, UserAct.ENABLED)
    ]


async def test_the_bureau_of_a_district_sees_its_figures_alone(console: ConsoleHouse, admin: Browser) -> None:
    page = await does(admin, do="add", name="bao", shown="包", role="bureau", extension="", district="西城区")
    [password] = re.findall(r"<code>(.+)</code>", page)
    facts = happened(date(2026, 2, 1), 28)
    await console.house.do(lambda work: write(work, console.house.clock, facts))
    async with console.browser() as bureau:
        assert (await bureau.signs_in("bao", password)).status == 303
        for address in ("/reports?kind=month&on=2026-02-01", "/visits/rate?month=2026-02"):
            page = await (await bureau.get(address)).text()
            assert "西城区" in page and STREETS[1] in page
            assert "东城区" not in page and STREETS[0] not in page and STREETS[2] not in page
        for address in ("/reports/xlsx?kind=month&on=2026-02-01", "/visits/rate.xlsx?month=2026-02"):
            book = load_workbook(BytesIO(await (await bureau.get(address)).read()))
            told = str([[cell.value for cell in row] for sheet in book for row in sheet.iter_rows()])
            assert STREETS[1] in told and STREETS[0] not in told and STREETS[2] not in told
        await does(admin, do="role", name="bao", role="bureau", extension="", district="")
        assert (await bureau.signs_in("bao", password)).status == 303
        page = await (await bureau.get("/reports?kind=month&on=2026-02-01")).text()
        assert all(street in page for street in STREETS[:2])
    changes = await console.house.do(lambda work: work.access.changes(2))
    assert [each.district for each in changes] == ["", "西城区"]


async def test_a_desk_that_is_open_is_told_to_leave(console: ConsoleHouse, admin: Browser) -> None:
    await console.user("li", UserRole.AGENT, "1001")
    async with console.browser("li") as browser:
        link = await browser.opens_desk()
        await link.hears("state")
        await does(admin, do="disable", name="li")
        assert (await link.hears("leave"))["why"] == "signed_out"


async def test_what_does_not_fit_is_refused_and_stays_typed(console: ConsoleHouse, admin: Browser) -> None:
    new = {"do": "add", "name": "li", "shown": "李", "role": "bureau", "extension": ""}
    for more, said in (
        ({"name": "admin"}, "已有人使用"),
        ({"name": "L i"}, "2至40个小写字母"),
        ({"shown": ""}, "姓名1至40字"),
        ({"role": "emperor"}, "2至40个小写字母"),
        ({"role": "agent"}, "坐席必须有分机"),
        ({"role": "agent", "extension": "9"}, "没有这个分机"),
        ({"role": "auditor", "district": "东城区"}, "区只限民政局"),
        ({"district": "区" * 41}, "40字内"),
        ({"do": "explode"}, "2至40个小写字母"),
        ({"do": "role", "name": "nobody"}, "没有这个用户"),
    ):
        assert said in await does(admin, 422, **{**new, **more}), more
    page = await does(admin, 422, **{**new, "name": '"><script>alert(1)</script>'})
    assert "<script>alert" not in page and "&lt;script&gt;" in page and 'value="李"' in page
    assert [user.name for user in await console.house.do(lambda work: work.access.users())] == ["admin"]


async def test_the_last_administrator_stays_one(console: ConsoleHouse, admin: Browser) -> None:
    for fields in ({"do": "disable"}, {"do": "role", "role": "auditor", "extension": ""}):
        assert "最后一位管理员" in await does(admin, 422, name="admin", **fields)
    await console.user("other", UserRole.ADMINISTRATOR)
    await does(admin, do="disable", name="other")
    assert "最后一位管理员" in await does(admin, 422, do="disable", name="admin")
    await does(admin, do="enable", name="other")
    await does(admin, do="disable", name="admin")
    assert (await admin.get(USERS)).status == 303, "out, by the administrator's own hand"


# --------------------------------------------------------------------------------------- settings


async def test_settings_are_shown_without_secrets_and_120_in_red_when_it_is_real(console: ConsoleHouse) -> None:
    async with console.browser("admin") as browser:
        page = await (await browser.get("/admin/settings")).text()
    assert "不会拨打真实的120" in page and "PJSIP/dispatcher" in page and "真实拨打" not in page
    assert yaml.safe_load(shown({"a": 1})) == {"a": 1}
    assert "secret" not in shown({"database": {"url": "postgresql+psycopg://callcenter:secret@db/callcenter"}})


async def test_no_page_in_english_holds_a_word_of_chinese_but_names_and_sentences(
    console: ConsoleHouse, admin: Browser
) -> None:
    await console.user("chief", UserRole.SUPERVISOR, "1001")
    async with console.browser("chief") as chief:
        for browser, paths in (
            (admin, (USERS, "/admin/settings", "/admin/clients")),
            (chief, ("/supervisor", "/roster", "/ladders", "/audits")),
        ):
            await browser.get("/language/en")
            for path in paths:
                page = re.sub(r"<pre.*</pre>", "", await (await browser.get(path)).text(), flags=re.S)
                assert set(re.findall(r"[\u4e00-\u9fff]+", page)) <= {"平安热线", "中文", "坐席"}, path


# ---------------------------------------------------------------------------------------- prompts


def a_wav(seconds: float = 1.0, *, width: int = 2) -> bytes:
    file = BytesIO()
    with wave.open(file, "wb") as sound:
        sound.setparams((1, width, 8000, 0, "NONE", ""))
        sound.writeframes(bytes(int(seconds * 8000) * width))
    return file.getvalue()


async def uploads(browser: Browser, prompt: str, content: bytes, token: str | None = None) -> tuple[int, str]:
    token = token if token is not None else await browser.form_token()
    answer = await browser.uploads("/admin/prompts", content, form_token=token, prompt=prompt)
    return answer.status, await answer.text()


async def test_every_sentence_is_listed_and_what_is_missing_says_so(admin: Browser) -> None:
    page = await (await admin.get("/admin/prompts")).text()
    assert "已收到您的求助" in page and "slow/check_in_question" in page and "缺少" in page
    assert "已收到您的求助" not in await (await admin.get("/admin/prompts?voice=recorded")).text()
    for name in ("received", "no_such", "..", "x.y.z"):
        assert (await admin.get(f"/admin/prompts/{name}")).status == 404, "nothing was made yet"


async def test_an_upload_from_elsewhere_or_beyond_bounds_is_refused_before_it_is_looked_at(
    console: ConsoleHouse, admin: Browser
) -> None:
    assert (await uploads(admin, "received", b"x", token="0" * 64))[0] == 403
    kib = console.house.desk.config.supervision.recording_kib
    assert (await uploads(admin, "received", bytes(kib * 1024 + 1)))[0] == 413
    token = await admin.form_token()
    assert (await admin.post("/admin/prompts", form_token=token, prompt="received")).status == 403, "no file"
    for name in ("../../etc/passwd", "no_such", ""):
        assert (await uploads(admin, name, a_wav()))[0] == 422
    body = b"--x\r\nContent-Disposition: form-data; name=form_token\r\n\r\n"
    headers = {"Origin": ORIGIN, "Content-Type": "multipart/form-data; boundary=x"}
    for rubbish in (b"", body, b"\xff" * 100, body + token.encode() + b"\r\n--x--\r\n"):
        answer = await admin.client.post("/admin/prompts", data=rubbish, headers=headers)
        assert answer.status in (400, 403, 422), rubbish


# ------------------------------------------------------------------------------------- access log


async def test_the_access_log_is_searched_by_who_what_and_day(console: ConsoleHouse, admin: Browser) -> None:
    profile = await console.house.elder()
    card = f"/elders/{profile.elder.id}"
    await admin.get(card)
    console.house.clock.let_pass(24 * 3600)
    async with console.browser("admin") as browser:
        for query, found in (
            ("", True), ("who=admin", True), ("who=li", False), ("what=profile", True), ("what=export", False),
            ("what=rubbish&from=x&to=9999-99-99", True), ("from=2026-03-02", False), ("to=2026-03-01", True),
            ("from=2026-03-01&to=2026-03-01", True), ("to=2026-02-28", False),
        ):  # fmt: skip
            page = await (await browser.get(f"/looks?{query}")).text()
            assert (str(profile.elder.id) in page) is found, query
        assert "&lt;script" in await (await browser.get("/looks?who=<script>")).text()
