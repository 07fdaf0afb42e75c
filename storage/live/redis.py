"""Presence and news between nodes, over Redis. What stands behind the `Live` port with `redis.url`.

The desks of this node are served from memory, at once, whether Redis answers or not; Redis only carries the news to
the other nodes. No call ever waits for it: what goes out is sent by a task of our own, which tries again until it can.
"""

from __future__ import annotations

import asyncio
import json
import time
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, suppress
from types import TracebackType
from typing import Any, Final, Self
from uuid import UUID, uuid4

import structlog
from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError

from callcenter.config import Config, secret
from callcenter.domain.people import Presence
from callcenter.ports.news import News, NewsKind
from storage.live.memory import UNREAD_AT_MOST, MemoryLive

_NEWS: Final = "cc:news"
_NODES: Final = "cc:nodes"
_FIRST_WAIT_SECONDS: Final = 0.05
_LONGEST_WAIT_SECONDS: Final = 2.0
_CANCEL_AGAIN_SECONDS: Final = 0.1
_CANCEL_AT_MOST: Final = 20
_LISTEN_SECONDS: Final = 1.0  #: without news for so long the other side is asked whether it is still there

_AWAY: Final = (RedisError, OSError, TimeoutError)

log = structlog.get_logger()


def _presence_key(node: str) -> str:
    return f"cc:presence:{node}"


