"""Who is calling, among half a million elders: what the service does, beside the bare driver.

    python -m bench.identify [--quick] [--json]

The bare driver runs one prepared statement that fetches the columns of the whole profile and leaves them as they are,
on a connection of its own, in the thread that waits. Ours is `read_identity` through `storage.look_up`, as a call does
it: to a reader's thread and back, the numbers' blind indexes, everything opened and made into a `Profile`. Half of the
callers are known by their pager's account, half by their number. Both are timed in turns, so that a busy machine is
busy for both.
"""

from __future__ import annotations

import asyncio
import random
import shutil
import sqlite3
import tempfile
import time
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from typing import Any, TypeVar

import psycopg

from bench.command import run
from bench.people import CONTACTS, Known, add_known, settle
from callcenter.app.clock import SystemClock
from callcenter.config import Config, check
from callcenter.services.identify_caller import read_identity
from storage.database import SqlStorage, open_storage
from storage.engines import is_sqlite, sqlite_path
from storage.vault import Vault, read_data_key
from tests.integration.postgres import PrivatePostgres

T = TypeVar("T")

P99_RATIO_AT_MOST = 5.0
_WITHIN_SECONDS = 1.0

_PROFILE = """SELECT e.*, h.*, l.*, c.* FROM elders e JOIN households h ON h.id = e.household
LEFT JOIN lines l ON l.household = e.household LEFT JOIN contacts c ON c.elder = e.id
WHERE e.id IN ({}) ORDER BY c.ring_order"""
_BY_ACCOUNT = _PROFILE.format(
    "SELECT elder FROM devices WHERE account = ? AND since <= ? AND (until IS NULL OR until > ?)"
)
_BY_NUMBER = _PROFILE.format(
    "SELECT o.id FROM elders o JOIN lines n ON n.household = o.household WHERE n.number_index = ?"
    " UNION SELECT elder FROM devices WHERE number_index = ? AND since <= ? AND (until IS NULL OR until > ?)"
)

_Bare = Callable[[str, tuple[Any, ...]], list[Any]]


@dataclass(frozen=True, kw_only=True)
class Row:
    """Medians over the rounds, in milliseconds."""

    database: str
    elders: int
    bare_median_ms: float
    bare_p99_ms: float
    ours_median_ms: float
    ours_p99_ms: float
    p99_ratio: float  #: median of the rounds' ratios


def main(quick: bool) -> list[Row]:
    """Fills both databases and measures: about four minutes, or one."""
    elders, rounds = (100_000, 3) if quick else (500_000, 7)
    return in_both(lambda config: _fill_and_measure(config, elders, rounds))


def complaints(rows: list[Row]) -> list[str]:
    """The limits that are not kept."""
    return [
        f"identify on {row.database}: p99 {row.p99_ratio:.2f} × the bare driver's, at most {P99_RATIO_AT_MOST:g}"
        for row in rows
        if row.p99_ratio > P99_RATIO_AT_MOST
    ]


def in_both(run: Callable[[Config], Coroutine[Any, Any, T]]) -> list[T]:
    """On a fresh SQLite file, then on a fresh PostgreSQL; nothing of either stays."""
    folder = Path(tempfile.mkdtemp(prefix="bench-"))
    try:
        on_sqlite = asyncio.run(run(_config(folder, "sqlite:///bench.db")))
    finally:
        shutil.rmtree(folder)
    folder, server = Path(tempfile.mkdtemp(prefix="bench-")), PrivatePostgres()
    try:
        return [on_sqlite, asyncio.run(run(_config(folder, server.new_database("bench"))))]
    finally:
        server.remove()
        shutil.rmtree(folder)


def _config(folder: Path, url: str) -> Config:
    """The hot cache is copied at the start, which is before the elders move in, and not again."""
    sections = {
        "database": {"url": url, "data_key_file": "key"},
        "journal": {"path": "journal", "hot_cache": "hot_cache.db", "refresh_seconds": 86400},
    }
    return check(sections, folder)


async def _fill_and_measure(config: Config, elders: int, rounds: int) -> Row:
    async with open_storage(config, SystemClock()) as storage:
        known = await settle(storage, config, crowd=elders, sample=2000, add=add_known)
        return await measure(storage, config, known, elders=elders, rounds=rounds)


