"""Many keys at the same moment: a power cut, an earthquake. Every phone that must ring goes before the first word."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager


class Rush:
    """Counts the emergencies that are being raised. Used on the event loop alone."""

    def __init__(self) -> None:
        self._raising = 0
        self._over = asyncio.Event()
        self._over.set()

    @contextmanager
    def raising(self) -> Iterator[None]:
        """Until its emergency is committed and rings."""
        self._raising += 1
        self._over.clear()
        try:
            yield
        finally:
            self._raising -= 1
            if not self._raising:
                self._over.set()

    async def over(self, at_most_seconds: float) -> None:
        """Lets the others be rung for first; she hears the ringing tone a moment longer."""
        if self._over.is_set():
            return
        try:
            async with asyncio.timeout(at_most_seconds):
                await self._over.wait()
        except TimeoutError:
            pass
