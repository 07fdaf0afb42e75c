"""Waiting for threads, on the event loop."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from concurrent.futures import Future
from typing import TypeVar

T = TypeVar("T")


async def bounded(future: Future[T], seconds: float) -> T:
    """Waits without cancelling: the thread runs on anyway. Cheaper than `wrap_future`, which counts in a look-up."""
    loop = asyncio.get_running_loop()
    waiting = loop.create_future()
    timer = loop.call_later(seconds, _wake, waiting)
    future.add_done_callback(lambda _: loop.call_soon_threadsafe(_wake, waiting))
    try:
        await waiting
    finally:
        timer.cancel()
    if not future.done():
        raise TimeoutError
    return future.result()


def _wake(waiting: asyncio.Future[None]) -> None:
    if not waiting.done():
        waiting.set_result(None)


async def to_the_end(work: Awaitable[T]) -> T:
    """Bounded work that a cancelled caller does not interrupt, only leaves afterwards."""
    task = asyncio.ensure_future(work)
    try:
        return await asyncio.shield(task)
    except asyncio.CancelledError:
        while not task.done():
            try:
                await asyncio.wait({task})
            except asyncio.CancelledError:
                continue
        if not task.cancelled():
            task.exception()
        raise
