"""A whole shift of desks at once: what the service and the door need for them, and how late the slowest one is.

    python -m bench.desks [--quick] [--json]

Two hundred agents are signed in, each with the link of a desk's page through the door, as a browser has it, without the
browser. Twenty times a second one of them says that she is free, or on a break. A desk is as late as the time from that
message to the one in which it reads of it; the way through the database is part of it.
"""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from statistics import quantiles
from typing import Any, Final

import aiohttp

from bench.command import run
from bench.ring_latency import BenchHouse
from callcenter.app.ask_service import ask_service
from tests.acceptance.browser import Door
from tests.unit.browser import PASSWORD, password_hash

DESKS: Final = 200
EVENTS_A_SECOND: Final = 20
BEHIND_MS: Final = 500.0
_TICK: Final = os.sysconf("SC_CLK_TCK")
_SETTLES_SECONDS: Final = 3.0
_READ_WITHIN_SECONDS: Final = 10.0


@dataclass(frozen=True, kw_only=True)
class Row:
    """How late, in milliseconds, over all desks and events; processors and memory of the two processes."""

    desks: int
    events: int
    p50_ms: float
    p99_ms: float
    latest_ms: float
    service_cpu_percent: float  #: of one processor
    service_mib: float
    door_cpu_percent: float
    door_mib: float


def main(quick: bool) -> list[Row]:
    """About a minute and a half, or one."""
    folder = Path(tempfile.mkdtemp(prefix="bk-"))  # short: the control socket's path has 107 characters at most
    try:
        return [asyncio.run(_measure(folder, seconds=10 if quick else 40))]
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def complaints(rows: list[Row]) -> list[str]:
    """The limit that is not kept."""
    return [
        f"{row.desks} desks: the latest is {row.latest_ms:.0f} ms behind, at most {BEHIND_MS:.0f}"
        for row in rows
        if row.latest_ms > BEHIND_MS
    ]


async def _measure(folder: Path, *, seconds: int) -> Row:
    house = BenchHouse(folder, DESKS)
    door = Door(house)
    try:
        await house.start()
        await house.serve()
        await door.open()
        assert house.service is not None and door.process is not None
        async with _desks(house) as desks:
            await asyncio.sleep(_SETTLES_SECONDS)
            spent = [_Spent(house.service.pid), _Spent(door.process.pid)]
            said = await _say(desks, seconds * EVENTS_A_SECOND)
            used = [one.percent() for one in spent]
            late = [(desk.read_at[key] - at) * 1000 for key, at in said.items() for desk in desks]
            cuts = quantiles(late, n=100, method="inclusive")
            return Row(
                desks=len(desks), events=len(said), p50_ms=cuts[49], p99_ms=cuts[98], latest_ms=max(late),
                service_cpu_percent=used[0], service_mib=spent[0].mib(),
                door_cpu_percent=used[1], door_mib=spent[1].mib(),
            )  # fmt: skip
    finally:
        await door.kill()
        await house.quit()
        await house.asterisk.stop()


@dataclass
class _Desk:
    """One link, and when it read of what."""

    extension: str
    link: aiohttp.ClientWebSocketResponse
    read_at: dict[tuple[str, str, int], float] = field(default_factory=dict)
    _turns: dict[str, tuple[str, int]] = field(default_factory=dict)
    number: int = 0

    async def read(self) -> None:
        """Until the link ends. The n-th time that an agent is told as free, or on a break, is its n-th event."""
        async for message in self.link:
            if message.type is not aiohttp.WSMsgType.TEXT:
                continue
            now = time.perf_counter()
            for agent in json.loads(message.data).get("agents", ()):
                before, turn = self._turns.get(agent["extension"], ("", 0))
                if agent["presence"] != before:
                    turn += 1
                    self._turns[agent["extension"]] = (agent["presence"], turn)
                    self.read_at[agent["extension"], agent["presence"], turn] = now

    def turn_of(self, extension: str) -> int:
        return self._turns.get(extension, ("", 0))[1]

    async def beat(self) -> None:
        while True:
            await asyncio.sleep(2.0)
            await self.link.send_str('{"kind": "beat"}')

    async def say(self, presence: str) -> None:
        self.number += 1
        wish = "online" if presence == "free" else presence
        words = {"kind": "command", "number": self.number, "do": "presence", "presence": wish}
        await self.link.send_str(json.dumps(words))


