"""质检: who may judge what, who is short this month, and the month as a file."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from uuid import UUID

import pytest

from callcenter.domain.access import UserRole
from callcenter.domain.audits import CallAudit, Criterion
from callcenter.domain.emergencies import Emergency
from callcenter.domain.looks import Seen
from callcenter.services.close_emergency import close_emergency
from tests.unit.browser import Browser, ConsoleHouse, with_console
from tests.unit.fakes import MORNING
from tests.unit.house import House

ALL_THREE = dict.fromkeys((criterion.value for criterion in Criterion), "3")


@pytest.fixture
async def console(house: House) -> AsyncIterator[ConsoleHouse]:
    async with with_console(house) as opened:
        await house.agent("1001")
        await house.agent("1002")
        await opened.user("auditor", UserRole.AUDITOR)
        yield opened


@pytest.fixture
async def auditor(console: ConsoleHouse) -> AsyncIterator[Browser]:
    async with console.browser("auditor") as browser:
        yield browser


async def handled(house: House, uniqueid: str = "1.1", *, close: bool = True) -> Emergency:
    emergency = await house.pressed(uniqueid, account=f"a{uniqueid}")
    leg = house.telephony.rung[-1]
    await house.claims(leg)
    if close:
        await close_emergency(house.desk, emergency.id, by="agent:1001", disposition="6", note="")
    return emergency


async def judges(browser: Browser, emergency: UUID, **more: str) -> tuple[int, str]:
    words = {"agent": "1001", "note": "", **ALL_THREE, **more}
    answer = await browser.post(f"/audits/{emergency}", form_token=await browser.form_token(), **words)
    return answer.status, await answer.text()


def test_points_are_whole_or_refused() -> None:
    words = {"id": UUID(int=1), "at": MORNING, "by": "x", "emergency": UUID(int=2), "agent": "1001"}
    points = dict.fromkeys(Criterion, 3)
    assert CallAudit(**words, points=points).percent == 60  # type: ignore[arg-type]
    for wrong in ({}, {Criterion.MANNER: 3}, {**points, Criterion.MANNER: 6}, {**points, Criterion.MANNER: -1}):
        with pytest.raises(ValueError, match="points"):
            CallAudit(**words, points=wrong)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="500"):
        CallAudit(**words, points=points, note="x" * 501)  # type: ignore[arg-type]


async def test_the_page_says_who_is_short_and_which_calls_could_be_judged(
    console: ConsoleHouse, auditor: Browser
) -> None:
    emergency = await handled(console.house)
    page = await (await auditor.get("/audits")).text()
    assert page.count("还差2通") == 2 and f"/audits/{emergency.id}" in page and "没有数据" in page
    assert "王" not in page
    form = await (await auditor.get(f"/audits/{emergency.id}")).text()
    assert "坐席1001" in form and "坐席1002" not in form
    [look] = await console.house.do(lambda work: work.looks.recent(1))
    assert (look.what, look.emergency, look.who) == (Seen.TIMELINE, emergency.id, "auditor")
    evil = "<script>alert(1)</script>"
    assert (await judges(auditor, emergency.id, note=evil))[0] == 303
    page = await (await auditor.get("/audits")).text()
    assert "还差1通" in page and "60%" in page and f"/audits/{emergency.id}" not in page
    assert f"/audits/{emergency.id}" not in await (await auditor.get("/audits?month=2026-02")).text()
    for rubbish in ("x", "9999-12", "2026-13", ""):
        assert "2026-03" in await (await auditor.get(f"/audits?month={rubbish}")).text()


async def test_what_cannot_be_judged_is_refused_and_stays_typed(console: ConsoleHouse, auditor: Browser) -> None:
    house = console.house
    await console.user("chief", UserRole.SUPERVISOR, "1001")
    closed = await handled(house)
    for more in (
        {"manner": "6"},
        {"manner": ""},
        {"manner": "٣"},
        {"agent": "1002"},
        {"agent": ""},
        {"note": "x" * 501},
    ):
        status, page = await judges(auditor, closed.id, **{"record": "5", **more})
        assert status == 422 and "每项评0至5分" in page, more
        assert 'name="record" value="5" required checked' in page
    status, page = await judges(auditor, closed.id, manner="9", note="</textarea><script>alert(1)</script>")
    assert "<script>alert" not in page and "&lt;script&gt;" in page
    async with console.browser("chief") as chief:
        assert "由别人质检" in (await judges(chief, closed.id))[1]
    still_open = await handled(house, "1.2", close=False)
    assert "还没有结案" in (await judges(auditor, still_open.id))[1]
    assert (await judges(auditor, house.clock.new_id()))[0] == 404
    assert await house.do(lambda work: work.call_audits.between(MORNING, MORNING + timedelta(days=99))) == []


async def test_a_month_is_exported_as_text_that_no_spreadsheet_runs(console: ConsoleHouse, auditor: Browser) -> None:
    emergency = await handled(console.house)
    assert (await judges(auditor, emergency.id, note="=HYPERLINK(1)"))[0] == 303
    answer = await auditor.get("/audits/export")
    assert answer.headers["Content-Disposition"] == 'attachment; filename="audits-2026-03.csv"'
    head, row = (await answer.text(encoding="utf-8-sig")).splitlines()
    assert head.startswith("at,by,agent,emergency,percent,greeting")
    assert row.endswith(",60,3,3,3,3,3,3,'=HYPERLINK(1)") and str(emergency.id) in row
    [look] = await console.house.do(lambda work: work.looks.recent(1))
    assert look.what is Seen.EXPORT
