"""The database goes away in every way we know: nothing is lost, nothing doubled, and it comes back by itself."""

from __future__ import annotations

import asyncio
import os
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import replace
from pathlib import Path
from uuid import UUID, uuid4

import pytest

from callcenter.app.clock import SystemClock
from callcenter.config import Config
from callcenter.domain.calls import LegOutcome, Role
from callcenter.domain.emergencies import Waiting
from callcenter.domain.people import Presence
from callcenter.errors import NotWhileStorageAway, StorageAway
from callcenter.ports.storage import UnitOfWork
from storage.database import SqlStorage, open_storage
from tests.integration.conftest import storage_config
from tests.integration.people_made_up import (
    LANDLINE,
    NOON,
    a_call,
    a_pager,
    a_profile,
    add,
    an_agent,
    an_alarm,
    an_emergency,
    an_offer,
    told,
)
from tests.integration.postgres import PrivatePostgres

BACK_WITHIN_SECONDS = 15


@contextmanager
def locked(config: Config) -> Iterator[None]:
    """Another process holds SQLite's write lock."""
    holder = sqlite3.connect(config.path(Path("callcenter.db")), isolation_level=None)
    holder.execute("BEGIN IMMEDIATE")
    try:
        yield
    finally:
        holder.execute("ROLLBACK")
        holder.close()


@asynccontextmanager
async def opened(config: Config, clock: SystemClock) -> AsyncIterator[SqlStorage]:
    async with open_storage(config, clock) as storage:
        yield storage


async def is_back(storage: SqlStorage) -> None:
    back = asyncio.Event()
    storage.tell(on_away=lambda: None, on_back=back.set)
    if storage.away:
        async with asyncio.timeout(BACK_WITHIN_SECONDS):
            await back.wait()
    assert not storage.away


def red_key(clock: SystemClock, emergency: Waiting, uniqueid: str) -> object:
    alarm, call, entry = (
        an_alarm(clock, emergency.id, uniqueid),
        a_call(clock, emergency.id, uniqueid),
        told(clock, emergency.id),
    )

    def work(unit: UnitOfWork) -> bool:
        unit.emergencies.add(emergency)
        unit.calls.add_alarm(alarm)
        unit.calls.add(call)
        unit.emergencies.tell(entry)
        return unit.journalled

    return work


async def whole_emergency_while_away(storage: SqlStorage, clock: SystemClock, elder: UUID, agent: str) -> Waiting:
    """Press, look-up, rung, claim: everything that must go on without the database."""
    emergency = an_emergency(clock, elder)
    assert await storage.transact("raise", red_key(clock, emergency, f"away.{uuid4().hex[:6]}")) is True  # type: ignore[arg-type]
    assert storage.away
    found = await storage.look_up("who", lambda unit: unit.people.by_number(LANDLINE, NOON), within_seconds=1)
    assert found == [elder]
    profile = await storage.look_up("profile", lambda unit: unit.people.profile(elder), within_seconds=1)
    assert profile is not None and profile.elder.illness == "高血压"
    offer = an_offer(clock, emergency.id, agent)
    await storage.transact("rung", lambda unit: unit.offers.add(offer))
    agents = await storage.look_up("agents", lambda unit: unit.agents.all(), within_seconds=1)
    assert [one.presence for one in agents] == [Presence.RINGING]

    def claim(unit: UnitOfWork) -> None:
        waiting = unit.emergencies.get(emergency.id)
        assert isinstance(waiting, Waiting)
        unit.offers.save(replace(offer, outcome=LegOutcome.CLAIMED))
        unit.emergencies.save(waiting.claimed(by=agent, role=Role.AGENT, offer=offer.id, now=NOON, review_seconds=30))
        unit.emergencies.tell(told(clock, emergency.id))

    await storage.transact("claim", claim)
    return emergency


async def check_whole(storage: SqlStorage, emergency: Waiting) -> None:
    """In the database, and once each."""

    def read(unit: UnitOfWork) -> None:
        assert not unit.journalled
        stored = unit.emergencies.get(emergency.id)
        assert stored is not None and stored.version == 1 and not isinstance(stored, Waiting)
        assert len(unit.emergencies.timeline(emergency.id)) == 2
        assert len(unit.calls.all_of(emergency.id)) == 1
        assert [offer.outcome for offer in unit.offers.all_of(emergency.id)] == [LegOutcome.CLAIMED]

    await storage.transact("check", read)


async def people(storage: SqlStorage, clock: SystemClock) -> tuple[UUID, str]:
    profile, agent = a_profile(clock), an_agent(clock, presence=Presence.FREE)
    await storage.transact("add", lambda unit: (add(unit, profile), unit.agents.add(agent)))
    await storage.transact("pager", lambda unit: unit.people.add_device(a_pager(clock, profile.elder.id)))
    await storage.refresh_hot_cache()
    return profile.elder.id, agent.extension


