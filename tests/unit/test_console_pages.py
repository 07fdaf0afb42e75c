"""The pages beside the desk: what each shows, what it masks, and that each look is written down before."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from babel.messages.extract import extract_from_dir

from callcenter.console import language
from callcenter.domain.access import UserRole
from callcenter.domain.looks import Look, Seen
from callcenter.domain.transcripts import Sentence
from tests.unit.browser import Browser, ConsoleHouse, with_console
from tests.unit.house import House

CONSOLE = Path(language.__file__).parent


@pytest.fixture
async def console(house: House) -> AsyncIterator[ConsoleHouse]:
    async with with_console(house) as console:
        await house.agent("1001")
        await console.user("li", UserRole.AGENT, "1001")
        for role in (UserRole.ADMINISTRATOR, UserRole.AUDITOR, UserRole.BUREAU):
            await console.user(role.value, role)
        yield console


@pytest.fixture
async def li(console: ConsoleHouse) -> AsyncIterator[Browser]:
    async with console.browser("li") as browser:
        yield browser


async def text(browser: Browser, path: str) -> str:
    answer = await browser.get(path)
    assert answer.status == 200, path
    return await answer.text()


async def looks(console: ConsoleHouse) -> list[Look]:
    return await console.house.do(lambda work: work.looks.recent(10))


# ------------------------------------------------------------------------------------- emergencies


async def test_the_list_shows_all_or_those_of_one_state(console: ConsoleHouse, li: Browser) -> None:
    house = console.house
    await house.elder(name="王秀英")
    waiting = await house.pressed()
    unknown = await house.pressed("1.2", account="nobodys")
    await house.claims(house.leg_to("PJSIP/1001"))
    page = await text(li, "/emergencies")
    assert str(waiting.id) in page and str(unknown.id) in page and "王秀英" in page
    attended = await text(li, "/emergencies?state=attended")
    assert str(waiting.id) in attended and str(unknown.id) not in attended
    assert "没有" in await text(li, "/emergencies?state=closed")
    assert str(waiting.id) in await text(li, "/emergencies?state=rubbish")
    assert (await looks(console))[0].what is Seen.LIST


async def test_one_emergency_shows_every_step_and_what_she_said(console: ConsoleHouse, li: Browser) -> None:
    house = console.house
    await house.elder(name="王秀英")
    emergency = await house.pressed()
    said = Sentence(
        id=house.clock.new_id(), emergency=emergency.id, uniqueid="1.1", at=house.clock.now(), words="我摔了",
        confidence=0.9,
    )  # fmt: skip
    await house.do(lambda work: work.transcripts.add(said))
    page = await text(li, f"/emergencies/{emergency.id}")
    for shown in ("王秀英", "报警", "已识别身份", "振铃", "我摔了", "坐席1001"):
        assert shown in page
    look = (await looks(console))[0]
    assert (look.what, look.emergency, look.who) == (Seen.TIMELINE, emergency.id, "li")
    for path in (f"/emergencies/{house.clock.new_id()}", "/emergencies/no-id"):
        assert (await li.get(path)).status == 404


async def test_a_supervisor_closes_what_nobody_has_and_once(console: ConsoleHouse, li: Browser) -> None:
    house = console.house
    await console.user("chief", UserRole.SUPERVISOR)
    emergency = await house.pressed()
    path, words = f"/emergencies/{emergency.id}", {"disposition": "6", "note": "<b>演练</b>"}
    assert "保存并结案" not in await text(li, path)
    refused = await li.post(path, form_token=await li.form_token(), **words)
    assert refused.status == 409 and "不在您手上" in await refused.text()
    async with console.browser("chief") as browser:
        assert (await browser.get("/")).headers["Location"] != "/desk", "without an extension there is no desk"
        token = await browser.form_token()
        assert "保存并结案" in await text(browser, path)
        assert (await browser.post(path, form_token=token)).status == 409
        await house.waiting(emergency)
        assert (await browser.post(path, form_token=token, **words)).status == 303
        assert (await browser.post(path, form_token=token, **words)).status == 409
        page = await text(browser, path)
    closed = await house.closed(emergency)
    assert (closed.closed_by, closed.disposition, closed.note) == ("chief", "test_call", "<b>演练</b>")
    assert "&lt;b&gt;演练" in page and "测试" in page


# ------------------------------------------------------------------------------------------ elders


async def test_elders_are_found_by_name_number_and_last_four_digits(console: ConsoleHouse, li: Browser) -> None:
    profile = await console.house.elder(name="王秀英")
    for sought in ("王秀", "139 0000 1111", "+8613900001111", "1111", "0101", "wxy", "xiuying", "wang 样板", "ybxq"):
        assert f"/elders/{profile.elder.id}" in await text(li, f"/elders?q={sought.replace('+', '%2B')}"), sought
    for sought in ("张三", "9999", "13900009999", "%", "'; DROP TABLE elders; --"):
        assert "没有找到" in await text(li, f"/elders?q={sought.replace('%', '%25')}"), sought
    assert "没有找到" not in await text(li, "/elders")
    assert "最多5个词" in await text(li, "/elders?q=a+b+c+d+e+f")
    assert (await looks(console))[0].why == "search of elders"


async def test_what_was_found_is_masked_says_why_and_comes_in_pages(console: ConsoleHouse, li: Browser) -> None:
    profile = await console.house.elder(name="王秀英")
    page = await text(li, "/elders?q=wang+0101")
    assert "后四位" in page and "姓名" in page and profile.household.estate in page
    assert profile.household.door not in page and profile.lines[0].number not in page
    for number in range(30):
        await console.house.elder(f"p{number}", name=f"王旺{number}", identity_number="")
    first, second = await text(li, "/elders?q=wang"), await text(li, "/elders?q=wang&page=2")
    assert "第1页" in first and "下一页" in first and "下一页" not in second and "上一页" in second
    found = [set(re.findall(r'href="/elders/([0-9a-f-]{36})"', page)) for page in (first, second)]
    assert len(found[0]) == 25 and len(found[0] | found[1]) == 31
    assert "第1页" in await text(li, "/elders?q=wang&page=rubbish")


@pytest.mark.parametrize("name", ["li", "administrator", "auditor"])
async def test_a_card_is_masked_for_everybody_and_the_look_written_down(console: ConsoleHouse, name: str) -> None:
    profile = await console.house.elder()
    async with console.browser(name) as browser:
        page = await text(browser, f"/elders/{profile.elder.id}")
    elder, home = profile.elder, profile.household
    assert elder.name in page and home.estate in page and elder.how_to_talk in page
    for hidden in (
        elder.illness, elder.medicines, elder.allergies, elder.identity_number, home.building, home.door, home.access,
        profile.contacts[0].number, profile.lines[0].number, "13900001111",
    ):  # fmt: skip
        assert hidden not in page
    look = (await looks(console))[0]
    assert (look.who, look.what, look.elder) == (name, Seen.PROFILE, elder.id)


async def test_an_agent_sees_all_of_it_for_a_reason_that_is_kept(console: ConsoleHouse, li: Browser) -> None:
    profile = await console.house.elder()
    path, token = f"/elders/{profile.elder.id}", await li.form_token()
    page = await (await li.post(path, form_token=token, why="女儿来电核对用药")).text()
    for shown in (profile.elder.illness, profile.household.door, profile.contacts[0].number):
        assert shown in page
    assert (await looks(console))[0].why == "女儿来电核对用药"
    assert profile.elder.illness not in await (await li.post(path, form_token=token, why="  ")).text()
    assert (await li.post(path, form_token=token, why="x\x00" * 300)).status == 200
    assert (await li.get("/elders/no-id")).status == 404


async def test_what_is_typed_into_a_page_is_never_a_tag(console: ConsoleHouse, li: Browser) -> None:
    evil = '"><script>alert(1)</script>'
    profile = await console.house.elder(name=evil, how_to_talk=evil)
    emergency = await console.house.pressed()
    await li.post(f"/elders/{profile.elder.id}", form_token=await li.form_token(), why=evil)
    paths = ["/emergencies", f"/emergencies/{emergency.id}", f"/elders/{profile.elder.id}", f"/elders?q={evil}"]
    pages = [await text(li, path) for path in paths]
    async with console.browser("auditor") as auditor:
        pages.append(await text(auditor, "/looks"))
    assert all("<script>alert" not in page and "&lt;script&gt;" in page for page in pages)


# ------------------------------------------------------------------------------------- the others


async def test_the_wallboard_counts_and_names_nobody(console: ConsoleHouse) -> None:
    house = console.house
    profile = await house.elder(name="王秀英")
    await house.pressed()
    house.clock.let_pass(75)
    async with console.browser("bureau") as browser:
        page, figures = await text(browser, "/wallboard"), await text(browser, "/wallboard/figures")
    assert "1:15" in page and "1:15" in figures and "<html" not in figures
    for private in (profile.elder.name, profile.household.estate, profile.address, "坐席1001", "pager0001"):
        assert private not in page
    assert await looks(console) == []


async def test_the_log_shows_who_looked_and_who_signed_in(console: ConsoleHouse) -> None:
    profile = await console.house.elder()
    async with console.browser("administrator") as browser:
        await text(browser, f"/elders/{profile.elder.id}")
        page = await text(browser, "/looks")
    assert "老人档案" in page and str(profile.elder.id) in page and "尝试登录" in page and "administrator" in page


# ---------------------------------------------------------------------------------------- language


def test_every_text_of_the_pages_is_in_a_catalogue_and_nothing_else_is() -> None:
    templates = extract_from_dir(
        str(CONSOLE), [("**/templates/**.html", "jinja2.ext.babel_extract")], keywords={"t": None}
    )
    code = extract_from_dir(str(CONSOLE), [("**.py", "python")], keywords={"t": None})
    texts = {message for _, _, message, _, _ in (*templates, *code) if isinstance(message, str)}
    for path in (*(CONSOLE / "pages").glob("*.py"), CONSOLE / "live" / "refusals.py"):
        texts |= set(re.findall(r'"([^"\n]*[\u4e00-\u9fff]+[^"\n]*。)"', path.read_text(encoding="utf-8")))
    english = language.english_texts()
    assert texts - english.keys() == set()
    assert english.keys() - texts == set()
    for text_, translated in english.items():
        assert re.findall(r"\{\w+\}", text_) == re.findall(r"\{\w+\}", translated)
        assert not re.search(r"[\u4e00-\u9fff]", translated)


async def test_no_page_in_english_holds_a_word_of_chinese_but_names(console: ConsoleHouse, li: Browser) -> None:
    await li.get("/language/en")
    await console.house.elder(name="Wang", how_to_talk="", illness="", medicines="", allergies="", instructions="")
    for path in ("/desk", "/emergencies", "/elders", "/check-ins", "/visits", "/wallboard", "/password"):
        page = (await text(li, path)).replace("坐席1001", "")  # an agent's name
        assert set(re.findall(r"[\u4e00-\u9fff]+", page)) <= {"平安热线", "中文"}, path
