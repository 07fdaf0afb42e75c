"""What was tried and what was lost, row by row: printed at the end, and kept when the run was a long one."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

RESULTS = Path(__file__).parents[2] / "docs" / "results"
_TITLES = ("fault", "stage", "tried", "lost", "worst gap s")


@dataclass
class Row:
    fault: str
    stage: str
    tried: int = 0
    worst_gap: float | None = None
    why: list[str] = field(default_factory=list)  #: one entry for each that was lost

    @property
    def lost(self) -> int:
        return len(self.why)

    def gap(self, seconds: float) -> None:
        """The longest time one elder was without care in one try."""
        self.worst_gap = max(self.worst_gap or 0.0, seconds)

    @contextmanager
    def attempt(self, count: int = 1) -> Iterator[None]:
        """One try, or so many elders at once. Whatever it raises is a loss; `check` raises it in the end."""
        self.tried += count
        try:
            yield
        except (AssertionError, TimeoutError) as error:
            self.why.append(f"try {self.tried}: {str(error) or type(error).__name__}")

    def check(self) -> None:
        check(self)


def check(*rows: Row) -> None:
    """Raises everything that was lost, with the reasons."""
    lost = [f"{row.fault}, {row.stage}: lost {row.lost} of {row.tried}: {why}" for row in rows for why in row.why]
    assert not lost, "\n".join(lost)


class Table:
    def __init__(self) -> None:
        self.rows: list[Row] = []

    def row(self, fault: str, stage: str) -> Row:
        row = Row(fault, stage)
        self.rows.append(row)
        return row

    def lines(self) -> list[str]:
        """As Markdown, which is also readable on a terminal."""
        cells = [_TITLES, *(_cells(row) for row in self.rows)]
        widths = [max(len(line[column]) for line in cells) for column in range(len(_TITLES))]
        ruled = [cells[0], tuple("-" * width for width in widths), *cells[1:]]
        return [
            f"| {' | '.join(cell.ljust(width) for cell, width in zip(line, widths, strict=True))} |" for line in ruled
        ]

    def keep(self, command: str) -> Path:
        """Writes the result of a long run."""
        RESULTS.mkdir(parents=True, exist_ok=True)
        path = RESULTS / f"{date.today().isoformat()}-faults.md"
        memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
        lost = sum(row.lost for row in self.rows)
        text = [
            "# Every plug pulled",
            "",
            f"Date: {date.today().isoformat()}. Machine: {os.cpu_count()} cores, {memory:.0f} GiB.",
            f"Command: `{command}`.",
            "",
            f"Tried {sum(row.tried for row in self.rows)}, lost {lost}. The gap is the longest time that an elder's own"
            " phone had neither a ringing tone, nor a sentence, nor a human; music does not count. Where she herself"
            " hung up, or Asterisk was killed, it is the time until she was rung back.",
            "",
            *self.lines(),
            "",
        ]
        path.write_text("\n".join(text), encoding="utf-8")
        return path


def _cells(row: Row) -> tuple[str, ...]:
    gap = "" if row.worst_gap is None else f"{row.worst_gap:.1f}"
    return (row.fault, row.stage, str(row.tried), str(row.lost), gap)
