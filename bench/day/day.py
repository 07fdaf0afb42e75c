"""One day: planned, rung, settled. Our own planner, dialling, ladder, stories and storage, on the loop's time."""

from __future__ import annotations

import asyncio
import gc
import hashlib
import resource
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Coroutine, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any

import sqlalchemy as sa

from bench.day.city import City
from bench.day.fates import Fates
from bench.day.town import DAY, WINDOW, Due
from bench.day.trunk import Trunk
from bench.day.virtual_time import DayClock, DayLoop, StandingStill
from callcenter.app.stories import stories
from callcenter.config import Config
from callcenter.domain.dial_hours import Span, moment_of
from callcenter.domain.visits import Found, VisitTask
from callcenter.errors import NotWhileStorageAway, StorageAway
from callcenter.ports.storage import Storage, UnitOfWork
from callcenter.services.agent_presence import end_wrap_ups
from callcenter.services.background import Background
from callcenter.services.check_in_changes import accept_visit, arrived_at_visit, close_visit
from callcenter.services.desk import Desk
from callcenter.services.offer_waiting import offer_waiting
from callcenter.services.plan_day import plan_day
from scheduler.due_check_ins import DueCheckIns
from scheduler.due_rungs import DueRungs
from scheduler.housekeeping import RUNGS_EVERY_SECONDS, WRAP_UPS_EVERY_SECONDS
from storage.database import open_storage
from storage.engines import open_engine
from storage.live.memory import MemoryLive
from storage.tables import check_ins, elders
from tests.unit.fakes import FakeMeters

_RED_KEY_EVERY_SECONDS = 45.0
_VISITS_AT_MOST = 100_000
_LOOK_EVERY_SECONDS = 60.0
_ENDS_AFTER_SECONDS = 12 * 3600.0
_OUTAGE = (1 / 3, 2 / 5)  #: of the window, the trunk is dead


@dataclass(frozen=True, kw_only=True)
class Day:
    """What a run measured."""

    due: int
    settled: int
    states: dict[str, int]
    digest: str  #: of every elder's final state, its times included
    calls: dict[str, int]
    repeated: int
    outside: int
    reserve_touched: int
    most_channels: dict[str, int]
    emergencies: int
    simulated_seconds: float
    real_seconds: float
    processor_seconds: float  #: of all threads; on a machine with other work it is what counts
    planning_seconds: float
    transactions: int
    memory_mib: float

    @property
    def times_real(self) -> float:
        return self.simulated_seconds / self.real_seconds


@dataclass(frozen=True, kw_only=True)
class VisitPace:
    """When community workers look at their list, and how long a door takes."""

    every_seconds: float
    takes_minutes: tuple[float, float]


VISITS = VisitPace(every_seconds=600.0, takes_minutes=(10, 60))


async def live(
    loop: DayLoop, config: Config, due: list[Due], seed: int, window: Span = WINDOW, visits: VisitPace = VISITS
) -> Day:
    """Until every elder due is settled."""
    opens = moment_of(DAY, window.begins)
    clock = DayClock(loop, opens - timedelta(minutes=1))
    opened = open_storage(config, clock)
    with loop.at_work():
        await opened.start()
        await opened.refresh_hot_cache()  # as every start does beside its work, which would be measured with it
    gc.freeze()  # as the service does once it is there
    storage = StandingStill(opened, loop)
    begins, ends = (opens + timedelta(minutes=(window.ends - window.begins) * share) for share in _OUTAGE)
    trunk = Trunk(config.check_ins, down=(begins, ends))
    city, desk = furnish(config, clock, storage, due, Fates(seed, config.check_ins.ring_seconds), trunk, window)
    began, began_processor = time.perf_counter(), time.process_time()
    planned = await plan_day(desk, DAY)
    planning_seconds = time.perf_counter() - began
    running = [asyncio.create_task(job) for job in (*jobs(desk, city, visits), _red_keys(city, seed))]
    while loop.seconds < _ENDS_AFTER_SECONDS:
        await asyncio.sleep(_LOOK_EVERY_SECONDS)
        if not await storage.look_up("open", _unsettled, within_seconds=60):
            break
    real_seconds, simulated_seconds = time.perf_counter() - began, loop.seconds
    processor_seconds = time.process_time() - began_processor
    for task in running:
        task.cancel()
    await asyncio.gather(*running, return_exceptions=True)
    await city.end()
    await desk.background.finish(1.0)
    with loop.at_work():
        await opened.stop()
    digest, states, settled, emergencies = _judge(config)
    return Day(
        due=planned,
        settled=settled,
        states=states,
        digest=digest,
        calls=city.rung,
        repeated=city.repeated,
        outside=city.outside,
        reserve_touched=trunk.reserve_touched,
        most_channels=dict(trunk.most),
        emergencies=emergencies,
        simulated_seconds=simulated_seconds,
        real_seconds=real_seconds,
        planning_seconds=planning_seconds,
        processor_seconds=processor_seconds,
        transactions=storage.transactions + storage.look_ups,
        memory_mib=resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
    )


