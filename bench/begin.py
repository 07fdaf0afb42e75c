"""The beginning of a red key as the story runner does it: identify, commit, tell the channel, answer.

    python -m bench.begin [--quick] [--json]

The real stories on the real FastAGI server and a real SQLite file that is synced at each commit; only the telephones
are missing. Beside it the server's own six commands in the same run (`bench.fastagi`), so that the difference is what
identifying and committing cost. Reported, without a limit.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from statistics import median

from bench.fastagi import load
from bench.fastagi.measure import Peer, running

_AT_ONCE = 10
_SERVER = "ours"
_BEGIN = "red_key_begin"


@dataclass(frozen=True, kw_only=True)
class Row:
    """Medians over the rounds."""

    calls: int  #: of one round
    server_ms: float  #: processor time a call, six commands and nothing else
    begin_ms: float  #: the same for identify, commit and seven: a red key's recording begins, too
    ratio: float
    calls_per_second: float
    failed: int


def main(quick: bool) -> Row:
    """About twenty seconds, or ten."""
    calls, rounds = (300, 3) if quick else (300, 7)
    costs: dict[str, list[float]] = {_SERVER: [], _BEGIN: []}
    rates: list[float] = []
    failed = 0
    with _both() as peers:
        for number in range(rounds + 1):
            for peer in peers:
                cpu, seconds, lost = asyncio.run(_offered(peer, calls, number))
                failed += lost
                if number:  # the first round warms up
                    costs[peer.name].append(cpu / calls * 1000)
                    if peer.name == _BEGIN:
                        rates.append(calls / seconds)
    pairs = zip(costs[_BEGIN], costs[_SERVER], strict=True)
    return Row(
        calls=calls,
        server_ms=median(costs[_SERVER]),
        begin_ms=median(costs[_BEGIN]),
        ratio=median(begin / server for begin, server in pairs),
        calls_per_second=median(rates),
        failed=failed,
    )


@contextmanager
def _both() -> Iterator[tuple[Peer, Peer]]:
    with running(_SERVER) as server, running(_BEGIN) as begin:
        yield server, begin


async def _offered(peer: Peer, calls: int, number: int) -> tuple[float, float, int]:
    clock = asyncio.get_running_loop().time
    cpu, began = peer.cpu_seconds, clock()
    tally = await load.offer(peer.port, calls=calls, at_once=_AT_ONCE, first=number * calls)
    return peer.cpu_seconds - cpu, clock() - began, tally.failed


def table(row: Row) -> str:
    head = f"{'calls':>6}{'server ms/call':>16}{'begin ms/call':>15}{'ratio':>7}{'calls/s':>9}{'failed':>8}"
    body = (
        f"{row.calls:>6}{row.server_ms:>16.3f}{row.begin_ms:>15.3f}{row.ratio:>7.1f}"
        f"{row.calls_per_second:>9.0f}{row.failed:>8}"
    )
    return f"{head}\n{body}"


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    measured = main(options.quick)
    print(json.dumps(asdict(measured), indent=2) if options.json else table(measured))
    sys.exit(1 if measured.failed else 0)
