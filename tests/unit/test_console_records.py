"""警情 at the console: what is looked for is found; what was recorded is heard by who may, and each look is kept."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from callcenter.domain.access import UserRole
from callcenter.domain.calls import Call
from callcenter.domain.emergencies import Emergency
from callcenter.domain.looks import Look, Seen
from callcenter.domain.records import Decided
from callcenter.services.close_emergency import close_emergency
from callcenter.services.delete_recordings import delete_recordings
from tests.unit.browser import Browser, ConsoleHouse, with_console
from tests.unit.house import House

EVIL = '"><script>alert(1)</script>'
SOUND = b"RIFF" + bytes(1000)


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


@pytest.fixture
async def chief(console: ConsoleHouse) -> AsyncIterator[Browser]:
    async with console.browser("chief") as browser:
        yield browser


async def text(browser: Browser, path: str, status: int = 200) -> str:
    answer = await browser.get(path)
    assert answer.status == status, path
    return await answer.text()


async def listed(browser: Browser, query: str) -> list[str]:
    """The ids on the page, in order."""
    return re.findall(r'<a href="/emergencies/([0-9a-f-]{36})">', await text(browser, f"/emergencies?{query}"))


# --------------------------------------------------------------------------------------------- the list


async def test_each_filter_finds_its_own_and_no_other(console: ConsoleHouse) -> None:
    house = console.house
    wang = await house.elder("pager0001", name="王秀英")
    taken = await house.pressed("1.1")
    await house.claims(house.leg_to("PJSIP/1001"))
    house.clock.let_pass(86_400)
    unknown = await house.pressed("1.2", account="nobodys", at=house.clock.now())
    await close_emergency(house.desk, unknown.id, by="chief", disposition="6")
    one, other = [str(taken.id)], [str(unknown.id)]
    async with console.browser("chief") as browser:
        for query, found in (
            ("", other + one),
            ("state=attended", one),
            ("state=closed", other),
            ("from=2026-03-02", other),
            ("to=2026-03-01", one),
            ("from=2026-03-01&to=2026-03-02", other + one),
            ("agent=1001", one),
            ("agent=1002", []),
            ("disposition=test_call", other),
            ("disposition=false_alarm", []),
            ("street=示例路", one),
            ("street=例路", []),
            ("elder=王", one),
            ("elder=秀", []),
            ("elder=%25", []),
            (f"elder={wang.elder.id}", one),
            ("elder=王&state=closed", []),
            ("agent='; DROP TABLE emergencies; --", []),
            ("after=rubbish", other + one),
            ("after=2026-03-01T08:00:00/x", other + one),
        ):
            assert await listed(browser, query) == found, query


async def test_pages_of_rows_hold_each_row_once_whatever_comes_meanwhile(
    house_with: Any,
) -> None:
    async with house_with(records={"rows_a_page": 10}) as house, with_console(house) as console:
        await console.user("chief", UserRole.SUPERVISOR)
        ids = []
        for number in range(23):
            if number % 3:  # two of three at the very same moment
                house.clock.let_pass(0 if number % 3 == 1 else 60)
            ids.append(str((await house.pressed(f"1.{number}", account=f"nobody{number}", at=house.clock.now())).id))
        async with console.browser("chief") as browser:
            query, seen = "", []
            while True:
                seen += await listed(browser, query)
                page = await text(browser, f"/emergencies?{query}")
                following = re.search(r'href="/emergencies\?([^"]+)" rel="next"', page)
                if following is None:
                    break
                query = following[1].replace("&amp;", "&")
                await house.pressed(f"2.{len(seen)}", account=f"late{len(seen)}", at=house.clock.now())
        assert sorted(seen) == sorted(ids) and len(seen) == len(set(seen))


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("from=yesterday", "「从」不是日期"),
        ("to=0001-01-01", "「到」不是日期"),
        ("from=2026-03-02&to=2026-03-01", "不能晚于"),
        ("from=2020-01-01&to=2026-03-01", "最多 366 天"),
    ],
)
async def test_dates_that_make_no_sense_are_named_and_stay_in_the_form(li: Browser, query: str, said: str) -> None:
    page = await text(li, f"/emergencies?{query}&street=示例路", status=422)
    assert said in page and "示例路" in page
    await li.get("/language/en")
    assert not re.search("[\u4e00-\u9fff]{5}", (await text(li, f"/emergencies?{query}", 422)).split("<main")[1])


async def test_what_is_typed_into_a_filter_is_never_a_tag(li: Browser) -> None:
    for field in ("from", "to", "state", "agent", "disposition", "street", "elder", "after"):
        answer = await li.get(f"/emergencies?{field}={EVIL}")
        assert answer.status in (200, 422) and "<script>alert" not in await answer.text(), field


# ------------------------------------------------------------------------------------------- recordings


async def a_recorded_call(house: House, name: str = "1.1.wav", content: bytes = SOUND) -> tuple[Emergency, Call]:
    emergency = await house.pressed()
    await house.ended("1.1", answered=True, cause=16)
    folder = recordings(house)
    (folder / "1.1.wav").write_bytes(content)
    [call] = [call for call in await house.calls(emergency) if call.inbound]
    await house.do(lambda work: work.calls.save(replace(call, recording=name)))
    return emergency, replace(call, recording=name)


def recordings(house: House) -> Path:
    folder = house.desk.config.path(house.desk.config.asterisk.recordings)
    folder.mkdir(parents=True, exist_ok=True)
    return folder


async def test_a_recording_is_heard_whole_or_in_part_and_each_look_is_kept(console: ConsoleHouse, li: Browser) -> None:
    emergency, call = await a_recorded_call(console.house)
    path = f"/emergencies/{emergency.id}/recordings/{call.id}"
    assert path in await text(li, f"/emergencies/{emergency.id}")
    whole = await li.get(path)
    assert (whole.status, whole.content_type, await whole.read()) == (200, "audio/wav", SOUND)
    assert whole.headers["Cache-Control"] == "no-store"
    part = await li.get(path, Range="bytes=0-3")
    assert (part.status, await part.read()) == (206, b"RIFF")
    assert part.headers["Content-Range"] == f"bytes 0-3/{len(SOUND)}"
    assert (await li.get(path, Range="bytes=5000-")).status == 416
    [heard] = await listened(console)
    assert (heard.who, heard.emergency, heard.why) == ("li", emergency.id, f"call {call.id}")


async def listened(console: ConsoleHouse) -> list[Look]:
    looks = await console.house.do(lambda work: work.looks.recent(10))
    return [look for look in looks if look.what is Seen.RECORDING]


async def test_whoever_goes_on_listening_looks_once_and_anybody_else_or_later_once_more(
    console: ConsoleHouse, li: Browser
) -> None:
    emergency, call = await a_recorded_call(console.house)
    path = f"/emergencies/{emergency.id}/recordings/{call.id}"
    for looks, seconds in ((1, 0), (1, 599), (1, 599), (2, 601)):
        console.house.clock.let_pass(seconds)
        assert (await li.get(path, Range="bytes=4-7")).status == 206
        assert len(await listened(console)) == looks
    async with console.browser("chief") as chief:
        assert (await chief.get(path)).status == 200
    assert [look.who for look in await listened(console)] == ["chief", "li", "li"]


@pytest.mark.parametrize(
    "name",
    ["../callcenter.db", "/etc/passwd", "../recordings/1.1.wav", "x\x00.wav", ".wav", "link.wav", "none.wav", ""],
)
async def test_a_name_that_leads_elsewhere_is_no_recording(console: ConsoleHouse, li: Browser, name: str) -> None:
    emergency, call = await a_recorded_call(console.house, name)
    (recordings(console.house) / "link.wav").symlink_to("/etc/passwd")
    page = await text(li, f"/emergencies/{emergency.id}")
    assert "<audio" not in page and ("找不到录音文件" in page) is bool(name)
    assert (await li.get(f"/emergencies/{emergency.id}/recordings/{call.id}")).status == 404
    looks = await console.house.do(lambda work: work.looks.recent(10))
    assert Seen.RECORDING not in {look.what for look in looks}


async def test_a_recording_belongs_to_its_emergency_and_to_who_may_listen(console: ConsoleHouse, li: Browser) -> None:
    house = console.house
    emergency, call = await a_recorded_call(house)
    other = await house.pressed("2.1", account="nobodys")
    [running] = await house.calls(other)
    base = f"/emergencies/{emergency.id}/recordings"
    for path in (
        f"/emergencies/{other.id}/recordings/{call.id}",
        f"/emergencies/{other.id}/recordings/{running.id}",
        f"{base}/{house.clock.new_id()}",
        f"{base}/..%2F..%2Fcallcenter.db",
        f"{base}/1.1.wav",
        f"/emergencies/no-id/recordings/{call.id}",
    ):
        assert (await li.get(path)).status == 404, path
    assert "通话还没有结束" in await text(li, f"/emergencies/{other.id}")
    for role in (UserRole.ADMINISTRATOR, UserRole.BUREAU):
        await console.user(role.value, role)
        async with console.browser(role.value) as browser:
            assert (await browser.get(f"{base}/{call.id}")).status == 403


# ---------------------------------------------------------------------------------------------- closing


async def test_a_closing_keeps_what_was_ticked_and_is_refused_while_something_is_not(
    console: ConsoleHouse, li: Browser
) -> None:
    house = console.house
    await house.elder()
    emergency = await house.pressed()
    await house.claims(house.leg_to("PJSIP/1001"))
    path, token = f"/emergencies/{emergency.id}", await li.form_token()
    ticked = {f"tick-{item}": "on" for item in ("address_given", "condition_given", "family_told")}
    refused = await li.post(path, form_token=token, disposition="4", note=EVIL, **ticked)
    page = await refused.text()
    assert refused.status == 409 and "还没有全部勾选" in page
    assert "&lt;script&gt;" in page and "<script>alert" not in page, "what was typed stays"
    assert len(re.findall(r'name="tick-\w+" checked', page)) == 3
    await house.attended(emergency)
    whole = ticked | {f"tick-{item}": "on" for item in ("call_back_number_given", "door_can_be_opened", "rubbish")}
    assert (await li.post(path, form_token=token, disposition="4", note=EVIL, **whole)).status == 303
    [decision] = await house.do(lambda work: work.records.decisions(emergency.id))
    assert (decision.what, decision.by, decision.disposition) == (Decided.CLOSED, "agent:1001", "handed_to_120")
    assert decision.items == (
        "address_given",
        "condition_given",
        "call_back_number_given",
        "door_can_be_opened",
        "family_told",
    )
    assert decision.note == EVIL
    page = await text(li, path)
    assert "☑ 地址已报给120" in page and "☐" not in page and "<script>alert" not in page


async def test_closed_by_telephone_keys_nothing_is_ticked_and_the_page_says_so(
    console: ConsoleHouse, li: Browser
) -> None:
    emergency = await console.house.pressed()
    await close_emergency(console.house.desk, emergency.id, by="agent:1001", disposition="1")
    page = await text(li, f"/emergencies/{emergency.id}")
    assert page.count("☐") == 2 and "未勾选" in page


async def test_an_agent_closes_her_own_and_nobody_elses(console: ConsoleHouse, li: Browser) -> None:
    house = console.house
    await house.agent("1002")
    await house.elder()
    emergency = await house.pressed()
    await house.passes(12)
    await house.claims(house.leg_to("PJSIP/1002"))
    refused = await li.post(f"/emergencies/{emergency.id}", form_token=await li.form_token(), disposition="6")
    assert refused.status == 409 and "不在您手上" in await refused.text()
    await house.attended(emergency)


# -------------------------------------------------------------------------------- open again, call back


async def test_who_opens_it_again_says_why_and_it_is_never_a_tag(console: ConsoleHouse, li: Browser) -> None:
    house = console.house
    await house.elder()
    emergency = await house.pressed()
    await close_emergency(house.desk, emergency.id, by="agent:1001", disposition="6")
    path, token = f"/emergencies/{emergency.id}", await li.form_token()
    assert "重新打开并回拨老人" in await text(li, path)
    for why in ("", "  ", "长" * 501):
        refused = await li.post(f"{path}/reopen", form_token=token, why=why)
        page = await refused.text()
        assert refused.status == 409 and "最多 500 字" in page and why.strip() in page
    assert (await li.post(f"{path}/reopen", form_token=token, why=EVIL, call_back="1")).status == 303
    waiting = await house.waiting(emergency)
    assert waiting.call_back_at is not None
    page = await text(li, path)
    assert "重新打开" in page and "&lt;script&gt;" in page and "<script>alert" not in page
    assert (await li.post(f"{path}/reopen", form_token=token, why="x")).status == 409


async def test_the_page_offers_a_call_back_only_where_one_is_possible(console: ConsoleHouse, li: Browser) -> None:
    house = console.house
    await house.elder()
    emergency = await house.pressed()
    path, token = f"/emergencies/{emergency.id}", await li.form_token()
    assert "回拨老人" not in await text(li, path)
    refused = await li.post(f"{path}/call-back", form_token=token)
    assert refused.status == 409 and "正在通话中" in await refused.text()
    await house.claims(house.leg_to("PJSIP/1001"))
    await house.ended("1.1", answered=True, cause=16)
    assert "回拨老人" in await text(li, path)
    assert (await li.post(f"{path}/call-back", form_token=token)).status == 303


async def test_it_is_handed_to_a_free_agent_by_the_page(console: ConsoleHouse, li: Browser) -> None:
    house = console.house
    await house.elder()
    emergency = await house.pressed()
    await house.claims(house.leg_to("PJSIP/1001"))
    await house.agent("1002")
    path, token = f"/emergencies/{emergency.id}", await li.form_token()
    assert '<option value="1002">' in await text(li, path)
    assert (await li.post(f"{path}/hand-over", form_token=token, to="1003")).status == 409
    assert (await li.post(f"{path}/hand-over", form_token=token, to="1002")).status == 303
    await house.background.settle()
    assert house.leg_to("PJSIP/1002").context == "cc-take-over"


async def test_recordings_past_their_time_are_said_to_be_deleted_by_whom_and_when(
    console: ConsoleHouse, chief: Browser
) -> None:
    house = console.house
    emergency, _ = await a_recorded_call(house)
    await close_emergency(house.desk, emergency.id, by="chief", disposition="6")
    await house.background.settle()
    page = await text(chief, f"/emergencies/{emergency.id}")
    assert "保存 30 天" in page and "<audio" in page
    house.clock.let_pass(31 * 86_400)
    assert await delete_recordings(house.desk) == 1
    async with console.browser("chief") as later:
        page = await text(later, f"/emergencies/{emergency.id}")
    assert "<audio" not in page and "· 录音已按期删除" in page and "<td>保存期限</td>" in page
