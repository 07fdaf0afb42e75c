"""What the storage tests share: the same tests on SQLite and on PostgreSQL."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from uuid import uuid4

import pytest

from callcenter.app.clock import SystemClock
from callcenter.config import Config, check
from storage.database import SqlStorage, open_storage
from tests.integration import postgres as postgres_server


@pytest.fixture(scope="session")
def postgres() -> Iterator[postgres_server.PrivatePostgres]:
    if why := postgres_server.missing():
        pytest.skip(why)
    server = postgres_server.PrivatePostgres()
    yield server
    server.remove()


def storage_config(folder: Path, url: str = "sqlite:///callcenter.db", **database: object) -> Config:
    """A configuration whose storage lives in this folder."""
    return check(
        {
            "database": {"url": url, "data_key_file": "data-key", "retry_every_seconds": 0.1, **database},
            "journal": {"path": "journal", "hot_cache": "hot_cache.db", "size_mib": 4, "refresh_seconds": 3600},
        },
        folder,
    )


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.servers)])
def config(request: pytest.FixtureRequest, tmp_path: Path) -> Config:
    """A blank database of either kind."""
    # Two seconds, since a machine shared by many tests may be slow now and then.
    if request.param == "sqlite":
        return storage_config(tmp_path, answer_within_seconds=2.0)
    server: postgres_server.PrivatePostgres = request.getfixturevalue("postgres")
    return storage_config(tmp_path, server.new_database(f"test-{uuid4().hex}"), answer_within_seconds=2.0)


@pytest.fixture
def clock() -> SystemClock:
    return SystemClock()


@pytest.fixture
async def storage(config: Config, clock: SystemClock) -> AsyncIterator[SqlStorage]:
    async with open_storage(config, clock) as opened:
        yield opened
