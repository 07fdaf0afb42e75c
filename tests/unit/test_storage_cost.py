"""What a call asks of the database does not grow with what is over: a county closes thousands of emergencies a year."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager

import pytest

from callcenter.domain.calls import Role
from callcenter.services.close_emergency import close_emergency
from storage import engines
from storage.tables import alarms, calls, emergencies, offers, timeline
from tests.unit.house import House

_OVER = 2000  #: emergencies that are closed, each with what hangs on it
_EVERY = 10  #: instructions of SQLite's machine are counted so many at a time
_TIMES_AT_MOST = 1.5  #: an index of two thousand is a level deeper than one of two


async def test_what_a_call_costs_does_not_grow_with_what_is_over(
    house_with: Callable[..., AbstractAsyncContextManager[House]], monkeypatch: pytest.MonkeyPatch
) -> None:
    steps: list[None] = []
    connect = sqlite3.connect

    def counted(*words: object, **more: object) -> sqlite3.Connection:
        connection = connect(*words, **more)  # type: ignore[call-overload]
        connection.set_progress_handler(lambda: steps.append(None), _EVERY)
        return connection  # type: ignore[no-any-return]

    monkeypatch.setattr(engines.sqlite3, "connect", counted)
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
        steps.clear()
        await _a_whole_call(house, "3")
        assert with_little * _EVERY > 1000, "nothing was counted"
        assert len(steps) < _TIMES_AT_MOST * with_little


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


def _many_more(house: House) -> None:
    """Copies the first emergency and its rows, all of them over, under ids of their own."""
    with sqlite3.connect(engines.sqlite_path(house.desk.config)) as connection:
        for table in (emergencies, alarms, calls, offers, timeline):
            fresh = {"id": "lower(hex(randomblob(16)))", "uniqueid": "hex(randomblob(8))"}
            names = [column.name for column in table.columns]
            columns = ", ".join(names)
            values = ", ".join(fresh.get(name, name) for name in names)
            first = f"SELECT * FROM {table.name} LIMIT 1"
            connection.execute(
                f"WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {_OVER})"
                f" INSERT INTO {table.name} ({columns}) SELECT {values} FROM ({first}), n"
            )
    connection.close()