async def test_locked(tmp_path: Path, clock: SystemClock) -> None:
    config = storage_config(tmp_path)
    async with opened(config, clock) as storage:
        elder, agent = await people(storage, clock)
        news: list[str] = []
        storage.tell(on_away=lambda: news.append("away"), on_back=lambda: news.append("back"))
        with locked(config):
            began = time.monotonic()
            emergency = await whole_emergency_while_away(storage, clock, elder, agent)
            assert time.monotonic() - began < 2.0
            with pytest.raises(StorageAway):
                await storage.transact("import", lambda unit: None, urgent=False)
            with pytest.raises(NotWhileStorageAway):
                await storage.transact("person", lambda unit: add(unit, a_profile(clock)))
            attended = await storage.transact("get", lambda unit: unit.emergencies.get(emergency.id))
            closed = attended.closed(by="x", disposition="other", note="", now=NOON)  # type: ignore[union-attr]
            with pytest.raises(NotWhileStorageAway):
                await storage.transact("close", lambda unit: unit.emergencies.save(closed))
            assert news == ["away"]
        async with asyncio.timeout(BACK_WITHIN_SECONDS):
            while news != ["away", "back"]:
                await asyncio.sleep(0.02)
        await check_whole(storage, emergency)
        await storage.transact("close", lambda unit: unit.emergencies.save(closed))


@pytest.mark.servers
@pytest.mark.parametrize("how", ["stopped", "frozen"])
async def test_postgresql_gone(how: str, postgres: PrivatePostgres, tmp_path: Path, clock: SystemClock) -> None:
    config = storage_config(tmp_path, postgres.new_database(f"away-{uuid4().hex}"))
    async with opened(config, clock) as storage:
        elder, agent = await people(storage, clock)
        (postgres.stop if how == "stopped" else postgres.freeze)()
        try:
            began = time.monotonic()
            emergency = await whole_emergency_while_away(storage, clock, elder, agent)
            assert time.monotonic() - began < 2.0
        finally:
            (postgres.start if how == "stopped" else postgres.thaw)()
        await is_back(storage)
        await check_whole(storage, emergency)


