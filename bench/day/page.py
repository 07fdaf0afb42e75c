"""What a day measured, as a table and a page, and the limits it missed."""

from __future__ import annotations

import os
from datetime import UTC, datetime

from bench.day.day import Day

TIMES_REAL_AT_LEAST = 20.0
MEMORY_MIB_AT_MOST = 500.0
PLANNING_SECONDS_PER_MILLION_AT_MOST = 60.0


def complaints(days: list[Day], bare_seconds: float) -> list[str]:
    """The limits that are not kept."""
    missed = []
    for number, day in enumerate(days, 1):
        per_million = day.planning_seconds / day.due * 1e6
        for broken, words in (
            (day.settled != day.due, f"{day.due - day.settled} elders without a final state"),
            (day.repeated, f"{day.repeated} rung after they had confirmed"),
            (day.outside, f"{day.outside} rung outside their window"),
            (day.reserve_touched, f"{day.reserve_touched} calls begun out of the emergencies' reserve"),
            (day.times_real < TIMES_REAL_AT_LEAST, f"{day.times_real:.1f} × real time, at least {TIMES_REAL_AT_LEAST}"),
            (day.memory_mib > MEMORY_MIB_AT_MOST, f"{day.memory_mib:.0f} MiB, at most {MEMORY_MIB_AT_MOST:.0f}"),
            (
                per_million > PLANNING_SECONDS_PER_MILLION_AT_MOST,
                f"planning takes {per_million:.0f} s for a million, at most {PLANNING_SECONDS_PER_MILLION_AT_MOST:.0f}",
            ),
        ):
            if broken:
                missed.append(f"run {number}: {words}")
    if len({day.digest for day in days}) > 1:
        missed.append("the runs differ: " + ", ".join(day.digest for day in days))
    return missed


def table(days: list[Day]) -> str:
    rows = [
        ("due", [f"{day.due:,}" for day in days]),
        ("with a final state", [f"{day.settled:,}" for day in days]),
        ("digest of all final states", [day.digest for day in days]),
        ("rung after confirming", [str(day.repeated) for day in days]),
        ("rung outside the window", [str(day.outside) for day in days]),
        ("begun out of the reserve", [str(day.reserve_touched) for day in days]),
        ("most channels, check-ins", [str(day.most_channels.get("check_in", 0)) for day in days]),
        ("most channels, emergencies", [str(day.most_channels.get("emergency", 0)) for day in days]),
        ("most channels, in all", [str(day.most_channels.get("in all", 0)) for day in days]),
        ("calls to elders", [f"{day.calls['elders']:,}" for day in days]),
        ("calls to contacts", [f"{day.calls['contacts']:,}" for day in days]),
        ("emergencies", [f"{day.emergencies:,}" for day in days]),
        ("transactions and look-ups", [f"{day.transactions:,}" for day in days]),
        ("simulated hours", [f"{day.simulated_seconds / 3600:.2f}" for day in days]),
        ("real seconds", [f"{day.real_seconds:.0f}" for day in days]),
        ("processor seconds", [f"{day.processor_seconds:.0f}" for day in days]),
        ("times real time", [f"{day.times_real:.1f}" for day in days]),
        ("planning, seconds", [f"{day.planning_seconds:.2f}" for day in days]),
        ("memory, MiB", [f"{day.memory_mib:.0f}" for day in days]),
    ]
    return "\n".join(f"{name:<30}" + "".join(f"{value:>20}" for value in values) for name, values in rows)


def page(days: list[Day], bare_seconds: float, command: str, database: str, elders: int, channels: int) -> str:
    missed = complaints(days, bare_seconds)
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    planning = min(day.planning_seconds for day in days)
    states = "\n".join(f"{count:>8,}  {state}" for state, count in days[0].states.items())
    return "\n".join(
        [
            f"# A day of check-ins, {datetime.now(UTC):%Y-%m-%d}",
            "",
            f"`{command}` on {database}, {os.cpu_count()} cores, {memory:.0f} GiB of memory, other work beside it."
            f" {elders:,} elders with plans, {days[0].due:,} due in two hours and a half over {channels} channels; ten"
            " minutes of a dead trunk, a red key every 45 s. Planner, dialling, stories, ladder and storage are ours;"
            " telephones, trunk and time are made up (`bench/day`).",
            "",
            "\n".join(["Limits missed:", "", *(f"- {miss}" for miss in missed)]) if missed else "All limits kept.",
            "",
            "```",
            f"{'':<30}" + "".join(f"{f'run {number}':>20}" for number in range(1, len(days) + 1)),
            table(days),
            "```",
            "",
            f"Planning {days[0].due:,} rows out of {elders:,} plans takes {planning:.2f} s,"
            f" {planning / days[0].due * 1e6:.0f} s for a million rows; the bare insert of the same rows by the driver"
            f" {bare_seconds:.2f} s: {planning / bare_seconds:.1f} ×.",
            "",
            "How the day ended:",
            "",
            "```",
            states,
            "```",
            "",
        ]
    )
