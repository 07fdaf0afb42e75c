"""Presence and news inside one process. What stands behind the `Live` port without `redis.url`."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from types import TracebackType
from typing import Final, Self
from uuid import UUID

from callcenter.domain.people import Presence
from callcenter.ports.news import News

#: What a desk that does not read may leave lying; then its oldest news go. News say that something changed, the desk
#: looks up what.
UNREAD_AT_MOST: Final = 1000


class MemoryLive:
    """`callcenter.ports.news.Live` for one node.

    Every subscriber gets all news published while it subscribes, in order.
    """

    away: Final = False

    def __init__(self) -> None:
        self._subscribers: set[_Unread] = set()
        self._presences: dict[UUID, Presence] = {}

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for unread in self._subscribers:
            unread.end()

    async def publish(self, news: News) -> None:
        for unread in self._subscribers:
            unread.put(news)

    @asynccontextmanager
    async def subscribe(self) -> AsyncIterator[AsyncIterator[News]]:
        """News from now on. The iterator ends when this `Live` is closed."""
        unread = _Unread()
        self._subscribers.add(unread)
        try:
            yield unread
        finally:
            self._subscribers.discard(unread)

    async def show_presence(self, agent: UUID, presence: Presence) -> None:
        self._presences[agent] = presence

    async def presences(self) -> Mapping[UUID, Presence]:
        return dict(self._presences)


class _Unread(AsyncIterator[News]):
    """The news one subscriber has not read yet."""

    def __init__(self) -> None:
        self._news: deque[News] = deque(maxlen=UNREAD_AT_MOST)
        self._something = asyncio.Event()
        self._ended = False

    def put(self, news: News) -> None:
        self._news.append(news)
        self._something.set()

    def end(self) -> None:
        self._ended = True
        self._something.set()

    async def __anext__(self) -> News:
        while not self._news:
            if self._ended:
                raise StopAsyncIteration
            self._something.clear()
            await self._something.wait()
        return self._news.popleft()
