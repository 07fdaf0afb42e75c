"""接听率: how soon somebody had each emergency. The clock begins with the first ring at our side. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from callcenter.domain.calls import Key


@dataclass(frozen=True, kw_only=True)
class Press:
    """An emergency as far as its answer is concerned."""

    key: Key
    opened_at: datetime  #: the first ring at our side
    first_claimed_at: datetime | None  #: when a human had it for the first time

    @property
    def waited_seconds(self) -> float | None:
        """None while nobody has had it."""
        return (self.first_claimed_at - self.opened_at).total_seconds() if self.first_claimed_at else None


@dataclass(frozen=True, kw_only=True)
class Target:
    """So many of a hundred are to be answered within so many seconds."""

    within_seconds: float
    percent: float


@dataclass(frozen=True, kw_only=True)
class Answered:
    """How a target was met."""

    target: Target
    in_time: int
    judged: int

    @property
    def percent(self) -> float | None:
        """None if there was nothing to judge: no data is not 0."""
        return 100 * self.in_time / self.judged if self.judged else None

    @property
    def met(self) -> bool | None:
        return None if self.percent is None else self.percent >= self.target.percent


def answered(presses: Iterable[Press], target: Target, now: datetime) -> Answered:
    """Judged is what was answered, or waits for longer than the target; what may still be in time is not judged."""
    in_time = judged = 0
    for press in presses:
        waited = press.waited_seconds
        in_time += waited is not None and waited <= target.within_seconds
        judged += waited is not None or (now - press.opened_at).total_seconds() > target.within_seconds
    return Answered(target=target, in_time=in_time, judged=judged)
