"""One node of a simulated day, to be killed: `python -m tests.faults.day_node FOLDER`.

`FOLDER/day.json` says everything else but the beginning of the day, which is read once it has loaded. Its telephones
die with it, as if its Asterisk had been killed, too. Says "settled" and ends when every elder is.
"""

from __future__ import annotations

import asyncio
import json
import sys
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import structlog

from bench.day.day import VisitPace, furnish, jobs
from bench.day.fates import Fates
from bench.day.town import DAY, Due
from bench.day.trunk import Trunk
from bench.day.virtual_time import DayClock, PacedLoop
from callcenter.config import check
from callcenter.domain.dial_hours import Span, moment_of
from callcenter.errors import NotWhileStorageAway, StorageAway
from scheduler.due_check_ins import DueCheckIns
from storage.database import open_storage
from tests.faults.day_house import unhurried

_LOOK_SECONDS = 10.0


async def live(loop: PacedLoop, folder: Path, words: dict[str, Any]) -> None:
    config = unhurried(check(words["config"], folder))
    window = Span(**words["window"])
    begins = moment_of(DAY, window.begins) - timedelta(seconds=10)
    clock = DayClock(loop, begins)
    clock.steps = [(at, by) for at, by in words["steps"]]
    due = [Due(elder=UUID(elder), account=account, number=number) for elder, account, number in words["due"]]
    trunk = Trunk(config.check_ins, down=(begins, begins))
    # Another life, other answers: what she does must not depend on how often we were killed before.
    fates = Fates(int(loop.time()), config.check_ins.ring_seconds)
    async with open_storage(config, clock) as storage:
        city, desk = furnish(config, clock, storage, due, fates, trunk, window)
        city.link_is_up()
        visits = VisitPace(every_seconds=30.0, takes_minutes=(1, 3))
        running = [asyncio.create_task(job) for job in jobs(desk, city, visits)]
        running.append(asyncio.create_task(_plan(desk.config.check_ins.plan_every_seconds, DueCheckIns(desk))))
        print("ready", flush=True)
        while True:
            await asyncio.sleep(_LOOK_SECONDS)
            try:
                left = await storage.look_up("open", lambda work: work.check_ins.how_many_open(DAY), within_seconds=30)
                made = await storage.look_up("made", lambda work: len(work.check_ins.of_day(DAY, 1)), within_seconds=30)
            except (StorageAway, NotWhileStorageAway):
                continue
            if made and not left:
                break
        print("settled", flush=True)
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)
        await city.end()
        await desk.background.finish(1.0)


async def _plan(seconds: float, due: DueCheckIns) -> None:
    while True:
        await due.plan()
        await asyncio.sleep(seconds)


def main() -> None:
    folder = Path(sys.argv[1])
    words = json.loads((folder / "day.json").read_text(encoding="utf-8"))
    structlog.configure(
        logger_factory=structlog.PrintLoggerFactory(sys.stderr), wrapper_class=structlog.make_filtering_bound_logger(40)
    )
    print("loaded", flush=True)
    loop = PacedLoop(float(sys.stdin.readline()), words["pace"])
    loop.run_until_complete(live(loop, folder, words))


if __name__ == "__main__":
    main()