class DayVoice:
    """Every sentence is there already."""

    async def sheet(self, text: str) -> tuple[str, ...]:
        return ("said",)

    async def sentence(self, prompt: str, words: Mapping[str, str], *, slow: bool = False) -> tuple[str, ...]:
        return ("said",)

    def in_dialect(self, prompts: tuple[str, ...], dialect: str) -> tuple[str, ...]:
        return prompts


def furnish(
    config: Config, clock: DayClock, storage: Storage, due: list[Due], fates: Fates, trunk: Trunk, window: Span
) -> tuple[City, Desk]:
    """A desk whose telephones are the city's."""
    hours = config.check_ins.hours()
    elders = {one.number: one.elder for one in due}
    city = City(trunk, fates, elders, lambda at: hours.next_moment(window, DAY, at) == at)
    desk = Desk(
        config=config,
        clock=clock,
        storage=storage,
        telephony=city,
        voice=DayVoice(),
        live=MemoryLive(),
        meters=FakeMeters(),
        background=Background(),
    )
    city.belongs_to(desk, stories(desk))
    return city, desk


def jobs(desk: Desk, city: City, visits: VisitPace) -> Iterator[Coroutine[Any, Any, None]]:
    """What the house's clock does, and the people who knock on doors."""
    yield _every(RUNGS_EVERY_SECONDS, DueRungs(desk).tick)
    yield _every(WRAP_UPS_EVERY_SECONDS, partial(_wrap_up, desk))
    yield _every(desk.config.check_ins.look_every_seconds, DueCheckIns(desk).tick)
    yield _every(visits.every_seconds, partial(_visit, desk, city, visits))


def _unsettled(work: UnitOfWork) -> int:
    return work.check_ins.how_many_open(DAY)


async def _every(seconds: float, job: Callable[[], Awaitable[None]]) -> None:
    """As the house's clock: what fails is done again at its next time."""
    while True:
        with suppress(StorageAway, NotWhileStorageAway):
            await job()
        await asyncio.sleep(seconds)


async def _wrap_up(desk: Desk) -> None:
    await end_wrap_ups(desk)
    await offer_waiting(desk)


async def _red_keys(city: City, seed: int) -> None:
    """Pressed on pagers that nobody knows: none of today's elders is drawn away by them."""
    for number in range(int(_ENDS_AFTER_SECONDS / _RED_KEY_EVERY_SECONDS)):
        await asyncio.sleep(_RED_KEY_EVERY_SECONDS)
        city.starts(city.presses_red(f"{1700000000 + number}.{seed}", f"unknown{number}"))


async def _visit(desk: Desk, city: City, pace: VisitPace) -> None:
    """Community workers knock on the doors whose time has come, and say what they found."""
    visits = await desk.storage.look_up("visits", lambda work: work.visits.open(_VISITS_AT_MOST), within_seconds=60)
    now = desk.clock.now()
    for visit in visits:
        chance = city.fates.chance(f"visit {visit.elder}")
        if now - visit.opened_at >= timedelta(minutes=chance.uniform(*pace.takes_minutes)):
            found = chance.choices(list(Found), weights=(70, 20, 5, 3, 2))[0]
            await desk.storage.transact("visit", partial(_closed, visit, found, now), urgent=False)


def _closed(visit: VisitTask, found: Found, now: datetime, work: UnitOfWork) -> None:
    if not visit.accepted_by:
        accept_visit(work, visit.id, by="社区", now=now)
    arrived_at_visit(work, visit.id, now)
    close_visit(work, visit.id, found, by="社区", note="", now=now)


def _judge(config: Config) -> tuple[str, dict[str, int], int, int]:
    """From the tables alone: digest, final states, how many settled, how many emergencies."""
    statement = (
        sa.select(elders.c.name, check_ins)
        .join(elders, elders.c.id == check_ins.c.elder)
        .where(check_ins.c.day == DAY)
        .order_by(elders.c.name)
    )
    engine = open_engine(config, patient=True)
    digest, states, settled = hashlib.sha256(), Counter[str](), 0
    with engine.connect() as connection:
        for row in connection.execute(statement).mappings():
            told = (row["name"], row["state"], row["outcome"], row["tries"], row["trunk_failures"], row["settled_by"])
            digest.update(repr((*told, str(row["first_at"]), str(row["settled_at"]))).encode())
            states[f"{row['outcome'] or '-'} by {row['settled_by'] or row['state']}"] += 1
            settled += row["state"] == "settled"
        emergencies = connection.execute(sa.text("SELECT count(*) FROM emergencies")).scalar_one()
    engine.dispose()
    return digest.hexdigest()[:16], dict(states.most_common()), settled, emergencies
