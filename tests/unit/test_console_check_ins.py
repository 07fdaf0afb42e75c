"""The check-ins' pages: who has not answered, one key to have her called, doors closed with what was found, 探访率."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import replace
from datetime import timedelta
from io import BytesIO

import pytest
from openpyxl import load_workbook

from callcenter.domain.access import UserRole
from callcenter.domain.calls import LegOutcome
from callcenter.domain.check_ins import AfterLast, CheckIn, CheckInOutcome, CheckInState
from callcenter.domain.dial_hours import Span, day_of, moment_of
from callcenter.domain.people import Presence
from callcenter.domain.visits import Found, VisitTask
from callcenter.services.note_check_in import note_check_in
from tests.unit.browser import Browser, ConsoleHouse, with_console
from tests.unit.house import House
from tests.unit.test_services_check_ins import OPEN, due, ends, looks, now

EVIL = '"><script>alert(1)</script>'


@pytest.fixture
async def console(house_with: Callable[..., AbstractAsyncContextManager[House]]) -> AsyncIterator[ConsoleHouse]:
    async with house_with(check_ins=OPEN) as house, with_console(house) as console:
        await house.agent("1001", Presence.OFFLINE)
        await console.user("li", UserRole.AGENT, "1001")
        await console.user("chief", UserRole.SUPERVISOR)
        await console.user("bureau", UserRole.BUREAU)
        yield console


@pytest.fixture
async def chief(console: ConsoleHouse) -> AsyncIterator[Browser]:
    async with console.browser("chief") as browser:
        yield browser


async def text(browser: Browser, path: str) -> str:
    answer = await browser.get(path)
    assert answer.status == 200, path
    return await answer.text()


async def morning(browser: Browser) -> list[str]:
    """What is left, and what was dealt with; its times are no matter."""
    page = re.sub(r"\b\d\d:\d\d\b", "hh:mm", await text(browser, "/check-ins"))
    return page.split("没有自己报平安，已处理")


async def visited(house: House, **more: object) -> tuple[CheckIn, VisitTask]:
    """She did not answer, and somebody must knock."""
    row = await due(house, after_last=AfterLast.VISIT, **more)
    await looks(house)
    await ends(house, LegOutcome.NO_ANSWER)
    await looks(house)
    [task] = await house.do(lambda unit: unit.visits.open(5))
    return row, task


async def test_the_board_counts_everybody_and_names_who_has_not_answered(console: ConsoleHouse, chief: Browser) -> None:
    house = console.house
    missed = await due(house, 600)
    await looks(house)
    await ends(house, LegOutcome.NO_ANSWER)
    fine = await due(house, account="pager0002")
    await looks(house)
    await note_check_in(house.desk, str(house.telephony.rung[-1].id), CheckInOutcome.CONFIRMED, by="answer")
    page = await text(chief, "/check-ins")
    assert str(missed.elder) in page and "无人接听" in page
    assert str(fine.elder) not in page
    assert "<strong>1</strong>平安" in page and "<strong>1</strong>待拨" in page
    look = (await house.do(lambda work: work.looks.recent(1)))[0]
    assert (look.who, look.why) == ("chief", "check-ins of today")


async def test_the_morning_tells_what_was_done_and_what_is_left(console: ConsoleHouse, chief: Browser) -> None:
    house = console.house
    _, task = await visited(house)
    left, handled = await morning(chief)
    assert "还没有报平安 1</h2>" in left and "<li>hh:mm 老人本人：无人接听</li>" in left
    assert "<li>hh:mm 派人上门 · 未接单</li>" in left
    assert f'<a href="/visits#visit-{task.id}">说明上门情况，最迟</a> hh:mm</td>' in left
    assert "没有</td>" in handled
    form_token, path = await chief.form_token(), f"/visits/{task.id}"
    await chief.post(path, step="accept", who="社区张", form_token=form_token)
    await chief.post(path, step="arrived", form_token=form_token)
    await chief.post(path, step="found", found="well", note=EVIL, form_token=form_token)
    left, handled = await morning(chief)
    assert "hh:mm 派人上门 · hh:mm 社区张 已接单 · hh:mm 已到达 · hh:mm 平安：" in handled and EVIL not in handled
    assert "<td>平安</td>" in handled and "没有</td>" in left


async def test_who_goes_there_has_the_door_and_who_did_what_is_a_person(console: ConsoleHouse, chief: Browser) -> None:
    house = console.house
    _, task = await visited(house)
    profile = await house.do(lambda unit: unit.people.profile(task.elder))
    assert profile is not None
    assert (await chief.post(f"/visits/{task.id}", step="accept", form_token=await chief.form_token())).status == 303
    for path in ("/check-ins", "/visits"):
        page = await text(chief, path)
        assert profile.address in page and "Chief" in page and ">chief<" not in page, path


async def test_a_try_that_falls_into_the_hours_of_rest_stands_there_with_its_real_time(
    house_with: Callable[..., AbstractAsyncContextManager[House]],
) -> None:
    resting = OPEN | {"quiet": [{"begins": "17:00", "ends": "18:00"}]}
    async with house_with(check_ins=resting) as house, with_console(house) as console:
        await console.user("chief", UserRole.SUPERVISOR)
        row = await due(house, 600)
        await looks(house)
        await ends(house, LegOutcome.NO_ANSWER)
        later = replace(await now(house, row), due_at=moment_of(day_of(house.clock.now()), 17 * 60 + 10))
        await house.do(lambda unit: unit.check_ins.save(later))
        async with console.browser("chief") as browser:
            assert "再拨 18:00（之前是休息时间）" in await text(browser, "/check-ins")


async def test_one_key_has_her_called_whatever_her_window_and_says_who_wanted_it(
    console: ConsoleHouse, chief: Browser
) -> None:
    house = console.house
    row, task = await visited(house, window=Span(begins=16 * 60, ends=16 * 60 + 5))
    house.clock.let_pass(3600)
    rung = len(house.telephony.rung)
    path = f"/check-ins/elders/{row.elder}/call"
    assert (await chief.post(path, form_token=await chief.form_token())).status == 303
    assert (await now(house, row)).asked_by == "chief"
    await looks(house)
    assert len(house.telephony.rung) == rung + 1
    await ends(house, LegOutcome.NO_ANSWER)
    await looks(house)
    assert (await now(house, row)).state is CheckInState.VISIT
    assert await house.do(lambda unit: unit.visits.open(5)) == [task], "the door is knocked on once"
    assert (await chief.post(f"/check-ins/elders/{task.id}/call", form_token=await chief.form_token())).status == 409


async def test_a_visit_is_accepted_reached_and_closed_only_with_what_was_found(
    console: ConsoleHouse, chief: Browser
) -> None:
    house = console.house
    row, task = await visited(house)
    path, token = f"/visits/{task.id}", await chief.form_token()
    assert (await chief.post(path, form_token=token, step="accept", who=EVIL)).status == 303
    page = await text(chief, "/visits")
    assert "<script>alert" not in page and "&lt;script&gt;" in page and "到达" in page
    assert (await chief.post(path, form_token=token, step="arrived")).status == 303
    refused = await chief.post(path, form_token=token, step="found", found="", note=f"敲门{EVIL}")
    body = await refused.text()
    assert refused.status == 422 and "请选择看到了什么" in body and "敲门" in body and "<script>alert" not in body
    too_long = await chief.post(path, form_token=token, step="found", found="well", note="字" * 501)
    assert too_long.status == 422 and "最多 500" in await too_long.text()
    assert (await chief.post(path, form_token=token, step="found", found="well", note="在家，手机没电")).status == 303
    assert (await chief.post(path, form_token=token, step="found", found="well")).status == 409
    closed = await house.do(lambda unit: unit.visits.get(task.id))
    assert closed is not None
    assert (closed.found, closed.note, closed.closed_by) == (Found.WELL, "在家，手机没电", "chief")
    assert (await now(house, row)).settled_by == "visit"


async def test_an_overdue_visit_stands_first_and_on_the_wallboard(console: ConsoleHouse, chief: Browser) -> None:
    await visited(console.house)
    assert "超时" not in await text(chief, "/visits")
    assert "上门超时" not in await text(chief, "/wallboard")
    console.house.clock.let_pass(7201)
    for path, words in (("/visits", "超时"), ("/check-ins", "1 个上门任务超时"), ("/wallboard", "上门超时")):
        assert words in await text(chief, path), path


@pytest.mark.parametrize(("end", "ended"), [("yes", True), ("no", False)])
async def test_who_pressed_9_waits_for_a_supervisor(
    console: ConsoleHouse, chief: Browser, end: str, ended: bool
) -> None:
    house = console.house
    row = await due(house)
    plan = await house.do(lambda unit: unit.check_ins.plan(row.plan))
    assert plan is not None
    await house.do(lambda unit: unit.check_ins.save_plan(replace(plan, opted_out_at=house.clock.now())))
    path = f"/check-ins/plans/{plan.id}"
    async with console.browser("li") as agent:
        assert "请班长核实" in await text(agent, "/check-ins")
        assert (await agent.post(path, form_token=await agent.form_token(), end="yes")).status == 403
    assert (await chief.post(path, form_token=await chief.form_token(), end=end)).status == 303
    after = await house.do(lambda unit: unit.check_ins.plan(row.plan))
    assert after is not None
    assert (after.ended_by, after.opted_out_at is None) == (("chief", False) if ended else ("", True))
    assert "按了 9" not in await text(chief, "/check-ins")
    assert (await chief.post(path, form_token=await chief.form_token(), end=end)).status == 409


async def test_her_days_are_shown_and_the_look_is_written_down(console: ConsoleHouse, chief: Browser) -> None:
    row = await due(console.house)
    page = await text(chief, f"/check-ins/elders/{row.elder}")
    assert "待拨" in page
    look = (await console.house.do(lambda work: work.looks.recent(1)))[0]
    assert (look.elder, look.why) == (row.elder, "calendar of her check-ins")
    assert (await chief.get(f"/check-ins/elders/{row.id}")).status in (404, 503)


async def test_the_visit_rate_counts_elders_and_not_calls(console: ConsoleHouse) -> None:
    house = console.house
    row, task = await visited(house)
    await due(house, account="pager0002")
    earlier = CheckIn(
        id=house.clock.new_id(),
        plan=row.plan,
        elder=row.elder,
        day=row.day + timedelta(days=1),
        due_at=house.clock.now(),
    )
    await house.do(lambda unit: unit.check_ins.add(earlier.settled(None, by="hold", now=house.clock.now())))
    month = f"{day_of(house.clock.now()):%Y-%m}"
    async with console.browser("bureau") as bureau:
        assert "<td>2</td><td>0</td>" in await text(bureau, "/visits/rate?month=rubbish")
        closed = task.accepted("社区", house.clock.now()).closed(Found.WELL, by="社区", note="", now=house.clock.now())
        await house.do(lambda unit: unit.visits.save(closed))
        page = await text(bureau, f"/visits/rate?month={month}")
        assert "<td>2</td><td>1</td><td>50.0</td>" in page
        answer = await bureau.get(f"/visits/rate.xlsx?month={month}")
        sheet = load_workbook(BytesIO(await answer.read())).active
        assert sheet is not None
        assert [[cell.value for cell in line][2:] for line in sheet.iter_rows(min_row=2)] == [[2, 1, 50]]
        assert (await bureau.get("/check-ins")).status == 403
