"""What a call asks of the database does not grow with what is over: a county closes thousands of emergencies a year."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from datetime import timedelta

import pytest

from callcenter.domain.calls import Role
from callcenter.domain.emergencies import State
from callcenter.domain.records import Wanted
from callcenter.domain.search import Found
from callcenter.ports.storage import UnitOfWork
from callcenter.services.close_emergency import close_emergency
from callcenter.services.find_elders import wanted_by
from storage import engines
from storage.arrival import begun
from storage.engines import open_engine
from storage.search_words import note_all
from storage.tables import (
    alarms,
    calls,
    contacts,
    devices,
    elders,
    emergencies,
    households,
    lines,
    offers,
    timeline,
)
from tests.unit.fakes import MORNING
from tests.unit.house import House

_OVER = 2000  #: emergencies that are closed, each with what hangs on it
_FEW = 600  #: elders, more than a search looks at
_SOUGHT = ("wang", "王", "w", "0101", "wang 样板", "wang 样板 示例", "wang 0101")
_EVERY = 10  #: instructions of SQLite's machine are counted so many at a time
_AN_INDEX_DEEPER = 5  #: more of these counts, for a read of nearly nothing
_TIMES_AT_MOST = 1.5  #: an index of two thousand is a level deeper than one of two


@pytest.fixture
def steps(monkeypatch: pytest.MonkeyPatch) -> list[None]:
    """One for every so many instructions of all connections that are opened from now on."""
    steps: list[None] = []
    connect = sqlite3.connect

    def counted(*words: object, **more: object) -> sqlite3.Connection:
        connection = connect(*words, **more)  # type: ignore[call-overload]
        connection.set_progress_handler(lambda: steps.append(None), _EVERY)
        return connection  # type: ignore[no-any-return]

    monkeypatch.setattr(engines.sqlite3, "connect", counted)
    return steps


async def test_what_a_call_costs_does_not_grow_with_what_is_over(
    house_with: Callable[..., AbstractAsyncContextManager[House]], steps: list[None]
) -> None:
    async with house_with() as house:
        await house.elder()
        for number in range(5):
            await house.agent(f"100{number}")
        await _a_whole_call(house, "1")
        steps.clear()
        await _a_whole_call(house, "2")
        with_little = len(steps)
        await house.do(lambda _: None)  # so that nobody is inside a transaction
        _many_more(house)
        with_much = []
        for number in ("3", "4"):
            steps.clear()
            await _a_whole_call(house, number)
            with_much.append(len(steps))
        assert with_little * _EVERY > 1000, "nothing was counted"
        assert min(with_much) < _TIMES_AT_MOST * with_little, "what is looked for now and then may fall into one of two"


async def test_what_the_pages_read_does_not_grow_with_past_years(
    house_with: Callable[..., AbstractAsyncContextManager[House]], steps: list[None]
) -> None:
    """The wallboard's day, a page of the list by each filter, a report's day, and what is past its retention."""
    async with house_with() as house:
        await house.elder()
        await house.agent("1000")
        await _a_whole_call(house, "1")
        with_little = await _costs_of_reading(house, steps)
        _many_more(house, opened_at="2024-05-01 08:00:00.000000", recordings_deleted_at="2025-05-01 08:00:00.000000")
        for name, cost in (await _costs_of_reading(house, steps)).items():
            assert cost < _TIMES_AT_MOST * with_little[name] + _AN_INDEX_DEEPER, name


async def _costs_of_reading(house: House, steps: list[None]) -> dict[str, int]:
    since, until = MORNING - timedelta(days=91), MORNING + timedelta(days=1)
    reads: dict[str, Callable[[UnitOfWork], object]] = {
        "wallboard": lambda work: work.figures.presses(MORNING - timedelta(days=1)),
        "report": lambda work: work.figures.of_day(MORNING.date()),
        "retention": lambda work: [
            work.records.with_recordings("node1", word, until, 100) for word in work.records.recorded_dispositions()
        ],
    }
    for name, more in {
        "all": {}, "closed": {"state": State.CLOSED}, "waiting": {"state": State.WAITING}, "agent": {"agent": "1000"},
        "result": {"disposition": "false_alarm"}, "street": {"street": "示例路"}, "elder": {"elder_named": "张"},
    }.items():  # fmt: skip
        wanted = Wanted(since=since, until=until, **more)  # type: ignore[arg-type]
        reads[name] = lambda work, wanted=wanted: work.records.page(wanted, 50)  # type: ignore[misc]
    costs = {}
    for name, read in reads.items():
        counts = []
        for _ in range(4):  # what the copy in memory does beside it is counted too, now and then
            steps.clear()
            await house.storage.look_up(name, read, within_seconds=5)
            counts.append(len(steps))
        costs[name] = min(counts)
    return costs


async def test_a_search_does_not_grow_with_the_elders(
    house_with: Callable[..., AbstractAsyncContextManager[House]], steps: list[None]
) -> None:
    """Though each word fits every one of them."""
    async with house_with(access={"search_candidates": 200}) as house:
        await house.elder(name="王秀英")
        _many_elders(house, 0, _FEW)
        with_few = {}
        for sought in _SOUGHT:
            steps.clear()
            assert await _search(house, sought), sought
            with_few[sought] = len(steps)
        _many_elders(house, _FEW, _FEW * 2)
        for sought, before in with_few.items():
            assert before * _EVERY > 500, "nothing was counted"
            steps.clear()
            await _search(house, sought)
            assert len(steps) < _TIMES_AT_MOST * before, sought


async def _search(house: House, sought: str) -> tuple[Found, ...]:
    access, wanted = house.desk.config.access, wanted_by(sought, house.desk.config.hotline)
    answer = await house.do(
        lambda work: work.search.find(wanted, limit=access.search_rows, skip=0, candidates=access.search_candidates)
    )
    return answer.found


async def _a_whole_call(house: House, number: str) -> None:
    """Pressed by one we know and by one we do not, rung for, taken, left, rung for again, closed."""
    emergency = await house.pressed(f"{number}.1")
    await house.pressed(f"{number}.2", account="", line="+861055550199")
    await house.passes(1.0)
    leg = [leg for leg in house.telephony.rung if leg.variables["CC_ROOM"] == emergency.room][-1]
    await house.claims(leg)
    await house.leaves(emergency.room, str(leg.id), Role.AGENT)
    await house.passes(1.0)
    for one in await house.all_open():
        await close_emergency(house.desk, one.id, by="1000", disposition="1")
    await house.background.settle()
    assert not await house.all_open()


def _many_elders(house: House, begin: int, count: int) -> None:
    """Copies the first elder with her home, contacts, lines and pager, each under a name and a street of its own."""
    with sqlite3.connect(engines.sqlite_path(house.desk.config)) as connection:
        connection.create_function("name", 1, lambda i: f"王{i:x}")
        for table in (households, elders, lines, contacts, devices):
            own = {"id": "printf('%032x', i)", "household": "printf('%032x', i)", "elder": "printf('%032x', i)"}
            own |= (
                {"name": "name(i)", "street": "'王路' || i", "identity_index": "NULL"} if table is not contacts else {}
            )
            names = [column.name for column in table.columns]
            values = ", ".join(own.get(name, name) for name in names)
            first = f"SELECT * FROM {table.name} ORDER BY rowid LIMIT 1"
            connection.execute(
                f"WITH RECURSIVE n(i) AS (SELECT {begin + 1} UNION ALL SELECT i + 1 FROM n WHERE i < {begin + count})"
                f" INSERT INTO {table.name} ({', '.join(names)}) SELECT {values} FROM ({first}), n"
            )
    connection.close()
    with open_engine(house.desk.config).connect() as made, begun(made):
        note_all(made)


def _many_more(house: House, **emergency: str) -> None:
    """Copies the first emergency and its rows, all of them over, under ids of their own; `emergency` sets its
    columns, and then what hangs on the copies is theirs, and not the first one's."""
    with sqlite3.connect(engines.sqlite_path(house.desk.config)) as connection:
        for table in (emergencies, alarms, calls, offers, timeline):
            fresh = {"id": "lower(hex(randomblob(16)))", "uniqueid": "hex(randomblob(8))"}
            if table is emergencies:
                fresh |= {name: f"'{value}'" for name, value in emergency.items()}
            elif emergency:
                fresh["emergency"] = "(SELECT id FROM emergencies ORDER BY opened_at LIMIT 1)"
            names = [column.name for column in table.columns]
            columns = ", ".join(names)
            values = ", ".join(fresh.get(name, name) for name in names)
            first = f"SELECT * FROM {table.name} LIMIT 1"
            connection.execute(
                f"WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {_OVER})"
                f" INSERT INTO {table.name} ({columns}) SELECT {values} FROM ({first}), n"
            )
    connection.close()
