"""Managed workers: started when there is a model, started again however they end, gone when the service is."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

import pytest

from callcenter.app.ears import ManagedEars, has_model
from callcenter.config import Config, check
from callcenter.config.speech import EarsWorker
from ivr.ears.worker_link import WorkerLink

SOON = 5.0
SLEEPS = "import time; time.sleep(60)"
DEAF_TO_TERM = "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); "
SAYS_ITS_PID = "import os, sys; print(os.getpid(), file=open(sys.argv[1], 'a'), flush=True); "


@dataclass
class FakeLink:
    """A link that is up when the test says so."""

    worker: EarsWorker = field(default_factory=EarsWorker)
    up: bool = False


@dataclass
class Workers:
    """What was started so far."""

    pids_file: Path
    link: FakeLink

    @property
    def pids(self) -> list[int]:
        return [int(line) for line in self.pids_file.read_text().split()] if self.pids_file.exists() else []

    async def next_pid(self, number: int) -> int:
        await until(lambda: len(self.pids) >= number)
        return self.pids[number - 1]


def model(config: Config) -> Path:
    return config.path(config.speech.model) / "am" / "final.mdl"


@asynccontextmanager
async def managed(
    tmp_path: Path, script: str = SLEEPS, *, with_model: bool = True, **speech: Any
) -> AsyncIterator[Workers]:
    quick = {"look_for_model_every_seconds": 0.05, "stop_within_seconds": 0.5, "start_within_seconds": 20.0}
    config = check({"speech": quick | speech}, tmp_path)
    if with_model:
        model(config).parent.mkdir(parents=True)
        model(config).touch()
    workers = Workers(tmp_path / "pids", FakeLink())

    def command(name: str) -> Sequence[str]:
        return sys.executable, "-c", SAYS_ITS_PID + script, str(workers.pids_file)

    async with ManagedEars(config, [cast(WorkerLink, workers.link)], command):
        yield workers


def is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


async def until(holds: Callable[[], Any]) -> None:
    async with asyncio.timeout(SOON):
        while not holds():
            await asyncio.sleep(0.02)


async def test_without_a_model_nothing_is_started_until_one_comes(tmp_path: Path) -> None:
    async with managed(tmp_path, with_model=False) as workers:
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.5):
                await workers.next_pid(1)
        config = check({}, tmp_path)
        assert not has_model(config.path(config.speech.model))
        model(config).parent.mkdir(parents=True)
        model(config).touch()
        assert await workers.next_pid(1)


async def test_a_worker_that_was_killed_is_started_again(tmp_path: Path) -> None:
    async with managed(tmp_path) as workers:
        for number in range(1, 4):
            os.kill(await workers.next_pid(number), signal.SIGKILL)
        last = await workers.next_pid(4)
        assert len(set(workers.pids)) == 4
    assert not is_alive(last)


async def test_a_worker_that_ends_at_once_is_not_started_in_a_storm(tmp_path: Path) -> None:
    async with managed(tmp_path, "raise SystemExit(1)") as workers:
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(2.0):
                await workers.next_pid(8)


async def test_a_worker_that_hangs_is_killed_and_started_again(tmp_path: Path) -> None:
    async with managed(tmp_path, beat_seconds=0.05, beat_lost_after_seconds=0.2) as workers:
        first = await workers.next_pid(1)
        workers.link.up = True
        await asyncio.sleep(1.1)  # so that it is seen, which is what is tried: a look is each half second
        os.kill(first, signal.SIGSTOP)
        workers.link.up = False
        await workers.next_pid(2)
        assert not is_alive(first)


async def test_a_worker_that_never_answers_is_killed_and_started_again(tmp_path: Path) -> None:
    async with managed(tmp_path, start_within_seconds=0.6) as workers:
        first = await workers.next_pid(1)
        await workers.next_pid(2)
        assert not is_alive(first)


@pytest.mark.parametrize("script", [SLEEPS, DEAF_TO_TERM + SLEEPS], ids=["orderly", "deaf to SIGTERM"])
async def test_it_ends_with_the_service(tmp_path: Path, script: str) -> None:
    async with managed(tmp_path, script) as workers:
        pid = await workers.next_pid(1)
        began = asyncio.get_running_loop().time()
    assert asyncio.get_running_loop().time() - began < 2.0
    assert not is_alive(pid)