async def measure(storage: SqlStorage, config: Config, known: list[Known], *, elders: int, rounds: int) -> Row:
    """Each round asks for the whole sample, both ways; a first round warms up and is not counted."""
    bare = bare_driver(config)
    vault = Vault(read_data_key(config.path(config.database.data_key_file)))
    results = [await _round(storage, bare, vault, known, number) for number in range(rounds + 1)][1:]
    return Row(
        database="SQLite" if is_sqlite(config) else "PostgreSQL",
        elders=elders,
        bare_median_ms=median(_part(bare, 50) for bare, _ in results),
        bare_p99_ms=median(_part(bare, 99) for bare, _ in results),
        ours_median_ms=median(_part(ours, 50) for _, ours in results),
        ours_p99_ms=median(_part(ours, 99) for _, ours in results),
        p99_ratio=median(_part(ours, 99) / _part(bare, 99) for bare, ours in results),
    )


async def _round(
    storage: SqlStorage, bare: _Bare, vault: Vault, known: list[Known], number: int
) -> tuple[list[float], list[float]]:
    """Milliseconds of every look-up, the bare driver's and ours. No two in a row ask for the same elder."""
    others = random.Random(number).sample(known, len(known))
    took: tuple[list[float], list[float]] = ([], [])
    for turn, (one, other) in enumerate(zip(known, others, strict=True)):
        by_account = turn % 2 == 0
        now = datetime.now(UTC)
        begun = time.perf_counter()
        if by_account:
            rows = bare(_BY_ACCOUNT, (other.account, now, now))
        else:
            index = vault.number_index(other.number)
            rows = bare(_BY_NUMBER, (index, index, now, now))
        took[0].append((time.perf_counter() - begun) * 1000)
        assert len(rows) == CONTACTS
        account, line = (one.account, "") if by_account else ("", one.number)
        begun = time.perf_counter()
        identity = await storage.look_up(
            "identify caller",
            lambda work, account=account, line=line, now=now: read_identity(work, account, line, now),
            within_seconds=_WITHIN_SECONDS,
        )
        took[1].append((time.perf_counter() - begun) * 1000)
        assert identity.profile is not None and identity.profile.elder.id == one.elder
        assert len(identity.profile.contacts) == CONTACTS
    return took


def bare_driver(config: Config) -> _Bare:
    """Asks by one connection of its own; values are given for question marks."""
    return _bare_sqlite(config) if is_sqlite(config) else _bare_postgres(config)


def _bare_sqlite(config: Config) -> _Bare:
    connection = sqlite3.connect(sqlite_path(config), isolation_level=None)
    connection.execute("PRAGMA cache_size = -16384")

    def ask(statement: str, values: tuple[Any, ...]) -> list[Any]:
        plain = tuple(f"{value:%Y-%m-%d %H:%M:%S.%f}" if isinstance(value, datetime) else value for value in values)
        return connection.execute(statement, plain).fetchall()

    return ask


def _bare_postgres(config: Config) -> _Bare:
    connection = psycopg.connect(config.database.url.replace("+psycopg", ""), autocommit=True)

    def ask(statement: str, values: tuple[Any, ...]) -> list[Any]:
        return connection.execute(statement.replace("?", "%s"), values, prepare=True).fetchall()

    return ask


def _part(values: list[float], percent: int) -> float:
    return sorted(values)[len(values) * percent // 100]


def table(rows: list[Row]) -> str:
    lines = [
        f"{'':<12}{'elders':>9}{'bare p50 ms':>13}{'bare p99':>10}{'ours p50':>10}{'ours p99':>10}{'p99 ratio':>11}"
    ]
    lines += [
        f"{row.database:<12}{row.elders:>9,}{row.bare_median_ms:>13.3f}{row.bare_p99_ms:>10.3f}"
        f"{row.ours_median_ms:>10.3f}{row.ours_p99_ms:>10.3f}{row.p99_ratio:>11.2f}"
        for row in rows
    ]
    return "\n".join(lines)


if __name__ == "__main__":
    run(__doc__, main, table, complaints)
