"""Manager events per second: our link beside pyst2 as shipped, pyst2 with a buffered socket, and panoramisk.

    python -m bench.ami_events [--rounds 5] [--json]

One fake manager interface in a process of its own floods each client in turn; every client runs in a fresh process and
the rounds are interleaved, so that a busy machine is busy for all. Medians, and ratios to pyst2 as shipped. Ours does
what it does in production: every event parsed, translated and offered to the services.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import resource
import socket
import statistics
import subprocess
import sys
import threading
import time
import warnings
from collections.abc import Callable
from typing import Any

#: Events in one flood: enough that the slowest takes some seconds and the fastest more than one.
FLOODS = {"pyst2": 3_000, "pyst2-buffered": 20_000, "panoramisk": 60_000, "ours": 100_000}
BASE = "pyst2"
GOAL = 6.0  #: ours against pyst2 as shipped
CLIENT_SECONDS = 120.0


def measure(client: str, port: int) -> dict[str, float]:
    """One flood through one client, in this process."""
    warnings.simplefilter("ignore")
    run: Callable[[int, int], tuple[float, float]] = {
        "ours": lambda port, events: asyncio.run(_ours(port, events)),
        "panoramisk": lambda port, events: asyncio.run(_panoramisk(port, events)),
        "pyst2": _pyst2,
        "pyst2-buffered": _pyst2_buffered,
    }[client]
    events = FLOODS[client]
    seconds, processor_seconds = run(port, events)
    return {"events_per_second": events / seconds, "cpu_us_per_event": processor_seconds / events * 1e6}


class _Watch:
    """Wall clock and processor time since it was made."""

    def __init__(self) -> None:
        self._wall, self._processor = time.perf_counter(), _processor_seconds()

    def read(self) -> tuple[float, float]:
        return time.perf_counter() - self._wall, _processor_seconds() - self._processor


def _processor_seconds() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


async def _ours(port: int, events: int) -> tuple[float, float]:
    from callcenter.asterisk.legs import Legs
    from callcenter.asterisk.link import AmiLink
    from callcenter.asterisk.wire import Message
    from callcenter.config.asterisk import Ami

    done = asyncio.Event()
    seen = 0
    legs = Legs(lambda _: None)

    def hear(message: Message) -> None:
        nonlocal seen
        seen += 1
        legs.heard(message)
        if message["Event"] == "FloodDone":
            done.set()

    async with AmiLink(Ami(port=port), "secret", hear, legs.up, legs.down) as link:
        seen = 0
        watch = _Watch()
        await link.act("Flood", {"Count": str(events)})
        await done.wait()
        took = watch.read()
    assert seen == events + 1, f"{seen} of {events + 1} events"
    return took


async def _panoramisk(port: int, events: int) -> tuple[float, float]:
    from panoramisk import Manager

    done = asyncio.Event()
    seen = 0

    def hear(_: Any, event: Any) -> None:
        nonlocal seen
        seen += 1
        if event.event == "FloodDone":
            done.set()

    loop = asyncio.get_running_loop()
    manager = Manager(host="127.0.0.1", port=port, username="hotline", secret="secret", loop=loop)
    await manager.connect()
    while not manager.authenticated:
        await asyncio.sleep(0.01)
    manager.register_event("*", hear)
    watch = _Watch()
    manager.send_action({"Action": "Flood", "Count": str(events)})
    await done.wait()
    took = watch.read()
    manager.close()
    assert seen >= events, f"{seen} of {events} events"
    return took


def _pyst2_buffered(port: int, events: int) -> tuple[float, float]:
    make_file = socket.socket.makefile
    socket.socket.makefile = lambda sock, mode="r", buffering=None, **more: make_file(sock, mode, **more)  # type: ignore
    return _pyst2(port, events)


def _pyst2(port: int, events: int) -> tuple[float, float]:
    from asterisk.manager import Manager

    done = threading.Event()
    seen = 0

    def hear(event: Any, _: Any) -> None:
        nonlocal seen
        seen += 1
        if event.name == "FloodDone":
            done.set()

    manager = Manager()
    manager.connect("127.0.0.1", port)
    manager.login("hotline", "secret")
    manager.register_event("*", hear)
    watch = _Watch()
    manager.send_action({"Action": "Flood", "Count": str(events)})
    assert done.wait(CLIENT_SECONDS)
    took = watch.read()
    manager.close()
    assert seen >= events, f"{seen} of {events} events"
    return took


def compare(rounds: int) -> dict[str, dict[str, float]]:
    """Medians over so many rounds, and the ratio to pyst2 as shipped."""
    server = subprocess.Popen([sys.executable, "-m", "tests.integration.fake_ami"], stdout=subprocess.PIPE, text=True)
    try:
        assert server.stdout is not None
        port = server.stdout.readline().strip()
        runs: dict[str, list[dict[str, float]]] = {client: [] for client in FLOODS}
        for _ in range(rounds):
            for client, results in runs.items():
                results.append(_in_fresh_process(client, port))
    finally:
        server.terminate()
        server.communicate()
    medians = {
        client: {key: statistics.median(result[key] for result in results) for key in results[0]}
        for client, results in runs.items()
    }
    for figures in medians.values():
        figures["ratio"] = figures["events_per_second"] / medians[BASE]["events_per_second"]
    return medians


def _in_fresh_process(client: str, port: str) -> dict[str, float]:
    command = [sys.executable, "-m", "bench.ami_events", "--client", client, "--port", port]
    ended = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True, timeout=CLIENT_SECONDS)
    figures: dict[str, float] = json.loads(ended.stdout.splitlines()[-1])
    return figures


def complaints(medians: dict[str, dict[str, float]]) -> list[str]:
    """The limit, if it is not kept."""
    ratio = medians["ours"]["ratio"]
    return [f"manager events: {ratio:.1f} × pyst2 as shipped, at least {GOAL:g}"] if ratio < GOAL else []


def table(medians: dict[str, dict[str, float]]) -> str:
    lines = [f"{'client':<16}{'events/s':>12}{'CPU µs/event':>15}{'× pyst2':>10}"]
    for client, figures in medians.items():
        columns = f"{figures['events_per_second']:>12,.0f}{figures['cpu_us_per_event']:>15.1f}"
        lines.append(f"{client:<16}{columns}{figures['ratio']:>10.1f}")
    return "\n".join(lines)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--client", choices=FLOODS, help=argparse.SUPPRESS)
    parser.add_argument("--port", type=int, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.client:
        print(json.dumps(measure(options.client, options.port)))
        return 0
    medians = compare(options.rounds)
    print(json.dumps(medians, indent=2) if options.json else table(medians))
    return 1 if complaints(medians) else 0


if __name__ == "__main__":
    sys.exit(main())
