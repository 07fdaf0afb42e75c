"""Check-ins that are due, claimed: what the service does, beside the bare driver.

    python -m bench.claim [--quick] [--json]

The bare driver asks for the oldest that are due, `FOR UPDATE SKIP LOCKED` on PostgreSQL, pushes them off by their lease
and commits, on a connection of its own. Ours is `claim_due` in a transaction of the storage, as a look of the service
does it, with the rows made into `CheckIn`s. Both claim so many at a time as a large county's hotline begins calls at a
look, in turns, from the same table, until all are claimed.
"""

from __future__ import annotations

import random
import sqlite3
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from statistics import median
from typing import Any, Final
from uuid import UUID

import psycopg

from bench.command import run
from bench.day.town import DAY, Due, Plan, add
from bench.identify import in_both
from bench.people import settle
from callcenter.app.clock import SystemClock
from callcenter.config import Config
from callcenter.domain.check_ins import CheckIn, CheckInState
from callcenter.ports.storage import UnitOfWork
from storage.database import SqlStorage, open_storage
from storage.engines import is_sqlite, sqlite_path

_AT_ONCE: Final = 20
_CHUNK: Final = 500
_NOW: Final = datetime(DAY.year, DAY.month, DAY.day, 4, tzinfo=UTC)
_UNTIL: Final = _NOW + timedelta(hours=1)

_DUE = (
    "SELECT * FROM check_ins WHERE state <> 'settled' AND state = 'due' AND due_at <= ? ORDER BY due_at, id"
    f" LIMIT {_AT_ONCE}"
)

#: Claims the next of them; returns how many there were.
_Bare = Callable[[], int]


@dataclass(frozen=True, kw_only=True)
class Row:
    """Rows a second, and the median of a claim in milliseconds."""

    database: str
    due: int
    bare_per_second: float
    ours_per_second: float
    bare_ms: float
    ours_ms: float
    ratio: float  #: of the rows a second, bare to ours


def main(quick: bool) -> list[Row]:
    """About a minute and a half, or half of that."""
    return in_both(lambda config: _fill_and_measure(config, 5_000 if quick else 20_000))


def complaints(rows: list[Row]) -> list[str]:
    """No limit is set: a claim is small beside the call that follows it."""
    return []


async def _fill_and_measure(config: Config, due: int) -> Row:
    ids = random.Random(0)
    async with open_storage(config, SystemClock()) as storage:
        known = await settle(
            storage, config, crowd=due, sample=due,
            add=lambda work, start, count: [add(work, ids, start + number, Plan()) for number in range(count)],
        )  # fmt: skip
        for begin in range(0, due, _CHUNK):
            chunk = known[begin : begin + _CHUNK]
            await storage.transact("plan", lambda work, chunk=chunk: _plan(work, ids, chunk))
        return await measure(storage, config, due)


def _plan(work: UnitOfWork, ids: random.Random, known: list[Due]) -> None:
    for one in known:
        [plan] = work.check_ins.plans_of(one.elder)
        due_at = _NOW - timedelta(seconds=ids.randrange(1, 9000))
        work.check_ins.add(
            CheckIn(id=UUID(int=ids.getrandbits(128)), elder=plan.elder, plan=plan.id, day=DAY, due_at=due_at)
        )


async def measure(storage: SqlStorage, config: Config, due: int) -> Row:
    bare = _bare_sqlite(config) if is_sqlite(config) else _bare_postgres(config)
    took: tuple[list[float], list[float]] = ([], [])
    claimed = [0, 0]
    while True:
        begun = time.perf_counter()
        found = bare()
        took[0].append(time.perf_counter() - begun)
        claimed[0] += found
        begun = time.perf_counter()
        ours = await storage.transact("claim", _claim, urgent=False)
        took[1].append(time.perf_counter() - begun)
        claimed[1] += len(ours)
        if not ours:
            break
    assert sum(claimed) == due, f"{claimed} of {due} were claimed"
    per_second = [count / sum(seconds) for count, seconds in zip(claimed, took, strict=True)]
    return Row(
        database="SQLite" if is_sqlite(config) else "PostgreSQL",
        due=due,
        bare_per_second=per_second[0],
        ours_per_second=per_second[1],
        bare_ms=median(took[0]) * 1000,
        ours_ms=median(took[1]) * 1000,
        ratio=per_second[0] / per_second[1],
    )


def _claim(work: UnitOfWork) -> list[CheckIn]:
    return work.check_ins.claim_due(_NOW, _UNTIL, _AT_ONCE, (CheckInState.DUE,))


def _bare_sqlite(config: Config) -> _Bare:
    connection = sqlite3.connect(sqlite_path(config), isolation_level=None)
    connection.execute("PRAGMA synchronous = FULL")
    now, until = f"{_NOW:%Y-%m-%d %H:%M:%S.%f}", f"{_UNTIL:%Y-%m-%d %H:%M:%S.%f}"

    def claim() -> int:
        connection.execute("BEGIN IMMEDIATE")
        rows = connection.execute(_DUE, (now,)).fetchall()
        marks = ", ".join("?" * len(rows))
        connection.execute(f"UPDATE check_ins SET due_at = ? WHERE id IN ({marks})", (until, *(row[0] for row in rows)))
        connection.execute("COMMIT")
        return len(rows)

    return claim


def _bare_postgres(config: Config) -> _Bare:
    connection = psycopg.connect(config.database.url.replace("+psycopg", ""), autocommit=True)
    due = _DUE.replace("?", "%s") + " FOR UPDATE SKIP LOCKED"

    def claim() -> int:
        with connection.transaction():
            rows: list[Any] = connection.execute(due, (_NOW,), prepare=True).fetchall()
            ids = [row[0] for row in rows]
            connection.execute("UPDATE check_ins SET due_at = %s WHERE id = ANY(%s)", (_UNTIL, ids), prepare=True)
        return len(rows)

    return claim


def table(rows: list[Row]) -> str:
    lines = [f"{'':<12}{'due':>9}{'bare rows/s':>13}{'ours rows/s':>13}{'bare ms':>9}{'ours ms':>9}{'ratio':>7}"]
    lines += [
        f"{row.database:<12}{row.due:>9,}{row.bare_per_second:>13,.0f}{row.ours_per_second:>13,.0f}"
        f"{row.bare_ms:>9.2f}{row.ours_ms:>9.2f}{row.ratio:>7.2f}"
        for row in rows
    ]
    return "\n".join(lines)


if __name__ == "__main__":
    run(__doc__, main, table, complaints)
