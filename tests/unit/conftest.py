"""The house in which services and stories are tested."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Any

import pytest
from argon2 import PasswordHasher
from sqlalchemy.dialects.sqlite.pysqlite import SQLiteDialect_pysqlite
from sqlalchemy.engine import Engine
from sqlalchemy.util import LRUCache

from callcenter.app import stories
from callcenter.config import Config
from callcenter.services import passwords
from ivr.dialogue import Language
from tests.unit.house import House, make_template, open_house


@pytest.fixture(scope="session", autouse=True)
def words_are_read_once() -> Iterator[None]:
    """Nearly a thousand words take an eighth of a second to read, and a service reads them once."""
    known: dict[Path, Language] = {}
    read = stories.load_language

    def load(config: Config) -> Language:
        path = config.path(config.voice.prompts)
        return known.setdefault(path, known.get(path) or read(config))

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(stories, "load_language", load)
        yield


@pytest.fixture(scope="session", autouse=True)
def statements_are_compiled_once() -> Iterator[None]:
    """A service has its engines for life, a test's house for a moment: so all of them share what they compiled."""
    compiled: LRUCache[Any, Any] = LRUCache(5000)
    opened = Engine.__init__

    def open_with_it(engine: Engine, *args: Any, **options: Any) -> None:
        opened(engine, *args, **options)
        engine._compiled_cache = compiled

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Engine, "__init__", open_with_it)
        # What is compiled is kept by dialect, and each engine has its own, alike.
        patch.setattr(SQLiteDialect_pysqlite, "__eq__", lambda one, other: type(one) is type(other))
        patch.setattr(SQLiteDialect_pysqlite, "__hash__", lambda one: hash(type(one)))
        yield


@pytest.fixture(scope="session", autouse=True)
def passwords_are_cheap() -> Iterator[None]:
    """One takes a tenth of a second, as it should; `test_passwords` has the real ones."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(passwords, "hasher", lambda: PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))
        yield


@pytest.fixture(scope="session")
def storage_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return asyncio.run(make_template(tmp_path_factory.mktemp("storage")))


@pytest.fixture
def house_with(storage_template: Path, tmp_path: Path) -> Callable[..., AbstractAsyncContextManager[House]]:
    """A house with other settings, by section."""

    def opened(**sections: Any) -> AbstractAsyncContextManager[House]:
        return open_house(tmp_path, storage_template, **sections)

    return opened


@pytest.fixture
async def house(house_with: Callable[..., AbstractAsyncContextManager[House]]) -> AsyncIterator[House]:
    async with house_with() as opened:
        yield opened
