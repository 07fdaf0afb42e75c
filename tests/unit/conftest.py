"""The house in which services and stories are tested."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Any

import pytest

from callcenter.app import stories
from callcenter.config import Config
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