@asynccontextmanager
async def _desks(house: BenchHouse) -> AsyncIterator[list[_Desk]]:
    """All of them signed in, each listening and beating."""
    console = house.config.console
    origin = f"http://{console.host}:{console.port}"
    async with AsyncExitStack() as stack:
        desks: list[_Desk] = []
        for number in range(house.size):
            extension = f"a{number:02d}"
            await ask_service(
                house.config, verb="add_user", name=extension, shown=extension, role="agent",
                password_hash=password_hash(), extension=extension,
            )  # fmt: skip
            jar = aiohttp.CookieJar(unsafe=True)
            client = await stack.enter_async_context(aiohttp.ClientSession(cookie_jar=jar))
            form = {"name": extension, "password": PASSWORD}
            async with client.post(f"{origin}/login", data=form, headers={"Origin": origin}) as answer:
                answer.raise_for_status()
            link = await stack.enter_async_context(client.ws_connect(f"{origin}/desk/live", origin=origin))
            desks.append(_Desk(extension, link))
        tasks: list[asyncio.Task[Any]] = [
            asyncio.ensure_future(work) for desk in desks for work in (desk.read(), desk.beat())
        ]
        try:
            yield desks
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.wait(tasks)


async def _say(desks: list[_Desk], events: int) -> dict[tuple[str, str, int], float]:
    """When each was said; returns once every desk has read of every one. Raises `TimeoutError`."""
    said: dict[tuple[str, str, int], float] = {}
    presence = dict.fromkeys((desk.extension for desk in desks), "break")
    turns = {desk.extension: desks[0].turn_of(desk.extension) for desk in desks}
    began = time.perf_counter()
    for event in range(events):
        await asyncio.sleep(max(0.0, began + event / EVENTS_A_SECOND - time.perf_counter()))
        desk = desks[event % len(desks)]
        presence[desk.extension] = "free" if presence[desk.extension] == "break" else "break"
        turns[desk.extension] += 1
        said[desk.extension, presence[desk.extension], turns[desk.extension]] = time.perf_counter()
        await desk.say(presence[desk.extension])
    async with asyncio.timeout(_READ_WITHIN_SECONDS):
        while not all(said.keys() <= desk.read_at.keys() for desk in desks):
            await asyncio.sleep(0.05)
    return said


class _Spent:
    """Of a process, since now."""

    def __init__(self, pid: int) -> None:
        self._pid = pid
        self._began, self._ticks = time.perf_counter(), self._used()

    def percent(self) -> float:
        """Of one processor."""
        return (self._used() - self._ticks) / _TICK / (time.perf_counter() - self._began) * 100

    def mib(self) -> float:
        """Resident now."""
        pages = int(Path(f"/proc/{self._pid}/statm").read_text().split()[1])
        return pages * os.sysconf("SC_PAGE_SIZE") / 2**20

    def _used(self) -> int:
        fields = Path(f"/proc/{self._pid}/stat").read_text().rpartition(")")[2].split()
        return int(fields[11]) + int(fields[12])


def table(rows: list[Row]) -> str:
    lines = [f"{'desks':>6}{'events':>8}{'p50 ms':>8}{'p99 ms':>8}{'latest ms':>11}{'service CPU %':>15}{'MiB':>6}"]
    lines[0] += f"{'door CPU %':>12}{'MiB':>6}"
    lines += [
        f"{row.desks:>6}{row.events:>8}{row.p50_ms:>8.0f}{row.p99_ms:>8.0f}{row.latest_ms:>11.0f}"
        f"{row.service_cpu_percent:>15.0f}{row.service_mib:>6.0f}{row.door_cpu_percent:>12.0f}{row.door_mib:>6.0f}"
        for row in rows
    ]
    return "\n".join(lines)


if __name__ == "__main__":
    run(__doc__, main, table, complaints)
