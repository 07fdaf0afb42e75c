"""升级方案 as supervisors change it: what is refused, that it holds at once, that the configuration is never lost."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager

import pytest

from callcenter.domain.access import UserRole
from callcenter.domain.ladder import Rung, RungKind
from callcenter.domain.ladder_versions import LadderFault, LadderVersion, faults_of
from callcenter.errors import ChangedMeanwhile, LadderFaulty, LadderUnknown, ReasonMissing
from callcenter.services.ladders import LadderChange, change_ladder, learn_ladders
from tests.integration.test_storage_away import locked
from tests.unit.browser import Browser, with_console
from tests.unit.house import House

ALL = Rung(kind=RungKind.ALL_AGENTS, wait_seconds=20)
STANDBY = Rung(kind=RungKind.STANDBY, wait_seconds=30)
FAMILY = Rung(kind=RungKind.CONTACTS, wait_seconds=30)


@pytest.mark.parametrize(
    ("name", "rungs", "faults"),
    [
        ("default", [ALL], []),
        ("default", [ALL, STANDBY, FAMILY], []),
        ("service", [ALL, STANDBY], []),
        ("default", [], [LadderFault.RUNGS, LadderFault.NO_AGENTS]),
        ("default", [ALL] * 9, [LadderFault.RUNGS]),
        ("default", [STANDBY, FAMILY], [LadderFault.NO_AGENTS]),
        ("service", [ALL, FAMILY], [LadderFault.SERVICE_GOES_TO_120]),
        ("service", [ALL, Rung(kind=RungKind.DISPATCH, wait_seconds=30)], [LadderFault.SERVICE_GOES_TO_120]),
        ("default", [Rung(kind=RungKind.ALL_AGENTS, wait_seconds=4.9)], [LadderFault.WAIT]),
        ("default", [Rung(kind=RungKind.ALL_AGENTS, wait_seconds=601)], [LadderFault.WAIT]),
        ("default", [Rung(kind=RungKind.ALL_AGENTS, wait_seconds=float("nan"))], [LadderFault.WAIT]),
        ("default", [Rung(kind=RungKind.ALL_AGENTS, wait_seconds=9, agents=0)], [LadderFault.AGENTS]),
        ("default", [Rung(kind=RungKind.ALL_AGENTS, wait_seconds=9, agents=51)], [LadderFault.AGENTS]),
    ],
)
def test_what_is_wrong_with_a_ladder(name: str, rungs: list[Rung], faults: list[LadderFault]) -> None:
    assert faults_of(name, rungs) == faults


async def changed(
    house: House, *rungs: Rung, name: str = "default", why: str = "人手不足", seen: LadderVersion | None = None
) -> LadderVersion:
    change = LadderChange(name=name, rungs=rungs, why=why, seen=seen.id if seen else None)
    return await change_ladder(house.desk, change, by="chief")


async def test_a_changed_ladder_is_climbed_at_once_even_by_who_climbs_already(house: House) -> None:
    await house.agent("1001")
    first = await house.pressed()
    await changed(house, ALL, STANDBY)
    await house.passes(11)
    assert (await house.waiting(first)).position.rung <= 1
    assert "PJSIP/duty" in house.telephony.targets, "the second rung is the standby phones now"
    assert house.desk.ladder("default").rungs == (ALL, STANDBY)
    assert house.desk.ladder("an elder's, that is gone").rungs == (ALL, STANDBY)
    assert house.desk.ladder("service") == house.desk.config.ladder("service")


async def test_a_ladder_that_grew_shorter_begins_its_next_round(house: House) -> None:
    emergency = await house.pressed()
    await house.passes(35)
    assert (await house.waiting(emergency)).position.rung > 1
    await changed(house, ALL)
    await house.passes(60)
    assert (await house.waiting(emergency)).position.round > 1


async def test_what_does_not_fit_is_refused_and_nothing_changes(house: House) -> None:
    before = house.desk.ladder("default")
    for refused, fails in (
        (lambda: changed(house, STANDBY), LadderFaulty),
        (lambda: changed(house, ALL, name="no such"), LadderUnknown),
        (lambda: changed(house, ALL, why="  "), ReasonMissing),
        (lambda: changed(house, ALL, why="x" * 201), ReasonMissing),
    ):
        with pytest.raises(fails):
            await refused()
    first = await changed(house, ALL)
    with pytest.raises(ChangedMeanwhile):
        await changed(house, ALL, STANDBY)
    second = await changed(house, seen=first)
    assert second.rungs == () and house.desk.ladder("default") == before
    assert [each.id for each in await house.do(lambda work: work.ladders.history("default", 9))] == [
        second.id, first.id,
    ]  # fmt: skip


async def test_another_node_learns_it_and_keeps_it_while_the_database_is_away(
    house_with: Callable[..., AbstractAsyncContextManager[House]],
) -> None:
    async with house_with(database={"answer_within_seconds": 0.6}) as house:
        await changed(house, ALL)
        house.desk.changed_ladders.clear()
        await learn_ladders(house.desk)
        assert house.desk.ladder("default").rungs == (ALL,)
        with locked(house.desk.config):
            await house.pressed()
            assert house.storage.away
            await learn_ladders(house.desk)
            assert house.desk.ladder("default").rungs == (ALL,)


# ---------------------------------------------------------------------------------------- the page


@pytest.fixture
async def chief(house: House) -> AsyncIterator[Browser]:
    async with with_console(house) as console:
        await console.user("chief", UserRole.SUPERVISOR)
        async with console.browser("chief") as browser:
            yield browser


async def saves(browser: Browser, **fields: str) -> tuple[int, str]:
    words = {"do": "change", "name": "default", "why": "夜班", "kind0": "all_agents", "wait0": "20", **fields}
    answer = await browser.post("/ladders", form_token=await browser.form_token(), **words)
    return answer.status, await answer.text()


async def test_the_page_changes_a_ladder_and_brings_the_configuration_back(house: House, chief: Browser) -> None:
    page = await (await chief.get("/ladders")).text()
    assert "最合适的坐席" in page and "已改动" not in page
    evil = "<script>alert(1)</script>"
    assert (await saves(chief, why=evil, kind1="standby", wait1="30", agents1="1"))[0] == 303
    assert [rung.kind for rung in house.desk.ladder("default").rungs] == [RungKind.ALL_AGENTS, RungKind.STANDBY]
    page = await (await chief.get("/ladders")).text()
    assert "已改动" in page and "全部坐席 20秒 → 班长和备用电话 30秒" in page
    assert "<script>alert" not in page and "&lt;script&gt;" in page
    [version] = await house.do(lambda work: work.ladders.history("default", 9))
    assert version.by == "chief"
    assert (await saves(chief, do="configured", seen=str(version.id)))[0] == 303
    assert house.desk.ladder("default") == house.desk.config.ladder("default")
    assert "已改动" not in await (await chief.get("/ladders")).text()


async def test_what_does_not_fit_is_told_and_stays_typed(house: House, chief: Browser) -> None:
    for fields, said in (
        ({"kind0": "standby"}, "必须有"),
        ({"kind0": ""}, "至少一步"),
        ({"wait0": "4"}, "5至600秒"),
        ({"wait0": "x"}, "5至600秒"),
        ({"wait0": "inf"}, "5至600秒"),
        ({"agents0": "99"}, "1至50人"),
        ({"kind0": "emperor"}, "5至600秒"),
        ({"name": "service", "kind1": "dispatch", "wait1": "20"}, "服务类来电"),
        ({"name": "no such"}, "没有这个升级方案"),
        ({"why": ""}, "请填写原因"),
        ({"seen": "rubbish"}, "5至600秒"),
        ({"seen": "01a20734-7d0e-738b-84a0-1c043010d384"}, "刚刚被别人改动"),
    ):
        status, page = await saves(chief, **{"wait2": "77.5", **fields})
        assert status == 422 and said in page, fields
        assert fields.get("name", "default") == "no such" or 'value="77.5"' in page
    assert house.desk.changed_ladders == {}
