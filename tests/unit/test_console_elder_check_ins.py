"""One elder's check-ins at the console: her plan and her leave are set and ended, and nothing is overwritten."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from aiohttp import ClientResponse

from callcenter.domain.check_ins import AfterLast, CheckInPlan, CheckInState, Confirmation
from callcenter.domain.dial_hours import Span, day_of
from callcenter.domain.people import Profile
from callcenter.services.plan_day import plan_day
from tests.unit.browser import Browser, ConsoleHouse
from tests.unit.test_console_check_ins import EVIL, chief, console, text
from tests.unit.test_services_check_ins import due, now

__all__ = ["chief", "console"]  # fixtures

TYPED = {
    "day1": "yes",
    "day3": "yes",
    "begins": "16:30",
    "ends": "18:00",
    "minutes": "0,15",
    "group": "独居",
    "risk": "priority",
    "confirmation": "key",
    "after_last": "visit",
    "do": "save",
}


async def plans(console: ConsoleHouse, profile: Profile) -> list[CheckInPlan]:
    return await console.house.do(lambda unit: unit.check_ins.plans_of(profile.elder.id))


async def sends(browser: Browser, profile: Profile, form: str, **fields: Any) -> ClientResponse:
    path = f"/check-ins/elders/{profile.elder.id}/{form}"
    return await browser.post(path, form_token=await browser.form_token(), **fields)


async def test_a_plan_is_set_as_typed_and_stands_in_her_history(console: ConsoleHouse, chief: Browser) -> None:
    profile = await console.house.elder()
    page = await text(chief, f"/check-ins/elders/{profile.elder.id}")
    assert "没有方案" in page and "新建方案" in page
    assert (await sends(chief, profile, "plan", **TYPED)).status == 303
    [plan] = await plans(console, profile)
    assert (plan.days, plan.window, plan.offsets_seconds) == ({1, 3}, Span(begins=990, ends=1080), (0, 900))
    assert (plan.group, plan.confirmation, plan.after_last) == ("独居", Confirmation.KEY, AfterLast.VISIT)
    page = await text(chief, f"/check-ins/elders/{profile.elder.id}")
    assert "独居 重点 周一、周三 16:30–18:00" in page and "0,15" in page and "修改方案" in page
    [change] = await console.house.do(lambda unit: unit.history.of(profile.elder.id, 5))
    assert (change.by, change.changes[0].new) == ("chief", "week 13 16:30-18:00 0,15 key visit priority 独居")
    assert "问候方案" in await text(chief, f"/elders/{profile.elder.id}")
    assert (await sends(chief, profile, "plan", **TYPED, seen=plan.id)).status == 303
    assert await plans(console, profile) == [plan], "the same once more changes nothing"


async def test_what_is_due_today_follows_the_new_plan(console: ConsoleHouse, chief: Browser) -> None:
    house = console.house
    row = await due(house)
    today = day_of(house.clock.now())
    profile = await house.do(lambda unit: unit.people.profile(row.elder))
    assert profile is not None
    every_day = {f"day{day}": "yes" for day in range(1, 8)}
    assert (await sends(chief, profile, "plan", **TYPED | every_day, seen=row.plan)).status == 303
    before = await now(house, row)
    assert (before.state, before.settled_by) == (CheckInState.SETTLED, "plan_changed")
    assert await plan_day(house.desk, today) == 1
    [after] = await house.do(lambda unit: unit.check_ins.open_of_elder(row.elder, today))
    assert after.due_at is not None
    assert 990 <= (after.due_at - house.clock.now()).total_seconds() / 60 + 960 < 1080


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"begins": "18:00"}, "结束：须晚于开始"),
        ({"begins": "rubbish"}, "开始：须为时刻"),
        ({"ends": ""}, "结束：没有填"),
        ({"day1": "", "day3": ""}, "星期：至少选一天"),
        ({"minutes": "5,10"}, "最多10次"),
        ({"group": "独" * 41}, "共41个字，最多40个"),
        ({"confirmation": "maybe"}, "确认方式：只能是：按键, 按键或说话, key, either"),
    ],
)
async def test_a_fault_is_named_and_what_was_typed_stays(
    console: ConsoleHouse, chief: Browser, wrong: dict[str, str], says: str
) -> None:
    profile = await console.house.elder()
    answer = await sends(chief, profile, "plan", **TYPED | wrong)
    page = await answer.text()
    assert answer.status == 422 and says in page
    assert f'value="{wrong.get("minutes", "0,15")}"' in page
    assert await plans(console, profile) == []


async def test_who_saves_second_sees_that_the_plan_changed_meanwhile(console: ConsoleHouse, chief: Browser) -> None:
    profile = await console.house.elder()
    assert (await sends(chief, profile, "plan", **TYPED)).status == 303
    second = await sends(chief, profile, "plan", **TYPED | {"minutes": "0,20"}, seen="")
    page = await second.text()
    assert second.status == 409 and "别人改过这个方案" in page and 'value="0,20"' in page
    [plan] = await plans(console, profile)
    assert f'value="{plan.id}"' in page, "saving once more is meant"
    assert (await sends(chief, profile, "plan", do="end", seen="")).status == 409


async def test_ended_she_is_called_no_more(console: ConsoleHouse, chief: Browser) -> None:
    house = console.house
    row = await due(house)
    profile = await house.do(lambda unit: unit.people.profile(row.elder))
    assert profile is not None
    assert (await sends(chief, profile, "plan", do="end", seen=row.plan)).status == 303
    assert (await now(house, row)).settled_by == "plan_ended"
    [plan] = await plans(console, profile)
    assert plan.ended_by == "chief"
    page = await text(chief, f"/check-ins/elders/{row.elder}")
    assert "没有方案" in page and "由Chief改动" in page
    assert (await sends(chief, profile, "plan", do="end", seen="")).status == 409
    [change] = await house.do(lambda unit: unit.history.of(row.elder, 5))
    assert (change.changes[0].old != "", change.changes[0].new) == (True, "")


async def test_an_agent_sets_leave_and_ends_it_but_no_plan(console: ConsoleHouse) -> None:
    house = console.house
    row = await due(house)
    profile = await house.do(lambda unit: unit.people.profile(row.elder))
    assert profile is not None
    today = day_of(house.clock.now())
    async with console.browser("li") as agent:
        assert (await sends(agent, profile, "plan", **TYPED)).status == 403
        back = today + timedelta(days=3)
        assert (await sends(agent, profile, "leave", returns=back.isoformat(), reason=f"探亲{EVIL}")).status == 303
        assert (await now(house, row)).settled_by == "hold"
        page = await text(agent, f"/check-ins/elders/{row.elder}")
        assert (
            "结束请假" in page
            and "请假中，不拨打" in page
            and "探亲" in page
            and "<script>alert" not in page
            and "修改方案" not in page
        )
        held = await house.do(lambda unit: unit.holds.covering(row.elder, today))
        assert held is not None
        assert (held.set_by, held.begins, held.returns) == ("li", today, back)
        assert (await sends(agent, profile, "leave", do="resume")).status == 303
        assert await house.do(lambda unit: unit.holds.covering(row.elder, today)) is None
        assert "结束请假，恢复问候" not in await text(agent, f"/check-ins/elders/{row.elder}")


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"returns": "2000-01-01"}, "何日恢复：须晚于第一天"),
        ({"leave_begins": "rubbish"}, "从何日起：须为日期"),
        ({"reason": " "}, "原因：没有填"),
        ({"reason": "字" * 201}, "共201个字，最多200个"),
    ],
)
async def test_a_leave_that_makes_no_sense_is_refused(
    console: ConsoleHouse, chief: Browser, wrong: dict[str, str], says: str
) -> None:
    profile = await console.house.elder()
    answer = await sends(chief, profile, "leave", **{"reason": "探亲"} | wrong)
    assert answer.status == 422 and says in await answer.text()
    assert await console.house.do(lambda unit: unit.holds.of(profile.elder.id)) == []
