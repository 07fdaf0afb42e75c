"""The house in which services and stories are tested."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Any

import pytest

from tests.unit.house import House, make_template, open_house


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
