"""A hotline that hears: the shared test model, one worker, and a service that is ready when its worker is."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from callcenter.app.free_port import free_port
from tests.acceptance.hotline import Hotline
from tests.shared_speech import SHARED_MODEL

_READY_SECONDS = 15.0


def speech(**more: Any) -> dict[str, Any]:
    """The configuration's section."""
    worker = {"name": "local", "audio": {"port": free_port()}, "control": {"port": free_port()}}
    return {"model": str(SHARED_MODEL), "workers": [worker], **more}


@asynccontextmanager
async def listening(house: Hotline) -> AsyncIterator[Hotline]:
    """With its service up and its ears open; at the end no call in it, and no service."""
    await house.serve()
    await house.until(
        lambda: "ears_up" in house.log.read_text().rpartition("ears_started")[2], within=_READY_SECONDS, why="ears"
    )
    yield house
    await house.tidy()
    await house.quit()
