"""Transactions: shared commits, failures, cancelling, races, look-ups, the hot cache."""

from __future__ import annotations

import asyncio
import threading
import time
from dataclasses import replace
from pathlib import Path
from uuid import uuid4

import pytest
import sqlalchemy as sa

from callcenter.app.clock import SystemClock
from callcenter.config import Config
from callcenter.domain.emergencies import Open
from callcenter.errors import StorageAway
from callcenter.ports.storage import UnitOfWork
from storage.database import SqlStorage, open_storage
from storage.hot_cache import PAGE, HotCache
from tests.integration.conftest import storage_config
from tests.integration.people_made_up import a_profile, add, an_alarm, an_emergency
from tests.integration.postgres import PrivatePostgres


class Broken(Exception):
    pass


async def test_a_failing_transaction_leaves_nothing_and_hurts_no_other(storage: SqlStorage, clock: SystemClock) -> None:
    good = [an_emergency(clock) for _ in range(20)]
    bad = [an_emergency(clock) for _ in range(20)]

    def fail(work: UnitOfWork, one: Open) -> None:
        work.emergencies.add(one)
        raise Broken

    results = await asyncio.gather(
        *(storage.transact("good", lambda work, one=one: work.emergencies.add(one)) for one in good),
        *(storage.transact("bad", lambda work, one=one: fail(work, one)) for one in bad),
        *(storage.transact("twice", lambda work: work.emergencies.add(good[0])) for _ in range(3)),
        return_exceptions=True,
    )
    kinds = [type(result) for result in results]
    assert kinds.count(Broken) == 20
    # The same id was added four times; once it went in.
    assert sum(isinstance(result, sa.exc.IntegrityError) for result in results) == 3
    stored = await storage.transact("all", lambda work: work.emergencies.all_open("node1"))
    assert {one.id for one in stored} == {one.id for one in good}
    assert not storage.away


async def test_what_waits_shares_a_commit(tmp_path: Path, clock: SystemClock) -> None:
    async with open_storage(storage_config(tmp_path), clock) as storage:
        said: list[str] = []
        await storage.transact("first", lambda work: work.emergencies.all_open("node1"))
        storage._writer._driver.set_trace_callback(said.append)  # type: ignore[attr-defined]
        emergencies = [an_emergency(clock) for _ in range(100)]
        await asyncio.gather(
            *(storage.transact("raise", lambda work, one=one: work.emergencies.add(one)) for one in emergencies)
        )
        assert 1 <= said.count("COMMIT") < 60


async def test_the_first_of_a_group_fails_and_so_does_one_within(tmp_path: Path, clock: SystemClock) -> None:
    def broken(work: UnitOfWork, one: Open) -> None:
        work.emergencies.add(one)
        work.emergencies.all_open("node1")  # so that it has gone out
        raise Broken

    async with open_storage(storage_config(tmp_path), clock) as storage:
        said: list[str] = []
        inside, go_on = threading.Event(), threading.Event()

        def in_the_way(_: UnitOfWork) -> None:
            storage._writer._driver.set_trace_callback(said.append)  # type: ignore[attr-defined]
            storage._writer._group_seconds = 5.0  # type: ignore[attr-defined] # a busy machine is slow
            inside.set()
            assert go_on.wait(5)

        emergencies = [an_emergency(clock) for _ in range(4)]
        works = (broken, lambda work, one: work.emergencies.add(one)) * 2
        before = asyncio.ensure_future(storage.transact("in the way", in_the_way))
        assert await asyncio.to_thread(inside.wait, 5)
        group = asyncio.gather(
            *(
                storage.transact("one", lambda work, do=do, one=one: do(work, one))
                for do, one in zip(works, emergencies, strict=True)
            ),
            return_exceptions=True,
        )
        await asyncio.sleep(0.1)
        go_on.set()
        await before
        assert [type(result) for result in await group] == [Broken, type(None)] * 2
        assert {"ROLLBACK", "ROLLBACK TO job"} <= set(said), "they were not in one group"
        stored = await storage.look_up("all", lambda work: work.emergencies.all_open("node1"), within_seconds=5)
        assert {one.id for one in stored} == {one.id for one in emergencies[1::2]}


async def test_a_cancelled_caller_leaves_only_when_the_transaction_has_ended(
    storage: SqlStorage, clock: SystemClock
) -> None:
    emergency = an_emergency(clock)
    inside, go_on = threading.Event(), threading.Event()

    def slow(work: UnitOfWork) -> None:
        inside.set()
        assert go_on.wait(5)
        work.emergencies.add(emergency)

    caller = asyncio.ensure_future(storage.transact("slow", slow))
    await asyncio.to_thread(inside.wait, 5)
    caller.cancel()
    await asyncio.sleep(0)
    assert not caller.done()
    go_on.set()
    with pytest.raises(asyncio.CancelledError):
        await caller
    assert await storage.transact("get", lambda work: work.emergencies.get(emergency.id)) == emergency


