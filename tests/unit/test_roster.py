"""排班: what is wrong with a roster, how shifts are entered and cancelled, and the page for it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager
from datetime import datetime, timedelta
from uuid import UUID

import pytest

from callcenter.domain.access import UserRole
from callcenter.domain.people import Agent, Presence
from callcenter.domain.shifts import RosterAlarm, Shift, roster_now
from callcenter.errors import AgentUnknown, ShiftFaulty, ShiftTaken, ShiftUnknown
from callcenter.ports.news import NewsKind
from callcenter.services.agent_presence import change_presence
from callcenter.services.roster import NewShift, add_shifts, cancel_shift
from callcenter.services.watch_roster import RosterWatch
from tests.integration.test_storage_away import locked
from tests.unit.browser import Browser, with_console
from tests.unit.fakes import MORNING
from tests.unit.house import House

HouseWith = Callable[..., AbstractAsyncContextManager[House]]
HOUR = timedelta(hours=1)
AHEAD = timedelta(minutes=30)
LI, WANG = UUID(int=1), UUID(int=2)


def a_shift(begins: float, ends: float, agent: UUID = LI, **more: object) -> Shift:
    """Hours from the morning."""
    words = {"id": UUID(int=9), "set_by": "chief", "set_at": MORNING, **more}
    return Shift(agent=agent, begins_at=MORNING + begins * HOUR, ends_at=MORNING + ends * HOUR, **words)  # type: ignore[arg-type]


def an_agent(id_: UUID, presence: Presence = Presence.FREE) -> Agent:
    return Agent(id=id_, name="x", extension=str(id_.int), presence=presence)


@pytest.mark.parametrize(
    ("shifts", "there", "alarms"),
    [
        ([a_shift(-1, 1)], [LI], []),
        ([a_shift(-1, 1)], [WANG], []),
        ([a_shift(-1, 1)], [], [RosterAlarm.NOBODY_THERE, RosterAlarm.FEWER_THERE]),
        ([], [LI], [RosterAlarm.NOBODY_ROSTERED]),
        ([a_shift(-1, 0)], [LI], [RosterAlarm.NOBODY_ROSTERED]),
        ([a_shift(0, 1)], [LI], []),
        ([a_shift(0.1, 1)], [LI], [RosterAlarm.NOBODY_ROSTERED]),
        ([a_shift(-1, 0.5)], [LI], [RosterAlarm.NOBODY_SOON]),
        ([a_shift(-1, 0.51)], [LI], []),
        ([a_shift(-1, 0.3), a_shift(0.3, 1, WANG)], [LI], []),
        ([a_shift(-1, 0.3), a_shift(0.4, 1, WANG)], [LI], [RosterAlarm.NOBODY_SOON]),
        ([a_shift(-1, 1), a_shift(-1, 1, WANG)], [LI], [RosterAlarm.FEWER_THERE]),
        ([a_shift(-1, 1), a_shift(-0.5, 2)], [LI], []),
        ([a_shift(-1, 1, cancelled_at=MORNING, cancelled_by="x")], [LI], [RosterAlarm.NOBODY_ROSTERED]),
    ],
)
def test_what_is_wrong_with_a_roster(shifts: list[Shift], there: list[UUID], alarms: list[RosterAlarm]) -> None:
    agents = [an_agent(id_, Presence.BREAK if id_ in there else Presence.OFFLINE) for id_ in (LI, WANG)]
    found = roster_now(shifts, agents, MORNING, AHEAD)
    assert list(found.alarms) == alarms
    assert found.there == len(there)


def test_a_shift_that_ends_before_it_begins_is_none() -> None:
    with pytest.raises(ValueError, match="ends after"):
        a_shift(1, 1)


async def entered(house: House, extension: str, begins: float, ends: float, days: int = 1) -> list[Shift]:
    new = NewShift(
        extension=extension, begins_at=MORNING + begins * HOUR, ends_at=MORNING + ends * HOUR, days=days
    )  # fmt: skip
    desk = house.desk
    return await house.do(lambda work: add_shifts(work, desk.clock, desk.config.supervision, new, by="chief"))


async def test_shifts_are_entered_all_or_none_and_cancelled_once(house: House) -> None:
    await house.agent("1001")
    first, *_, last = await entered(house, "1001", 0, 12, days=7)
    assert last.begins_at - first.begins_at == timedelta(days=6)
    for begins, ends, days in ((0, 25, 1), (1, 1, 1), (0, 1, 0), (0, 1, 371), (24 * 400, 24 * 400 + 1, 1)):
        with pytest.raises(ShiftFaulty):
            await entered(house, "1001", begins, ends, days)
    with pytest.raises(ShiftTaken):
        await entered(house, "1001", -24 * 3 - 2, -24 * 3 + 3, days=7)
    with pytest.raises(AgentUnknown):
        await entered(house, "1234", 0, 1)
    week = (MORNING - timedelta(days=7), MORNING + timedelta(days=9))
    assert len(await house.do(lambda work: work.shifts.between(*week))) == 7
    for by in ("chief", "somebody else"):
        cancelled = await house.do(lambda work, by=by: cancel_shift(work, house.clock, first.id, by=by))
        assert cancelled.cancelled_by == "chief"
    with pytest.raises(ShiftUnknown):
        await house.do(lambda work: cancel_shift(work, house.clock, house.clock.new_id(), by="chief"))
    assert len(await house.do(lambda work: work.shifts.between(*week))) == 6
    await entered(house, "1001", 1, 2)


async def test_each_alarm_is_told_once_and_again_after_it_was_well(house: House) -> None:
    watch = RosterWatch(house.desk)
    await house.agent("1001")
    await house.agent("1002", Presence.OFFLINE)
    async with house.live.subscribe() as news:
        await watch.look()  # nobody ever entered a shift: all is well
        await entered(house, "1001", -1, 1)
        await entered(house, "1002", -1, 1)
        await watch.look()
        await watch.look()
        assert (await anext(news)).words == {"alarms": "fewer_there"}
        await change_presence(house.desk, "1002", Presence.FREE)
        await house.background.settle()
        assert (await anext(news)).kind is NewsKind.PRESENCE_CHANGED
        await watch.look()
        house.clock.let_pass(2 * 3600)
        await watch.look()
        assert (await anext(news)).words == {"alarms": "nobody_rostered"}


# ---------------------------------------------------------------------------------------- the page


@pytest.fixture
async def chief(house: House) -> AsyncIterator[Browser]:
    async with with_console(house) as console:
        await house.agent("1001")
        await console.user("chief", UserRole.SUPERVISOR)
        async with console.browser("chief") as browser:
            yield browser


async def adds(browser: Browser, **more: str) -> tuple[int, str]:
    words = {"agent": "1001", "day": "2026-03-02", "from": "20:00", "to": "08:00", "days": "2", **more}
    answer = await browser.post("/roster", form_token=await browser.form_token(), **words)
    return answer.status, await answer.text()


async def test_the_page_adds_a_night_shift_and_cancels_it(house: House, chief: Browser) -> None:
    assert (await adds(chief))[0] == 303
    begins = datetime(2026, 3, 2, 12, tzinfo=MORNING.tzinfo)
    shifts = await house.do(lambda work: work.shifts.between(begins, begins + timedelta(days=9)))
    assert [(each.begins_at - begins, each.ends_at - each.begins_at) for each in shifts] == [
        (timedelta(0), 12 * HOUR), (timedelta(days=1), 12 * HOUR),
    ]  # fmt: skip
    page = await (await chief.get("/roster?day=2026-03-02")).text()
    assert page.count("20:00–08:00 坐席1001") == 2
    assert (await adds(chief, cancel=str(shifts[0].id)))[0] == 303
    page = await (await chief.get("/roster?day=2026-03-02")).text()
    assert "没有人" in page and page.count("20:00–08:00 坐席1001") == 1


async def test_what_does_not_fit_is_refused_and_stays_typed(chief: Browser) -> None:
    assert (await adds(chief))[0] == 303
    for more, said in (
        ({}, "已有班次"),
        ({"agent": "9"}, "没有这个分机"),
        ({"day": "2026-02-30"}, "班次不对"),
        ({"day": "9999-12-31"}, "班次不对"),
        ({"from": "25:00"}, "班次不对"),
        ({"days": "x"}, "班次不对"),
        ({"days": "99999999999999"}, "班次不对"),
        ({"cancel": "no id"}, "没有这个班次"),
    ):
        status, page = await adds(chief, **more)
        assert status == 422 and said in page, more
    status, page = await adds(chief, days='"><script>alert(1)</script>')
    assert status == 422 and "<script>alert" not in page and "&lt;script&gt;" in page
    assert (await chief.get("/roster?day=rubbish")).status == 200


async def test_alarms_stand_on_the_roster_the_wallboard_and_the_supervisors_page(house: House, chief: Browser) -> None:
    await house.agent("1002", Presence.OFFLINE)
    await entered(house, "1001", -1, 0.2)
    await entered(house, "1002", -1, 0.2)
    for path in ("/roster", "/wallboard", "/supervisor"):
        page = await (await chief.get(path)).text()
        assert "在线人数少于排班人数" in page and "很快没有人排班" in page, path
    assert "坐席1002" not in await (await chief.get("/wallboard")).text()


async def test_while_the_database_is_away_the_wallboard_goes_on_without_the_roster(house_with: HouseWith) -> None:
    async with house_with(database={"answer_within_seconds": 0.6}) as house, with_console(house) as console:
        await house.agent("1001")
        await entered(house, "1001", -1, 0.2)
        await console.user("bureau", UserRole.BUREAU)
        async with console.browser("bureau") as browser:
            assert "很快没有人排班" in await (await browser.get("/wallboard")).text()
            with locked(house.desk.config):
                await house.pressed()
                assert house.storage.away
                answer = await browser.get("/wallboard/figures")
                assert answer.status == 200 and "很快没有人排班" not in await answer.text()
                await RosterWatch(house.desk).look()
