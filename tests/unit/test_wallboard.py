"""大屏: how soon somebody had each, how long what is open is open, what is well; and no data is never 0."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest

from callcenter.asterisk.trunks import TrunkWatch
from callcenter.console.pages.wallboard import age_classes
from callcenter.domain.access import UserRole
from callcenter.domain.answering import Press, Target, answered
from callcenter.domain.calls import Key
from callcenter.domain.health import Health
from callcenter.errors import ActionRefused, AsteriskAway
from callcenter.services.close_emergency import close_emergency
from tests.integration.people_made_up import an_emergency
from tests.unit.browser import Browser, ConsoleHouse, with_console
from tests.unit.fakes import MORNING, FakeClock
from tests.unit.house import House

TEN = Target(within_seconds=10, percent=90)


def press(opened_at: datetime, waited: float | None, key: Key = Key.RED) -> Press:
    claimed = opened_at + timedelta(seconds=waited) if waited is not None else None
    return Press(key=key, opened_at=opened_at, first_claimed_at=claimed)


# ---------------------------------------------------------------------------------------- the counting


def test_in_time_is_at_the_limit_too_and_late_is_not() -> None:
    found = answered([press(MORNING, waited) for waited in (0, 10, 10.001, 300)], TEN, MORNING + timedelta(hours=1))
    assert (found.in_time, found.judged, found.percent, found.met) == (2, 4, 50.0, False)


def test_who_still_waits_counts_as_late_once_the_target_has_passed_and_not_before() -> None:
    waiting = [press(MORNING, None)]
    assert answered(waiting, TEN, MORNING + timedelta(seconds=10)).judged == 0
    late = answered(waiting, TEN, MORNING + timedelta(seconds=10.1))
    assert (late.in_time, late.judged, late.percent) == (0, 1, 0.0)


def test_nothing_to_judge_is_no_data() -> None:
    nothing = answered([], TEN, MORNING)
    assert (nothing.percent, nothing.met) == (None, None)


@pytest.mark.parametrize(("in_time", "met"), [(89, False), (90, True), (100, True)])
def test_a_target_is_met_at_its_share(in_time: int, met: bool) -> None:
    presses = [press(MORNING, 5 if number < in_time else 50) for number in range(100)]
    assert answered(presses, TEN, MORNING + timedelta(hours=1)).met is met


def test_each_open_emergency_is_in_one_class_of_age() -> None:
    clock = FakeClock()
    opened = [
        an_emergency(clock, opened_at=MORNING - timedelta(seconds=age)) for age in (-1, 0, 59, 60, 299, 300, 9999)
    ]
    found = age_classes(opened, (60, 300), MORNING)
    assert [each.count for each in found] == [3, 2, 2]
    assert all(before.below_seconds == after.from_seconds for before, after in pairwise(found))


# ------------------------------------------------------------------------------------------- the page


@pytest.fixture
async def console(house: House) -> AsyncIterator[ConsoleHouse]:
    async with with_console(house) as console:
        await console.user("bureau", UserRole.BUREAU)
        yield console


async def figures(browser: Browser) -> str:
    answer = await browser.get("/wallboard/figures")
    assert answer.status == 200
    return await answer.text()


async def test_a_day_without_calls_has_no_rate(console: ConsoleHouse) -> None:
    async with console.browser("bureau") as browser:
        page = await figures(browser)
    assert page.count("无数据") == 4 + 2 + 1, "each target, trunk and speech, and the definition"
    assert "0.0%" not in page and "<strong>0</strong>24小时内警情" in page


async def test_the_last_24_hours_are_counted_and_no_more(console: ConsoleHouse) -> None:
    house = console.house
    await house.elder()
    for number, waits in enumerate((5, 12, 30)):
        await house.agent(f"100{number}")
        emergency = await house.pressed(f"1.{number}", at=house.clock.now())
        house.clock.let_pass(waits)
        await house.claims(house.leg_to(f"PJSIP/100{number}"))
        await close_emergency(house.desk, emergency.id, by="1001", disposition="6")
        await house.background.settle()
    async with console.browser("bureau") as browser:
        page = await figures(browser)
        assert "33.3% · 未达标" in page and "66.7% · 未达标" in page and "100.0% · 达标" in page
        for counts in ("1 / 3", "2 / 3", "3 / 3"):
            assert f"<td>{counts}</td>" in page
    house.clock.let_pass(86_400 - 30)
    async with console.browser("bureau") as browser:
        page = await figures(browser)
        assert "<td>0 / 1</td>" in page and "0.0% · 未达标" in page, "the last one is still of this day"
        house.clock.let_pass(60)
        assert "无数据" in await figures(browser)


async def test_while_the_database_is_away_what_waits_is_shown_and_the_day_is_no_data(house_with: Any) -> None:
    from tests.integration.test_storage_away import locked

    async with house_with(database={"answer_within_seconds": 0.5}) as house, with_console(house) as console:
        await console.user("bureau", UserRole.BUREAU)
        async with console.browser("bureau") as browser:
            with locked(house.desk.config):
                await house.pressed("1.1", account="nobodys")
                page = await figures(browser)
    assert "<strong>1</strong>等待接警" in page and "<strong>无数据</strong>24小时内警情" in page


# ------------------------------------------------------------------------------------------ the trunks


class Link:
    """What the manager link says about registrations."""

    def __init__(self, answer: list[dict[str, str]] | Exception) -> None:
        self.answer = answer

    async def collect(self, action: str) -> list[dict[str, str]]:
        assert action == "PJSIPShowRegistrationsOutbound"
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer


def item(name: str, status: str) -> dict[str, str]:
    return {"Event": "OutboundRegistrationDetail", "ObjectName": name, "Status": status}


@pytest.mark.parametrize(
    ("said", "health"),
    [
        ([item("a", "Registered"), item("b", "Registered")], Health.WELL),
        ([item("a", "Registered"), item("b", "Rejected")], Health.UNWELL),
        ([item("a", "Registered")], Health.UNWELL),
        ([], Health.UNWELL),
        ([{}], Health.UNWELL),
        (AsteriskAway(), Health.NO_DATA),
        (ActionRefused(), Health.NO_DATA),
    ],
)
async def test_trunks_are_well_if_each_is_registered(said: Any, health: Health) -> None:
    watch = TrunkWatch(Link(said), ["a", "b"])  # type: ignore[arg-type]
    assert watch.health is Health.NO_DATA
    await watch.look()
    assert watch.health is health


async def test_of_trunks_that_do_not_register_nothing_is_known() -> None:
    watch = TrunkWatch(Link(AssertionError("nobody asks")), [])  # type: ignore[arg-type]
    await watch.look()
    assert watch.health is Health.NO_DATA
