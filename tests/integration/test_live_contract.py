"""Presence and news: the same contract in process and over a real Redis, which may be lost at any time."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from pathlib import Path
from typing import TypeVar
from uuid import UUID

import pytest
from redis.asyncio import Redis

from callcenter.config import Config, check
from callcenter.domain.people import Presence
from callcenter.ports.news import News, NewsKind
from storage.live.memory import UNREAD_AT_MOST, MemoryLive
from storage.live.redis import RedisLive
from tests.integration import redis_server

ANNA, BERT = UUID(int=1), UUID(int=2)
T = TypeVar("T")
Nodes = tuple[RedisLive, RedisLive, redis_server.PrivateRedis]


def news(number: int = 1, kind: NewsKind = NewsKind.EMERGENCY_CHANGED) -> News:
    return News(kind=kind, subject=str(UUID(int=number)), words={"state": "waiting", "key": "red"})


async def soon(work: Awaitable[T], *, seconds: float = 5.0) -> T:
    async with asyncio.timeout(seconds):
        return await work


async def until(true: Callable[[], Awaitable[bool]], *, seconds: float = 5.0) -> None:
    """For what no event tells: asks again and again."""
    async with asyncio.timeout(seconds):
        while not await true():
            await asyncio.sleep(0.02)


@pytest.fixture
def redis(tmp_path: Path) -> Iterator[redis_server.PrivateRedis]:
    if why := redis_server.missing():
        pytest.skip(why)
    server = redis_server.PrivateRedis(tmp_path)
    server.start()
    yield server
    server.stop()


def settings(folder: Path, url: str, *, password: str = redis_server.PASSWORD, ttl_seconds: float = 30.0) -> Config:
    (folder / "redis-password").write_text(f"{password}\n")
    section = {"url": url, "password_file": "redis-password", "answer_within_seconds": 0.3}
    return check({"redis": section | {"presence_ttl_seconds": ttl_seconds}}, folder)


@pytest.fixture(params=["memory", pytest.param("redis", marks=pytest.mark.servers)])
async def live(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[MemoryLive | RedisLive]:
    if request.param == "memory":
        async with MemoryLive() as memory:
            yield memory
    else:
        server: redis_server.PrivateRedis = request.getfixturevalue("redis")
        async with RedisLive(settings(tmp_path, server.url)) as over_redis:
            yield over_redis


# ------------------------------------------------------------------------------------- the contract


async def test_every_subscriber_gets_all_news_in_order(live: MemoryLive | RedisLive) -> None:
    async with live.subscribe() as first, live.subscribe() as second:
        for number in range(100):
            await live.publish(news(number))
        for reader in (first, second):
            assert [await soon(anext(reader)) for _ in range(100)] == [news(number) for number in range(100)]


async def test_news_come_while_one_waits_for_them(live: MemoryLive | RedisLive) -> None:
    async with live.subscribe() as reader:
        waiting = asyncio.ensure_future(anext(reader))
        await asyncio.sleep(0)
        await live.publish(news())
        assert await soon(waiting) == news()


async def test_news_from_before_are_not_told_again(live: MemoryLive | RedisLive) -> None:
    await live.publish(news(1))
    async with live.subscribe() as reader:
        await live.publish(news(2))
        assert await soon(anext(reader)) == news(2)


async def test_each_is_told_once(live: MemoryLive | RedisLive) -> None:
    async with live.subscribe() as reader:
        await live.publish(news(1))
        assert await soon(anext(reader)) == news(1)
        with pytest.raises(TimeoutError):
            await soon(anext(reader), seconds=0.3)


async def test_who_does_not_read_loses_the_oldest_and_holds_up_nobody(live: MemoryLive | RedisLive) -> None:
    async with live.subscribe() as sleeper:
        for number in range(UNREAD_AT_MOST + 10):
            await live.publish(news(number))
        assert await soon(anext(sleeper)) == news(10)


async def test_who_has_left_is_not_told(live: MemoryLive | RedisLive) -> None:
    async with live.subscribe() as left:
        pass
    await live.publish(news())
    with pytest.raises(TimeoutError):
        await soon(anext(left), seconds=0.1)


async def test_presence_is_what_was_shown_last(live: MemoryLive | RedisLive) -> None:
    assert await live.presences() == {}
    await live.show_presence(ANNA, Presence.FREE)
    await live.show_presence(BERT, Presence.BREAK)
    await live.show_presence(ANNA, Presence.TALKING)
    assert await live.presences() == {ANNA: Presence.TALKING, BERT: Presence.BREAK}


async def test_reading_ends_when_it_is_closed() -> None:
    live = MemoryLive()
    async with live:
        subscription = live.subscribe()
        reader = await subscription.__aenter__()
    with pytest.raises(StopAsyncIteration):
        await soon(anext(reader))
    await subscription.__aexit__(None, None, None)


# ------------------------------------------------------------------------------------- between nodes


@pytest.fixture
async def nodes(redis: redis_server.PrivateRedis, tmp_path: Path) -> AsyncIterator[Nodes]:
    config = settings(tmp_path, redis.url, ttl_seconds=1.0)
    async with RedisLive(config) as here, RedisLive(config) as there:
        await meet(here, there)
        yield here, there, redis


async def meet(here: RedisLive, there: RedisLive) -> None:
    """Waits until news go through."""
    async with there.subscribe() as reader:
        arrived = asyncio.ensure_future(anext(reader))

        async def told() -> bool:
            await here.publish(news(0, NewsKind.STORAGE_BACK))
            await asyncio.wait([arrived], timeout=0.05)
            return arrived.done()

        await until(told, seconds=10)
        while True:  # the other calls of the same kind
            try:
                await soon(anext(reader), seconds=0.3)
            except TimeoutError:
                return


@pytest.mark.servers
async def test_the_other_node_hears_in_order_and_once(nodes: Nodes) -> None:
    here, there, _ = nodes
    async with there.subscribe() as reader:
        for number in range(200):
            await here.publish(news(number))
        assert [await soon(anext(reader)) for _ in range(200)] == [news(number) for number in range(200)]
        with pytest.raises(TimeoutError):
            await soon(anext(reader), seconds=0.2)


@pytest.mark.servers
async def test_the_newest_presence_of_all_nodes_counts(nodes: Nodes) -> None:
    here, there, _ = nodes
    await here.show_presence(ANNA, Presence.FREE)
    await until(lambda: shows(there, {ANNA: Presence.FREE}))
    await asyncio.sleep(0.002)  # a later millisecond
    await there.show_presence(ANNA, Presence.BREAK)
    await until(lambda: shows(here, {ANNA: Presence.BREAK}))
    await asyncio.sleep(1.5)  # longer than its time to live: both are alive and keep it up
    assert await shows(here, {ANNA: Presence.BREAK})


async def shows(live: RedisLive, wanted: dict[UUID, Presence]) -> bool:
    return await live.presences() == wanted


@pytest.mark.servers
async def test_presence_of_a_node_that_closed_is_gone_at_once_and_of_a_dead_one_soon(
    nodes: Nodes, tmp_path: Path
) -> None:
    here, _, redis = nodes
    async with RedisLive(settings(tmp_path, redis.url)) as closing:
        await closing.show_presence(ANNA, Presence.FREE)
        await until(lambda: shows(here, {ANNA: Presence.FREE}))
    assert await here.presences() == {}
    dying = RedisLive(settings(tmp_path, redis.url, ttl_seconds=1.0))
    await dying.__aenter__()
    await dying.show_presence(BERT, Presence.FREE)
    await until(lambda: shows(here, {BERT: Presence.FREE}))
    for task in dying._tasks:  # as if it had been killed
        task.cancel()
    await until(lambda: shows(here, {}), seconds=3)
    await dying.__aexit__(None, None, None)


@pytest.mark.servers
@pytest.mark.parametrize("how", ["killed", "hung"])
async def test_a_lost_redis_touches_nobody_and_a_new_one_is_used_again(nodes: Nodes, how: str) -> None:
    here, there, redis = nodes
    await here.show_presence(ANNA, Presence.FREE)
    await until(lambda: shows(there, {ANNA: Presence.FREE}))
    async with here.subscribe() as own, there.subscribe() as others:
        if how == "killed":
            redis.stop()
        else:
            os.kill(redis.pid, signal.SIGSTOP)
        at = time.monotonic()
        for number in range(50):
            await here.publish(news(number))
        await here.show_presence(BERT, Presence.TALKING)
        assert time.monotonic() - at < 0.1
        assert [await soon(anext(own)) for _ in range(50)] == [news(number) for number in range(50)]
        assert await here.presences() == {ANNA: Presence.FREE, BERT: Presence.TALKING}
        assert await there.presences() == {ANNA: Presence.FREE}
        assert time.monotonic() - at < 2
        await until(lambda: is_away(here))
        if how == "killed":
            redis.start()
        else:
            os.kill(redis.pid, signal.SIGCONT)
        await until(lambda: shows(there, {ANNA: Presence.FREE, BERT: Presence.TALKING}), seconds=10)
        await until(lambda: is_back(here, there), seconds=10)
        await here.publish(news(1000))
        heard = [await soon(anext(others))]
        while heard[-1] != news(1000):
            heard.append(await soon(anext(others)))
        assert set(map(str, heard)) >= {str(news(1000))}


async def is_away(live: RedisLive) -> bool:
    return live.away


async def is_back(*nodes: RedisLive) -> bool:
    return not any(live.away for live in nodes)


@pytest.mark.servers
async def test_it_starts_and_serves_its_own_without_redis(tmp_path: Path) -> None:
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))  # taken, and nobody listens
        at = time.monotonic()
        async with RedisLive(settings(tmp_path, f"redis://127.0.0.1:{nobody.getsockname()[1]}/0")) as live:
            await live.show_presence(ANNA, Presence.FREE)
            async with live.subscribe() as reader:
                await live.publish(news())
                assert await soon(anext(reader)) == news()
            assert await live.presences() == {ANNA: Presence.FREE}
            await until(lambda: is_away(live))
        assert time.monotonic() - at < 5


async def test_silence_and_rubbish_in_place_of_redis_touch_nobody(tmp_path: Path) -> None:
    async def rubbish(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"\x00HTTP/1.1 400 Bad Request\r\n\r\n" if next(turns) else b"")
        await reader.read()
        writer.close()

    turns = iter([True, False] * 1000)
    server = await asyncio.start_server(rubbish, "127.0.0.1", 0)
    url = f"redis://127.0.0.1:{server.sockets[0].getsockname()[1]}/0"
    async with server, RedisLive(settings(tmp_path, url)) as live:
        async with live.subscribe() as reader:
            await live.publish(news())
            assert await soon(anext(reader)) == news()
        await live.show_presence(ANNA, Presence.FREE)
        assert await live.presences() == {ANNA: Presence.FREE}
        await until(lambda: is_away(live))


@pytest.mark.servers
async def test_a_wrong_password_counts_as_away(redis: redis_server.PrivateRedis, tmp_path: Path) -> None:
    async with RedisLive(settings(tmp_path, redis.url, password="wrong")) as live:
        await live.show_presence(ANNA, Presence.FREE)
        assert await live.presences() == {ANNA: Presence.FREE}
        await until(lambda: is_away(live))


@pytest.mark.servers
async def test_rubbish_in_redis_is_passed_over(nodes: Nodes) -> None:
    here, there, redis = nodes
    client: Redis = Redis.from_url(redis.url, password=redis_server.PASSWORD)
    rubbish = [b"", b"{}", b"[]", b"[" * 5000, b"\xff\xfe", b"x" * 10**6]
    rubbish.append(b'{"from": 1, "kind": "war", "subject": 2, "words": []}')
    async with there.subscribe() as reader:
        for said in rubbish:
            await client.publish("cc:news", said)
        await here.publish(news(7))
        assert await soon(anext(reader)) == news(7)
    await client.sadd("cc:nodes", "stranger", "wrong")
    strange = {"nobody": "1 free", str(ANNA): "soon free", str(BERT): "1 flying"}
    await client.hset("cc:presence:stranger", items=[word for pair in strange.items() for word in pair])
    await here.show_presence(ANNA, Presence.FREE)
    assert await there.presences() in ({ANNA: Presence.FREE}, {})
    await until(lambda: shows(there, {ANNA: Presence.FREE}))
    await client.aclose()
