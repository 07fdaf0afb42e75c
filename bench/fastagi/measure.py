"""Starts the peers, offers each the same calls in turn, and tells medians and ratios."""

from __future__ import annotations

import asyncio
import os
import resource
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import median

from bench.fastagi import load

BOUND = "bare_twisted"
PEERS = ("raw_asyncio", BOUND, "with_panoramisk", "pyst2_threads", "ours")

CPU_RATIO_AT_MOST = 1.5
WAITING_MIB_AT_MOST = 60.0
BURST_STEP_SECONDS_AT_MOST = 1.0

_ROOT = Path(__file__).resolve().parents[2]
_TICKS_PER_SECOND = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True, kw_only=True)
class Row:
    """One peer's figures."""

    peer: str
    cpu_ms_per_call: float = 0.0  #: median over the rounds, user and system
    cpu_ratio: float = 0.0  #: median of its rounds divided by bare Twisted's CPU in the same round
    calls_per_second: float = 0.0
    idle_mib: float = 0.0  #: resident, before the first call
    waiting_mib: float = 0.0  #: resident with the waiting calls, less idle
    burst_step_seconds: float = 0.0  #: slowest single step while a burst comes in
    failed: int = 0  #: calls, in all tests


@dataclass(frozen=True)
class Peer:
    name: str
    pid: int
    port: int

    @property
    def cpu_seconds(self) -> float:
        """Of all its threads, those that have ended included."""
        fields = Path(f"/proc/{self.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / _TICKS_PER_SECOND

    @property
    def mib(self) -> float:
        pages = int(Path(f"/proc/{self.pid}/statm").read_text().split()[1])
        return pages * os.sysconf("SC_PAGE_SIZE") / 2**20


@contextmanager
def running(name: str) -> Iterator[Peer]:
    """A peer in a process of its own, its log written to nowhere."""
    with (
        open(os.devnull, "w") as log,
        subprocess.Popen(
            [sys.executable, "-m", f"bench.fastagi.peers.{name}"],
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
            cwd=_ROOT,
        ) as process,
    ):
        try:
            assert process.stdout is not None
            yield Peer(name, process.pid, int(process.stdout.readline()))
        finally:
            process.terminate()
            process.wait(5)


def main(quick: bool) -> list[Row]:
    """Measures all peers: about half a minute, or a minute and a half."""
    if quick:
        return measure(rounds=3, calls=1500, at_once=64, waiting=1000, burst=500)
    return measure(rounds=7, calls=3000, at_once=64, waiting=1000, burst=500)


def measure(*, rounds: int, calls: int, at_once: int, waiting: int, burst: int) -> list[Row]:
    """All peers, each round in another order; the first round warms up and is not counted."""
    cpu: dict[str, list[float]] = {name: [] for name in PEERS}
    rate: dict[str, list[float]] = {name: [] for name in PEERS}
    rows: dict[str, Row] = {}
    with ExitStack() as stack:
        _allow_many_sockets()
        peers = [stack.enter_context(running(name)) for name in PEERS]
        for peer in peers:
            rows[peer.name] = asyncio.run(_memory_and_burst(peer, waiting, burst))
        for number in range(rounds + 1):
            shift = number % len(peers)
            for peer in peers[shift:] + peers[:shift]:
                cpu_seconds, wall_seconds, failed = asyncio.run(_one_round(peer, calls, at_once))
                rows[peer.name] = replace(rows[peer.name], failed=rows[peer.name].failed + failed)
                if number:
                    cpu[peer.name].append(cpu_seconds / calls * 1000)
                    rate[peer.name].append(calls / wall_seconds)
    return [
        replace(
            rows[name],
            cpu_ms_per_call=median(cpu[name]),
            cpu_ratio=median(own / bound for own, bound in zip(cpu[name], cpu[BOUND], strict=True)),
            calls_per_second=median(rate[name]),
        )
        for name in PEERS
    ]


def complaints(rows: list[Row]) -> list[str]:
    """What our server promises and does not keep."""
    ours = next(row for row in rows if row.peer == "ours")
    limits = [
        ("CPU per call against bare Twisted", ours.cpu_ratio, CPU_RATIO_AT_MOST),
        ("MiB for the waiting calls", ours.waiting_mib, WAITING_MIB_AT_MOST),
        ("seconds of the slowest step in a burst", ours.burst_step_seconds, BURST_STEP_SECONDS_AT_MOST),
        ("calls that failed", ours.failed, 0),
    ]
    return [f"{what}: {value:.2f}, at most {limit:g}" for what, value, limit in limits if value > limit]


def _allow_many_sockets() -> None:
    """For ourselves and for the peers, which inherit it."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


async def _one_round(peer: Peer, calls: int, at_once: int) -> tuple[float, float, int]:
    clock = asyncio.get_running_loop().time
    cpu, wall = peer.cpu_seconds, clock()
    tally = await load.offer(peer.port, calls=calls, at_once=at_once)
    return peer.cpu_seconds - cpu, clock() - wall, tally.failed


async def _memory_and_burst(peer: Peer, waiting: int, burst: int) -> Row:
    idle = peer.mib
    async with load.Held(peer.port, calls=waiting) as held:
        full = peer.mib
    tally = await load.offer(peer.port, calls=burst, at_once=burst)
    return Row(
        peer=peer.name,
        idle_mib=idle,
        waiting_mib=full - idle,
        burst_step_seconds=tally.slowest_step_seconds,
        failed=held.tally.failed + tally.failed,
    )
