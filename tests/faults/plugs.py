"""What a hotline's storage can lose while elders call, and how it gets it back."""

from __future__ import annotations

import contextlib
import os
import sqlite3
import subprocess
import tempfile
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
from psycopg.rows import dict_row

from storage.engines import sqlite_path
from tests.faults.houses import folder_for_a_house, watched_house
from tests.faults.stages import locked_database
from tests.faults.watched import WatchedHotline
from tests.integration import postgres, redis_server


@dataclass(frozen=True)
class Plug:
    name: str
    house: Callable[[], AbstractAsyncContextManager[WatchedHotline]]
    pulled: Callable[[WatchedHotline], AbstractAsyncContextManager[None]]
    storage_goes: bool = True  #: whether the database is away while it is pulled
    missing: Callable[[], str] = str  #: why it cannot be pulled here, or ""


class OnPostgres(WatchedHotline):
    """Asks PostgreSQL what is stored."""

    server: postgres.PrivatePostgres

    def rows(self, query: str, *values: object) -> list[Any]:
        with psycopg.connect(self.config.database.url.replace("+psycopg", ""), row_factory=dict_row) as connection:
            return connection.execute(query.encode(), values).fetchall()


def _may_not_mount() -> str:
    return "" if os.geteuid() == 0 else "only root may mount a small disk"


@contextmanager
def small_disk() -> Iterator[Path]:
    """A disk of 8 MB, for those who may mount one."""
    with tempfile.TemporaryDirectory(prefix="cd-") as folder:
        mount = ["mount", "-t", "tmpfs", "-o", "size=8m", "tmpfs", folder]
        subprocess.run(mount, capture_output=True, check=True)
        try:
            yield Path(folder)
        finally:
            subprocess.run(["umount", "-l", folder], check=True)


@asynccontextmanager
async def on_a_small_disk() -> AsyncIterator[WatchedHotline]:
    with small_disk() as disk:
        settings = {"database": {"url": f"sqlite:///{disk}/callcenter.db"}, "journal": {"refresh_seconds": 1.0}}
        async with watched_house(settings) as hotline:
            yield hotline


@asynccontextmanager
async def full_disk(hotline: WatchedHotline) -> AsyncIterator[None]:
    """Not a byte is left, in the write-ahead log neither."""
    path = sqlite_path(hotline.config)
    with contextlib.closing(sqlite3.connect(path, timeout=5)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
    ballast = path.with_name("ballast")
    try:
        with contextlib.suppress(OSError), ballast.open("wb", buffering=0) as file:
            while True:
                file.write(bytes(512))
        yield
    finally:
        ballast.unlink()


@asynccontextmanager
async def read_only_disk(hotline: WatchedHotline) -> AsyncIterator[None]:
    """Linux does not take writing away from who has it: the service starts on a disk that is read-only already.

    It begins with what its hot cache holds, which is as old as the last refresh.
    """
    disk = str(sqlite_path(hotline.config).parent)
    await hotline.until(lambda: _hot(hotline) == _hot(hotline, database=True), why="the hot cache is fresh")
    await hotline.quit()
    subprocess.run(["mount", "-o", "remount,ro", disk], check=True)
    try:
        await hotline.serve()
        yield
    finally:
        subprocess.run(["mount", "-o", "remount,rw", disk], check=True)


def _hot(hotline: WatchedHotline, *, database: bool = False) -> list[Any]:
    """Who is on duty and what is open, as the database or the hot cache has it."""
    path = sqlite_path(hotline.config) if database else hotline.config.path(hotline.config.journal.hot_cache)
    with contextlib.closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True, timeout=5)) as connection:
        query = "select extension, presence from agents union select id, state from emergencies where state <> 'closed'"
        return connection.execute(query).fetchall()


@asynccontextmanager
async def on_postgres() -> AsyncIterator[WatchedHotline]:
    server = postgres.PrivatePostgres()
    try:
        with folder_for_a_house() as folder:
            hotline = OnPostgres(folder, {"database": {"url": server.new_database("faults")}})
            hotline.server = server
            async with hotline.open():
                yield hotline
    finally:
        server.remove()


@asynccontextmanager
async def postgres_stopped(hotline: WatchedHotline) -> AsyncIterator[None]:
    assert isinstance(hotline, OnPostgres)
    hotline.server.stop()
    try:
        yield
    finally:
        hotline.server.start()


class WithRedis(WatchedHotline):
    redis: redis_server.PrivateRedis


@asynccontextmanager
async def with_redis() -> AsyncIterator[WatchedHotline]:
    with folder_for_a_house() as folder:
        password = folder / "redis-password"
        password.write_text(redis_server.PASSWORD)
        server = redis_server.PrivateRedis(folder)
        server.start()
        try:
            hotline = WithRedis(folder, {"redis": {"url": server.url, "password_file": str(password)}})
            hotline.redis = server
            async with hotline.open():
                yield hotline
        finally:
            server.stop()


@asynccontextmanager
async def redis_stopped(hotline: WatchedHotline) -> AsyncIterator[None]:
    assert isinstance(hotline, WithRedis)
    hotline.redis.stop()
    try:
        yield
    finally:
        hotline.redis.start()


PLUGS = (
    Plug("database locked", watched_house, locked_database),
    Plug("database read-only", on_a_small_disk, read_only_disk, missing=_may_not_mount),
    Plug("disk full", on_a_small_disk, full_disk, missing=_may_not_mount),
    Plug("PostgreSQL stopped", on_postgres, postgres_stopped, missing=postgres.missing),
    Plug("Redis stopped", with_redis, redis_stopped, storage_goes=False, missing=redis_server.missing),
)
