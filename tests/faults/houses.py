"""Houses to pull plugs from: a folder, gone afterwards unless somebody wants to read what happened in it."""

from __future__ import annotations

import asyncio
import os
import shutil
import tempfile
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.acceptance.conftest import PREFIX
from tests.faults.watched import WatchedHotline

_LANES = 2


@contextmanager
def folder_for_a_house() -> Iterator[Path]:
    """Short: the control socket's path has 107 characters at most. `CC_KEEP` keeps logs and recordings."""
    if not (PREFIX / "bin/asterisk").exists():
        pytest.skip("no private Asterisk in var/asterisk: run `make setup`")
    folder = Path(tempfile.mkdtemp(prefix="cf-"))
    try:
        yield folder
    finally:
        if not os.environ.get("CC_KEEP"):
            shutil.rmtree(folder, ignore_errors=True)


@asynccontextmanager
async def watched_house(overrides: dict[str, Any] | None = None) -> AsyncIterator[WatchedHotline]:
    """A hotline of its own with its parent and service up. Ends with whatever happened in it."""
    with folder_for_a_house() as folder:
        hotline = WatchedHotline(folder, overrides)
        async with hotline.open():
            yield hotline


async def side_by_side(lane: Callable[[], Coroutine[Any, Any, None]]) -> None:
    """Two at once: what is tried here waits for telephones most of the time."""
    async with asyncio.TaskGroup() as lanes:
        for _ in range(_LANES):
            lanes.create_task(lane())
