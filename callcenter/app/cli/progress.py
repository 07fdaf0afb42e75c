"""How far a download is: a bar on a terminal, a line each tenth in a log."""

from __future__ import annotations

import sys
import time
from types import TracebackType
from typing import Final, Self

_WIDTH: Final = 30
_EVERY_SECONDS: Final = 0.1


class ProgressBar:
    """On standard error. `silent` shows nothing at all."""

    def __init__(self, *, silent: bool = False) -> None:
        self._silent = silent
        self._terminal = sys.stderr.isatty()
        self._begun = time.monotonic()
        self._first: int | None = None
        self._shown_at = 0.0
        self._tenths = -1
        self._drawn = False

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        if self._drawn:
            print(file=sys.stderr)

    def show(self, done: int, total: int | None) -> None:
        """So many bytes of so many; None where nobody knows."""
        if self._first is None:
            self._first = done
        if self._silent:
            return
        now = time.monotonic()
        if self._terminal and (now - self._shown_at >= _EVERY_SECONDS or done == total):
            self._shown_at = now
            print(f"\r{self._line(done, total, now)}\x1b[K", end="", file=sys.stderr, flush=True)
            self._drawn = True
        elif not self._terminal and total and (tenths := done * 10 // total) > self._tenths:
            self._tenths = tenths
            print(self._line(done, total, now), file=sys.stderr, flush=True)

    def _line(self, done: int, total: int | None, now: float) -> str:
        speed = (done - (self._first or 0)) / max(now - self._begun, 0.001)
        mib, per_second = f"{done / 2**20:.1f}", f"{speed / 2**20:.1f} MiB/s"
        if not total:
            return f"{mib} MiB  {per_second}"
        bar = "#" * (done * _WIDTH // total)
        return f"[{bar:<{_WIDTH}}] {done * 100 // total:3}%  {mib} of {total / 2**20:.1f} MiB  {per_second}"