class RedisLive:
    """`callcenter.ports.news.Live` between nodes. Use it as a context manager; entering never waits for Redis.

    News of this node reach its own desks at once and the others when Redis carries them, in order. Presence that
    this node has shown stands for as long as the node lives, also through a restart of Redis, and is gone
    `presence_ttl_seconds` after its death.
    """

    def __init__(self, config: Config) -> None:
        section = config.redis
        password = secret(config, section.password_file, "CALLCENTER_REDIS_PASSWORD") if section.password_file else None
        self._within = section.answer_within_seconds
        self._ttl_seconds = section.presence_ttl_seconds
        self._redis: Redis = Redis.from_url(
            section.url,
            password=password,
            decode_responses=True,
            encoding_errors="replace",
            socket_timeout=self._within,
            socket_connect_timeout=self._within,
            retry=Retry(NoBackoff(), 0),
        )
        self._me = f"{config.node.name}:{uuid4().hex}"
        self._here = MemoryLive()
        self._shown: dict[str, str] = {}  #: agent → "milliseconds presence"; the newest of all nodes counts
        self._others: Mapping[UUID, Presence] = {}
        self._outbox: deque[str] = deque(maxlen=UNREAD_AT_MOST)
        self._something = asyncio.Event()
        self._changed = asyncio.Event()
        self._tasks: list[asyncio.Task[None]] = []
        self._faults: set[str] = set()

    @property
    def away(self) -> bool:
        """True while Redis does not answer one of our tasks."""
        return bool(self._faults)

    async def __aenter__(self) -> Self:
        work = {"send": self._send(), "listen": self._listen(), "stay_present": self._stay_present()}
        self._tasks = [asyncio.create_task(coroutine, name=f"redis_live.{name}") for name, coroutine in work.items()]
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await _ended(self._tasks)
        with suppress(*_AWAY):
            async with asyncio.timeout(self._within):
                await _of(self._redis.delete(_presence_key(self._me)))
                await _of(self._redis.srem(_NODES, self._me))
        await self._redis.aclose()
        await self._here.__aexit__(kind, error, trace)

    # ------------------------------------------------------------------------------------ the port

    async def publish(self, news: News) -> None:
        await self._here.publish(news)
        words = dict(news.words)
        self._outbox.append(json.dumps({"from": self._me, "kind": news.kind, "subject": news.subject, "words": words}))
        self._something.set()

    def subscribe(self) -> AbstractAsyncContextManager[AsyncIterator[News]]:
        return self._here.subscribe()

    async def show_presence(self, agent: UUID, presence: Presence) -> None:
        await self._here.show_presence(agent, presence)
        self._shown[str(agent)] = f"{time.time_ns() // 1_000_000} {presence}"
        self._changed.set()

    async def presences(self) -> Mapping[UUID, Presence]:
        """Of all nodes; while Redis is away, our own and what the others showed last."""
        try:
            async with asyncio.timeout(self._within):
                self._others = await self._everywhere()
        except _AWAY:
            return {**self._others, **await self._here.presences()}
        return self._others

    # ------------------------------------------------------------------------------------ our tasks

    async def _send(self) -> None:
        waits = _Waits()
        while True:
            while not self._outbox:
                self._something.clear()
                await self._something.wait()
            said = self._outbox[0]
            if await self._answered("send", self._redis.publish(_NEWS, said)):
                waits = _Waits()
                if self._outbox and self._outbox[0] is said:  # a full outbox has dropped it meanwhile
                    self._outbox.popleft()
            else:
                await waits.one()

    async def _stay_present(self) -> None:
        waits = _Waits()
        while True:
            self._changed.clear()
            if await self._answered("stay_present", self._write_presence()):
                waits = _Waits()
                with suppress(TimeoutError):
                    async with asyncio.timeout(self._ttl_seconds / 3):
                        await self._changed.wait()
            else:
                await waits.one()

    async def _listen(self) -> None:
        waits = _Waits()
        while True:
            try:
                async with self._redis.pubsub() as channel:
                    async with asyncio.timeout(self._within):
                        await channel.subscribe(_NEWS)
                    while True:
                        if await self._heard(channel):
                            self._back("listen")
                            waits = _Waits()
            except _AWAY as error:
                self._gone("listen", error)
            await waits.one()

    # ------------------------------------------------------------------------------------ over the wire

    async def _heard(self, channel: Any) -> bool:
        """One message, or a sign of life. Raises when there is neither."""
        message = await channel.get_message(timeout=_LISTEN_SECONDS)
        if message is None:
            async with asyncio.timeout(self._within):
                await channel.ping()
            message = await channel.get_message(timeout=self._within)
            if message is None:
                raise TimeoutError("no sign of life")
        if message["type"] == "message" and (news := self._news_of_others(message["data"])):
            await self._here.publish(news)
        return True

    def _news_of_others(self, said: str) -> News | None:
        try:
            data = json.loads(said)
            if data["from"] == self._me:
                return None
            words = {str(key): str(value) for key, value in data["words"].items()}
            return News(kind=NewsKind(data["kind"]), subject=str(data["subject"]), words=words)
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
            log.warning("live_rubbish", size=len(said))
            return None

    async def _write_presence(self) -> None:
        key = _presence_key(self._me)
        async with self._redis.pipeline(transaction=True) as pipe:
            pipe.sadd(_NODES, self._me)
            if self._shown:
                pipe.hset(key, items=[word for pair in self._shown.items() for word in pair])
                pipe.pexpire(key, int(self._ttl_seconds * 1000))
            await pipe.execute()

    async def _everywhere(self) -> Mapping[UUID, Presence]:
        nodes = sorted(await _of(self._redis.smembers(_NODES)))
        async with self._redis.pipeline(transaction=False) as pipe:
            for node in nodes:
                pipe.hgetall(_presence_key(node))
            shown: list[dict[str, str]] = await pipe.execute()
        gone = [node for node, presences in zip(nodes, shown, strict=True) if not presences and node != self._me]
        if gone:
            await _of(self._redis.srem(_NODES, *gone))
        newest: dict[UUID, tuple[int, Presence]] = {}
        for agent, words in [pair for presences in (*shown, self._shown) for pair in presences.items()]:
            with suppress(ValueError):
                moment, presence = words.split(" ", 1)
                entry = (int(moment), Presence(presence))
                newest[UUID(agent)] = max(newest.get(UUID(agent), entry), entry)
        return {agent: presence for agent, (_, presence) in newest.items()}

    async def _answered(self, who: str, work: Awaitable[Any]) -> bool:
        try:
            async with asyncio.timeout(self._within):
                await work
        except _AWAY as error:
            self._gone(who, error)
            return False
        self._back(who)
        return True

    def _gone(self, who: str, error: BaseException) -> None:
        if not self._faults:
            log.warning("live_away", fault=f"{type(error).__name__}: {error}")
        self._faults.add(who)

    def _back(self, who: str) -> None:
        if self._faults == {who}:
            log.info("live_back")
        self._faults.discard(who)


class _Waits:
    """Growing waits between tries."""

    def __init__(self) -> None:
        self._seconds = _FIRST_WAIT_SECONDS

    async def one(self) -> None:
        await asyncio.sleep(self._seconds)
        self._seconds = min(self._seconds * 2, _LONGEST_WAIT_SECONDS)


async def _ended(tasks: Sequence[asyncio.Task[None]]) -> None:
    """Cancels until they have ended: `asyncio.wait_for` of Python 3.11, deep in redis-py, now and then swallows one."""
    left = set(tasks)
    for _ in range(_CANCEL_AT_MOST):
        for task in left:
            task.cancel()
        if left:
            _, left = await asyncio.wait(left, timeout=_CANCEL_AGAIN_SECONDS)


async def _of(answer: Any) -> Any:
    """redis.asyncio declares its answers as value-or-awaitable; they are awaitable."""
    return await answer
