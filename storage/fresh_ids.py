"""Ids for what a transaction adds: the same ones however often its work runs.

A commit may land late, when the journal has taken the same work already. Only because both carry the same ids does the
replay see that it is one thing and not two.
"""

from __future__ import annotations

from collections.abc import Callable
from threading import Lock
from uuid import UUID


class FreshIds:
    """Made once per `transact`; each run of the work takes them from the start."""

    def __init__(self, make: Callable[[], UUID]) -> None:
        self._make = make
        self._made: list[UUID] = []
        self._lock = Lock()  # a transaction given up may still run while the journal's runs

    def from_start(self) -> Callable[[], UUID]:
        """For one run: its n-th call gives the n-th id."""
        taken = 0

        def take() -> UUID:
            nonlocal taken
            with self._lock:
                if taken == len(self._made):
                    self._made.append(self._make())
            taken += 1
            return self._made[taken - 1]

        return take
