"""All benches in one run: a table a part, what limit was missed, and a page in docs/results.

    python -m bench.run [--quick] [--json FILE] [--only PART …]

Exit 1 when a limit is missed. The page is written only by a whole run that is not a quick one.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
import traceback
from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import structlog

from bench import ami_events, begin, claim, desk, desks, identify, ring_latency, search
from bench.fastagi import __main__ as fastagi_table
from bench.fastagi import measure as fastagi

_RESULTS = Path(__file__).resolve().parents[1] / "docs" / "results"


@dataclass(frozen=True, kw_only=True)
class Result:
    """What one part found."""

    title: str
    table: str
    figures: Any
    missed: list[str]


@dataclass(frozen=True, kw_only=True)
class Part:
    name: str
    title: str
    run: Callable[[str, bool], Result]


def main(quick: bool, only: list[str]) -> dict[str, Result]:
    """Runs the parts one after the other and shows each as soon as it is there. About twenty-five minutes, or eight."""
    results: dict[str, Result] = {}
    for part in PARTS:
        if only and part.name not in only:
            continue
        try:
            result = part.run(part.title, quick)
        except Exception as error:  # the other parts are worth their time all the same
            traceback.print_exc()
            result = Result(title=part.title, table="", figures=None, missed=[f"{part.name}: not measured ({error!r})"])
        print(f"\n{result.title}\n\n{result.table}", flush=True)
        results[part.name] = result
    return results


def page(results: dict[str, Result], command: str, minutes: float) -> str:
    """What goes into docs/results."""
    missed = [f"- {miss}" for result in results.values() for miss in result.missed]
    sections = [f"## {result.title}\n\n```\n{result.table}\n```" for result in results.values()]
    return "\n\n".join(
        [
            f"# Benches of {datetime.now(UTC):%Y-%m-%d}",
            f"`{command}`, {minutes:.0f} minutes on {_machine()}. Medians; only figures of one run may be compared.",
            "\n".join(["Limits missed:", "", *missed]) if missed else "All limits kept.",
            *sections,
            "",
        ]
    )


def _fastagi(title: str, quick: bool) -> Result:
    rows = fastagi.main(quick)
    return Result(
        title=title,
        table=fastagi_table.table(rows),
        figures=[asdict(row) for row in rows],
        missed=fastagi.complaints(rows),
    )


def _rows(part: Any) -> Callable[[str, bool], Result]:
    """Of a module whose `main` returns rows, which its `table` and `complaints` take."""

    def run(title: str, quick: bool) -> Result:
        rows = part.main(quick)
        return Result(
            title=title, table=part.table(rows), figures=[asdict(row) for row in rows], missed=part.complaints(rows)
        )

    return run


def _begin(title: str, quick: bool) -> Result:
    row = begin.main(quick)
    missed = [f"{row.failed} calls of the red key's beginning failed"] if row.failed else []
    return Result(title=title, table=begin.table(row), figures=asdict(row), missed=missed)


def _events(title: str, quick: bool) -> Result:
    medians = ami_events.compare(3 if quick else 5)
    return Result(title=title, table=ami_events.table(medians), figures=medians, missed=ami_events.complaints(medians))


def _desk(title: str, quick: bool) -> Result:
    rows, flood = desk.main(quick)
    return Result(
        title=title,
        table=desk.table(rows, flood),
        figures={"painted": [asdict(row) for row in rows], "flood": asdict(flood)},
        missed=desk.complaints(flood),
    )


PARTS = (
    Part(name="fastagi", title="FastAGI: six commands a call, beside others", run=_fastagi),
    Part(name="begin", title="The beginning of a red key: identified and committed", run=_begin),
    Part(name="identify", title="Who is calling, beside the bare driver", run=_rows(identify)),
    Part(name="search", title="Looking for an elder, beside the bare indexed statement", run=_rows(search)),
    Part(name="ring", title="Red key to the agent's phone, beside a bare Dial()", run=_rows(ring_latency)),
    Part(name="desk", title="The desk: from the INVITE to the profile painted; keys in a flood of alarms", run=_desk),
    Part(name="desks", title="Two hundred desks, twenty events a second: how late the slowest is", run=_rows(desks)),
    Part(name="claim", title="Check-ins that are due, claimed, beside the bare driver", run=_rows(claim)),
    Part(name="ami", title="Manager events, beside pyst2 as shipped", run=_events),
)


def _machine() -> str:
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return f"{os.cpu_count()} cores, {memory:.0f} GiB of memory"


if __name__ == "__main__":
    parser = argparse.ArgumentParser(
        prog="python -m bench.run", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write all figures here")
    parser.add_argument("--only", nargs="+", choices=[part.name for part in PARTS], default=[])
    options = parser.parse_args()
    structlog.configure(logger_factory=structlog.PrintLoggerFactory(sys.stderr))
    begun = time.monotonic()
    found = main(options.quick, options.only)
    if options.json:
        options.json.write_text(json.dumps({name: asdict(result) for name, result in found.items()}, indent=2))
    if not options.quick and not options.only:
        _RESULTS.mkdir(parents=True, exist_ok=True)
        text = page(found, "make bench", (time.monotonic() - begun) / 60)
        (_RESULTS / f"{datetime.now(UTC):%Y-%m-%d}-bench.md").write_text(text, encoding="utf-8")
    missed = [miss for result in found.values() for miss in result.missed]
    print("\n" + ("\n".join(missed) if missed else "All limits kept."))
    sys.exit(1 if missed else 0)
