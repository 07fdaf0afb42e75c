"""`python -m bench.fastagi [--quick] [--json]`: exit 1 when our server does not keep its limits."""

from __future__ import annotations

from bench.command import run
from bench.fastagi.measure import Row, complaints, main

_COLUMNS = "{:<16}{:>12}{:>8}{:>10}{:>10}{:>14}{:>14}{:>8}"


def table(rows: list[Row]) -> str:
    head = _COLUMNS.format("", "CPU ms/call", "ratio", "calls/s", "idle MiB", "1000 wait MiB", "burst step s", "failed")
    body = [
        _COLUMNS.format(
            row.peer,
            f"{row.cpu_ms_per_call:.3f}",
            f"{row.cpu_ratio:.2f}",
            f"{row.calls_per_second:.0f}",
            f"{row.idle_mib:.0f}",
            f"+{row.waiting_mib:.1f}",
            f"{row.burst_step_seconds:.3f}",
            row.failed,
        )
        for row in rows
    ]
    return "\n".join([head, *body])


if __name__ == "__main__":
    run(__doc__, main, table, complaints)
