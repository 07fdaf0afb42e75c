"""A simulated day of check-ins for a whole city.

    python -m bench.day [--seed N] [--quick] [--postgres] [--once]

500,000 elders with plans, 50,000 of them due in two hours and a half over 250 channels: our planner, dialling, stories,
ladder and storage; the telephones, the trunk and the time are made up (`city.py`, `fates.py`, `virtual_time.py`). The
same day is lived twice, and must end the same. Exit 1 when a limit is missed. A whole run writes
docs/results/<date>-day.md.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import structlog

from bench.day.bare_insert import bare_insert
from bench.day.day import Day, live
from bench.day.page import complaints, page, table
from bench.day.town import DAY, Due, build
from bench.day.virtual_time import DayClock, DayLoop, StandingStill, run
from callcenter.config import Config, check
from callcenter.domain.dial_hours import moment_of
from storage.database import open_storage
from tests.integration.postgres import PrivatePostgres

_RESULTS = Path(__file__).resolve().parents[2] / "docs" / "results"


@dataclass(frozen=True, kw_only=True)
class Size:
    elders: int
    due: int
    channels: int
    agents: int


WHOLE = Size(elders=500_000, due=50_000, channels=250, agents=40)
QUICK = Size(elders=50_000, due=5_000, channels=25, agents=10)


def configured(folder: Path, url: str, size: Size) -> Config:
    reserve = max(4, size.channels // 5)
    sections: dict[str, Any] = {
        "database": {"url": url, "data_key_file": "key"},
        "journal": {"path": "journal", "hot_cache": "hot_cache.db", "refresh_seconds": 86400},
        "check_ins": {
            "enabled": True,
            "channels": size.channels,
            "channels_free_for_emergencies": reserve,
            "trunk_channels": size.channels + 2 * reserve,
            "call_seconds": 45.0,
            "dial_at_once": 20,
        },
        "voice": {"prompts": str(Path(__file__).resolve().parents[2] / "prompts" / "prompts.yaml")},
    }
    return check(sections, folder)


async def _build(loop: DayLoop, folder: Path, url: str, size: Size) -> None:
    config = configured(folder, url, size)
    clock = DayClock(loop, moment_of(DAY, 0) - timedelta(days=1))  # later, and every refresh of the day copied it all
    storage = open_storage(config, clock)
    with loop.at_work():
        await storage.start()
    due = await build(StandingStill(storage, loop), config, elders=size.elders, due=size.due, agents=size.agents)
    with loop.at_work():
        await storage.stop()
    rows = [[str(one.elder), one.account, one.number] for one in due]
    (folder / "due.json").write_text(json.dumps(rows), encoding="utf-8")


async def _live(loop: DayLoop, folder: Path, url: str, size: Size, seed: int) -> None:
    rows = json.loads((folder / "due.json").read_text(encoding="utf-8"))
    due = [Due(elder=UUID(elder), account=account, number=number) for elder, account, number in rows]
    day = await live(loop, configured(folder, url, size), due, seed)
    print(json.dumps(asdict(day)))


def _apart(*words: str, stdout: Any = None) -> str:
    """In a process of its own, so that its memory is its own."""
    done = subprocess.run([sys.executable, "-m", "bench.day", *words], check=True, stdout=stdout, text=True)
    return done.stdout or ""


def main(options: argparse.Namespace) -> int:
    size = QUICK if options.quick else WHOLE
    scale = ["--quick"] if options.quick else []
    folder = Path(tempfile.mkdtemp(prefix="bench-day-"))
    server = PrivatePostgres() if options.postgres else None
    begun = time.monotonic()
    try:
        town = folder / "town"
        town.mkdir()
        url = server.new_database("town") if server else "sqlite:///day.db"
        _apart("--build", str(town), "--url", url, *scale)
        print(f"the town is there after {time.monotonic() - begun:.0f} s", file=sys.stderr)
        days: list[Day] = []
        for number in range(1 if options.once else 2):
            mine = folder / f"run{number}"
            shutil.copytree(town, mine)
            os.sync()  # a copy that is still on its way to the disk would be measured with the day
            if server:
                server.execute("postgres", f'CREATE DATABASE "run{number}" TEMPLATE town')
                url = server.url(f"run{number}")
            said = _apart(
                "--live", str(mine), "--url", url, "--seed", str(options.seed), *scale, stdout=subprocess.PIPE
            )
            days.append(Day(**json.loads(said)))
            print(table([days[-1]]), file=sys.stderr)
        bare_seconds = bare_insert(configured(mine, url, size), size.due)
    finally:
        if server:
            server.remove()
        shutil.rmtree(folder)
    missed = complaints(days, bare_seconds)
    more = " ".join(f"--{name}" for name in ("quick", "postgres", "once") if getattr(options, name))
    command = f"make bench-day SEED={options.seed}" + (f' ARGS="{more}"' if more else "")
    text = page(days, bare_seconds, command, "PostgreSQL" if options.postgres else "SQLite", size.elders, size.channels)
    print(text)
    if not options.quick and not options.once:
        name = f"{datetime.now(UTC):%Y-%m-%d}-day{'-postgres' if options.postgres else ''}.md"
        (_RESULTS / name).write_text(text, encoding="utf-8")
    return 1 if missed else 0


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--quick", action="store_true", help="a tenth: 50,000 elders, 5,000 due, 25 channels")
    parser.add_argument("--postgres", action="store_true", help="on PostgreSQL instead of SQLite")
    parser.add_argument("--once", action="store_true", help="live the day once; nothing is written")
    parser.add_argument("--build", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--live", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--url", help=argparse.SUPPRESS)
    given = parser.parse_args()
    structlog.configure(
        logger_factory=structlog.PrintLoggerFactory(sys.stderr), wrapper_class=structlog.make_filtering_bound_logger(40)
    )
    part = QUICK if given.quick else WHOLE
    if given.build:
        run(lambda loop: _build(loop, given.build, given.url, part))
    elif given.live:
        run(lambda loop: _live(loop, given.live, given.url, part, given.seed))
    else:
        sys.exit(main(given))