async def test_corrupt_and_repaired(tmp_path: Path, clock: SystemClock) -> None:
    config = storage_config(tmp_path)
    file = config.path(Path("callcenter.db"))
    async with opened(config, clock) as storage:
        elder, agent = await people(storage, clock)
        keeper = sqlite3.connect(file)
        keeper.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        keeper.close()
        good = file.read_bytes()
        file.write_bytes(b"rubbish" * (len(good) // 7))
        emergency = await whole_emergency_while_away(storage, clock, elder, agent)
        file.write_bytes(good)
        await is_back(storage)
        await check_whole(storage, emergency)


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    folder = tmp_path / "small"
    folder.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", str(folder)], capture_output=True, check=False
    )
    if mounted.returncode:
        pytest.skip("may not mount a small disk here")
    yield folder
    subprocess.run(["umount", "-l", str(folder)], check=True)


def fill(ballast: Path) -> None:
    with ballast.open("wb", buffering=0) as file:
        while True:
            file.write(bytes(512))


async def test_disk_full(small_disk: Path, tmp_path: Path, clock: SystemClock) -> None:
    config = storage_config(tmp_path, f"sqlite:///{small_disk}/callcenter.db")
    async with opened(config, clock) as storage:
        elder, agent = await people(storage, clock)
        ballast = small_disk / "ballast"
        with pytest.raises(OSError, match="No space"):
            fill(ballast)
        first = None
        for _ in range(200):  # what is left inside allocated pages may take some
            emergency = an_emergency(clock)
            if await storage.transact("raise", red_key(clock, emergency, f"full.{uuid4().hex[:6]}")):  # type: ignore[arg-type]
                first = emergency
                break
        assert first is not None and storage.away
        whole = await whole_emergency_while_away(storage, clock, elder, agent)
        ballast.unlink()
        await is_back(storage)
        await check_whole(storage, whole)
        assert await storage.transact("first", lambda unit: unit.emergencies.get(first.id)) == first


async def test_read_only_disk(small_disk: Path, tmp_path: Path, clock: SystemClock) -> None:
    config = storage_config(tmp_path, f"sqlite:///{small_disk}/callcenter.db")
    async with opened(config, clock) as storage:
        elder, agent = await people(storage, clock)
    subprocess.run(["mount", "-o", "remount,ro", str(small_disk)], check=True)
    async with opened(config, clock) as storage:
        assert storage.away
        emergency = await whole_emergency_while_away(storage, clock, elder, agent)
        subprocess.run(["mount", "-o", "remount,rw", str(small_disk)], check=True)
        await is_back(storage)
        await check_whole(storage, emergency)


async def test_start_without_the_database_and_its_return(tmp_path: Path, clock: SystemClock) -> None:
    config = storage_config(tmp_path)
    async with opened(config, clock) as storage:
        elder, agent = await people(storage, clock)
        before = an_emergency(clock)
        await storage.transact("raise", lambda unit: unit.emergencies.add(before))
        await storage.refresh_hot_cache()
    with locked(config):
        async with opened(config, clock) as storage:
            assert storage.away
            assert await storage.transact("known", lambda unit: unit.emergencies.get(before.id)) == before
            emergency = await whole_emergency_while_away(storage, clock, elder, agent)
        async with opened(config, clock) as storage:  # and once more, out of the journal alone
            assert storage.away
            again = await storage.transact("known", lambda unit: unit.emergencies.get(emergency.id))
            assert again is not None and again.version == 1
    async with opened(config, clock) as storage:
        assert not storage.away
        await check_whole(storage, emergency)
    async with opened(config, clock) as storage:  # the journal is empty now
        await check_whole(storage, emergency)


async def test_a_slow_transaction_that_commits_afterwards_is_harmless(tmp_path: Path, clock: SystemClock) -> None:
    config = storage_config(tmp_path, answer_within_seconds=0.3)
    async with opened(config, clock) as storage:
        elder, agent = await people(storage, clock)
        emergency = an_emergency(clock, elder)
        raise_it = red_key(clock, emergency, "slow.1")
        # The disk hangs inside COMMIT: nobody can call that transaction back any more.
        hangs = threading.Event()
        released = threading.Event()

        def hang(statement: str) -> None:
            if statement == "COMMIT" and not released.is_set():
                hangs.set()
                released.wait(10)

        storage._writer._driver.set_trace_callback(hang)  # type: ignore[attr-defined]
        assert await storage.transact("raise", raise_it) is True  # type: ignore[arg-type]
        assert hangs.is_set() and storage.away
        offer = an_offer(clock, emergency.id, agent)
        await storage.transact("rung", lambda unit: unit.offers.add(offer))
        released.set()
        await is_back(storage)

        def read(unit: UnitOfWork) -> None:
            assert unit.emergencies.get(emergency.id) == emergency
            assert len(unit.emergencies.timeline(emergency.id)) == 1
            assert len(unit.calls.all_of(emergency.id)) == 1
            assert unit.offers.all_of(emergency.id) == [offer]

        await storage.transact("check", read)


async def test_nothing_slips_between_while_it_comes_and_goes(tmp_path: Path, clock: SystemClock) -> None:
    config = storage_config(tmp_path, answer_within_seconds=0.3, retry_every_seconds=0.05)
    done: list[UUID] = []
    journalled = 0
    async with opened(config, clock) as storage:
        stop = asyncio.Event()

        async def press() -> None:
            nonlocal journalled
            while not stop.is_set():
                emergency = an_emergency(clock)
                work = red_key(clock, emergency, uuid4().hex)
                journalled += bool(await storage.transact("raise", work))  # type: ignore[arg-type]
                step = replace(emergency, presses=2)
                await storage.transact("step", lambda unit, step=step: unit.emergencies.save(step))
                done.append(emergency.id)
                await asyncio.sleep(0.005)

        presses = [asyncio.ensure_future(press()) for _ in range(8)]
        for _ in range(6):
            with locked(config):
                await asyncio.sleep(0.3)
            await asyncio.sleep(0.2)
        stop.set()
        await asyncio.gather(*presses)
        await is_back(storage)
        assert journalled > 0 and len(done) > journalled

        def read(unit: UnitOfWork) -> None:
            for one in done:
                stored = unit.emergencies.get(one)
                assert stored is not None and (stored.presses, stored.version) == (2, 1)
                assert len(unit.emergencies.timeline(one)) == 1

        await storage.transact("check", read, urgent=False)


KILLED = """
import asyncio, sys
from pathlib import Path
from callcenter.app.clock import SystemClock
from storage.database import open_storage
from tests.integration.conftest import storage_config
from tests.integration.people_made_up import an_emergency

async def main():
    clock = SystemClock()
    async with open_storage(storage_config(Path(sys.argv[1])), clock) as storage:
        while True:
            emergency = an_emergency(clock)
            await storage.transact("raise", lambda unit: unit.emergencies.add(emergency))
            print("promised", emergency.id, "away" if storage.away else "there", flush=True)

asyncio.run(main())
"""


@pytest.mark.parametrize("away", [False, True])
async def test_killed_while_writing(away: bool, tmp_path: Path, clock: SystemClock) -> None:
    """What was answered for is there after SIGKILL, from the database or from the journal, torn record or not."""
    config = storage_config(tmp_path)
    async with opened(config, clock):
        pass
    for _ in range(3):
        holder = locked(config) if away else None
        if holder:
            holder.__enter__()
        process = subprocess.Popen(
            [sys.executable, "-c", KILLED, str(tmp_path)], stdout=subprocess.PIPE, cwd=Path(__file__).parents[2]
        )
        assert process.stdout is not None
        lines = [process.stdout.readline() for _ in range(20)]
        os.kill(process.pid, signal.SIGKILL)
        lines += process.stdout.readlines()
        process.wait(10)
        process.stdout.close()
        if holder:
            holder.__exit__(None, None, None)
        promised = [
            UUID(line.split()[1].decode()) for line in lines if line.startswith(b"promised") and line.endswith(b"\n")
        ]
        assert len(promised) >= 5
        async with opened(config, clock) as storage:
            for one in promised:
                assert await storage.transact("get", lambda unit, one=one: unit.emergencies.get(one)) is not None