async def test_ten_presses_at_once_open_one_emergency(storage: SqlStorage, clock: SystemClock) -> None:
    profile = a_profile(clock)
    await storage.transact("add", lambda work: add(work, profile))

    def press(work: UnitOfWork, mine: Open, uniqueid: str) -> bool:
        open_one = work.emergencies.open_of_elder(profile.elder.id)
        if open_one is None:
            work.emergencies.add(mine)
        else:
            work.emergencies.save(replace(open_one, presses=open_one.presses + 1))
        work.calls.add_alarm(an_alarm(clock, (open_one or mine).id, uniqueid))
        return open_one is None

    mine = [an_emergency(clock, profile.elder.id) for _ in range(10)]
    opened = await asyncio.gather(
        *(
            storage.transact(
                "press",
                lambda work, one=one: press(work, one, f"press.{one.id.hex}"),
            )
            for one in mine
        )
    )
    assert sum(opened) == 1
    (only,) = await storage.transact("all", lambda work: work.emergencies.all_open("node1"))
    assert only.presses == 10 and only.version == 9


async def test_a_look_up_cannot_write(storage: SqlStorage, clock: SystemClock) -> None:
    with pytest.raises(sa.exc.DBAPIError):
        await storage.look_up("write", lambda work: work.emergencies.add(an_emergency(clock)), within_seconds=1)
    assert await storage.transact("all", lambda work: work.emergencies.all_open("node1")) == []


async def test_a_look_up_does_not_wait_for_the_writer(storage: SqlStorage, clock: SystemClock) -> None:
    inside, go_on = threading.Event(), threading.Event()

    def slow(work: UnitOfWork) -> None:
        work.emergencies.add(an_emergency(clock))
        inside.set()
        assert go_on.wait(5)

    writing = asyncio.ensure_future(storage.transact("slow", slow))
    await asyncio.to_thread(inside.wait, 5)
    began = time.monotonic()
    assert await storage.look_up("read", lambda work: work.emergencies.all_open("node1"), within_seconds=0.5) == []
    assert time.monotonic() - began < 0.3
    go_on.set()
    await writing


async def test_a_slow_look_up_is_answered_from_the_copy(storage: SqlStorage, clock: SystemClock) -> None:
    emergency = an_emergency(clock)
    await storage.transact("raise", lambda work: work.emergencies.add(emergency))
    release = threading.Event()

    def slow_at_first(work: UnitOfWork) -> list[Open]:
        if not work.journalled:
            release.wait(5)
        return work.emergencies.all_open("node1")

    began = time.monotonic()
    assert await storage.look_up("slow", slow_at_first, within_seconds=0.5) == [emergency]
    assert time.monotonic() - began < 0.6
    with pytest.raises(StorageAway):
        await storage.look_up("slower", lambda work: release.wait(2), within_seconds=0.1)
    release.set()


async def test_pages_that_read_long_keep_no_call_waiting(storage: SqlStorage, clock: SystemClock) -> None:
    release = threading.Event()
    pages = [
        asyncio.ensure_future(
            storage.look_up("page", lambda work: release.wait(5), within_seconds=5, urgent=False)  # as many as can
        )
        for _ in range(4)
    ]
    began = time.monotonic()
    assert await storage.look_up("who calls", lambda work: work.emergencies.all_open("node1"), within_seconds=1) == []
    assert time.monotonic() - began < 0.3
    with pytest.raises(StorageAway):
        await storage.look_up("one page more", lambda work: 1, within_seconds=0.2, urgent=False)
    assert not storage.away, "that says nothing about the database"
    release.set()
    await asyncio.gather(*pages)


@pytest.mark.servers
@pytest.mark.parametrize("urgent", [True, False])
async def test_a_statement_that_postgresql_ends_is_slow_and_not_away(
    postgres: PrivatePostgres, tmp_path: Path, clock: SystemClock, urgent: bool
) -> None:
    config = storage_config(tmp_path, postgres.new_database(f"slow-{uuid4().hex}"), answer_within_seconds=0.4)

    def slow(work: UnitOfWork) -> list[Open]:
        if not work.journalled:
            work.agents._in.execute(sa.text("SELECT pg_sleep(20)"))  # type: ignore[attr-defined]
        return work.emergencies.all_open("node1")

    async with open_storage(config, clock) as storage:
        if urgent:
            assert await storage.look_up("slow", slow, within_seconds=30) == []
        else:
            with pytest.raises(StorageAway):
                await storage.look_up("slow", slow, within_seconds=30, urgent=False)
        assert not storage.away


async def test_the_hot_cache_follows_what_changed(config: Config, storage: SqlStorage, clock: SystemClock) -> None:
    profiles = [replace(a_profile(clock, identity_number=""), lines=(), contacts=()) for _ in range(PAGE + 10)]
    await storage.transact("add", lambda work: [add(work, profile) for profile in profiles], urgent=False)
    await storage.refresh_hot_cache()
    changed = replace(profiles[7].elder, name="改名")
    await storage.transact("save", lambda work: work.people.save_elder(changed))
    await storage.refresh_hot_cache()

    def read(work: UnitOfWork) -> list[object]:
        return [work.people.profile(profile.elder.id) for profile in profiles]

    found = await asyncio.wrap_future(storage._stand_in.read(read))
    profiles[7] = replace(profiles[7], elder=changed)
    assert found == profiles


def test_a_broken_hot_cache_is_made_anew(tmp_path: Path) -> None:
    path = tmp_path / "hot_cache.db"
    for content in (b"", b"rubbish" * 1000, b"SQLite format 3\x00" + bytes(5000)):
        path.write_bytes(content)
        cache = HotCache(path)
        assert cache.working_set() == []
        cache.close()
