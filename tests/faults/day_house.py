"""A small city whose day is lived by processes that may be killed; judged by what stands in the tables at the end."""

from __future__ import annotations

import asyncio
import json
import random
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from bench.day.town import DAY, Due, Plan, add, add_agents
from callcenter.app.clock import SystemClock
from callcenter.config import Config, check
from callcenter.domain.dial_hours import Span, moment_of
from storage.database import open_storage
from storage.engines import open_engine
from storage.tables import check_in_attempts, check_ins
from tests.faults.table import Row

PROJECT = Path(__file__).parents[2]
PACE = 60.0  #: a minute is a second
START_SECONDS = 90.0
_AGENTS = 6


def unhurried(config: Config) -> Config:
    """The storage's waits are the wall's, and the day goes so much faster."""
    within = config.database.answer_within_seconds * PACE
    return config.model_copy(update={"database": config.database.model_copy(update={"answer_within_seconds": within})})


@dataclass(kw_only=True)
class DayHouse:
    folder: Path
    url: str
    elders: int
    minutes: int  #: of the window
    steps: list[tuple[float, float]] = field(default_factory=list)  #: of the clock: from which second on, by how many
    due: list[Due] = field(default_factory=list)
    epoch: float = 0.0  #: when the day began, by the wall; 0: not yet

    @property
    def window(self) -> Span:
        return Span(begins=9 * 60, ends=9 * 60 + self.minutes)

    def config(self, node: str) -> dict[str, Any]:
        return {
            "node": {"name": node},
            "database": {"url": self.url, "data_key_file": str(self.folder / "key")},
            "journal": {"path": f"{node}.journal", "hot_cache": f"{node}.db", "refresh_seconds": 86400},
            "check_ins": {
                "enabled": True,
                "quiet": [],
                "channels": 6,
                "channels_free_for_emergencies": 2,
                "trunk_channels": 12,
                "call_seconds": 45.0,
                "gap_seconds": 20.0,
                "talk_at_most_seconds": 120.0,
                "contacts_again_seconds": 20.0,
                "plan_every_seconds": 10.0,
            },
            "voice": {"prompts": str(PROJECT / "prompts" / "prompts.yaml")},
        }

    def checked(self, node: str = "node1") -> Config:
        return unhurried(check(self.config(node), self.folder))

    async def build(self) -> None:
        ids, plan = random.Random(1), Plan(window=self.window, offsets_seconds=(0, 60, 150))
        async with open_storage(self.checked(), SystemClock()) as storage:
            await storage.transact("agents", lambda work: add_agents(work, ids, _AGENTS))
            for number in range(self.elders):
                one = await storage.transact("elder", lambda work, number=number: add(work, ids, number, plan))
                self.due.append(one)

    @asynccontextmanager
    async def node(self, name: str = "node1") -> AsyncIterator[Node]:
        own = self.folder / name
        own.mkdir(exist_ok=True)
        words = {
            "config": self.config(name),
            "window": {"begins": self.window.begins, "ends": self.window.ends},
            "pace": PACE,
            "steps": self.steps,
            "due": [[str(one.elder), one.account, one.number] for one in self.due],
        }
        (own / "day.json").write_text(json.dumps(words), encoding="utf-8")
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "tests.faults.day_node", str(own),
            cwd=PROJECT, stdout=asyncio.subprocess.PIPE, stdin=asyncio.subprocess.PIPE,
        )  # fmt: skip
        node = Node(process)
        try:
            await node.says("loaded", within=START_SECONDS)
            self.epoch = self.epoch or time.time()
            node.hears(f"{self.epoch}\n")
            await node.says("ready", within=START_SECONDS)
            yield node
        finally:
            await node.kill()

    def calls_lost(self) -> int:
        """Calls that a node's death has cut off."""
        return self._count(check_in_attempts.c.outcome == "lost")

    async def until_one_is_rung(self, node: str) -> None:
        """By this node; 60 s at most."""
        open_here = sa.and_(check_in_attempts.c.node == node, check_in_attempts.c.ended_at.is_(None))
        async with asyncio.timeout(60):
            while not await asyncio.to_thread(self._count, open_here):
                await asyncio.sleep(0.05)

    def _count(self, attempts: sa.ColumnElement[bool]) -> int:
        engine = open_engine(self.checked(), patient=True)
        with engine.connect() as connection:
            count = int(connection.execute(sa.select(sa.func.count()).where(attempts)).scalar_one())
        engine.dispose()
        return count

    def judge(self, row: Row) -> None:
        """Each elder is a try. Rung after confirming, twice at once, or outside her hours, or forgotten: lost."""
        engine = open_engine(self.checked(), patient=True)
        with engine.connect() as connection:
            rows = {one["elder"]: one for one in connection.execute(sa.select(check_ins)).mappings()}
            attempts = connection.execute(
                sa.select(check_in_attempts).where(check_in_attempts.c.role == "elder").order_by("started_at")
            )
            calls: dict[UUID, list[Any]] = {}
            for attempt in attempts.mappings():
                calls.setdefault(attempt["check_in"], []).append(attempt)
        engine.dispose()
        begins, ends = (moment_of(DAY, minute) for minute in (self.window.begins, self.window.ends))
        for one in self.due:
            with row.attempt():
                check_in = rows.get(one.elder)
                assert check_in is not None and check_in["state"] == "settled", "forgotten"
                before = None
                for call in calls.get(check_in["id"], []):
                    late = check_in["outcome"] == "confirmed" and call["started_at"] > check_in["settled_at"]
                    assert not late, "rung after she had confirmed"
                    assert begins <= call["started_at"] < ends, "rung outside her window"
                    twice = before is not None and before["ended_at"] is None
                    assert not twice, "rung while she was being rung"
                    before = call


class Node:
    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process

    async def says(self, word: str, *, within: float) -> None:
        assert self._process.stdout is not None
        async with asyncio.timeout(within):
            while line := (await self._process.stdout.readline()).decode().strip():
                if line == word:
                    return
        raise AssertionError(f"the node ended without saying {word}")

    def hears(self, words: str) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(words.encode())

    async def kill(self) -> None:
        if self._process.returncode is None:
            with suppress(ProcessLookupError):
                self._process.kill()
            await self._process.wait()
