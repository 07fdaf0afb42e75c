"""升级: who is tried next, and after how many seconds. Pure data and one pure function. Standard library only."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

CHECK_IN_LADDER: Final = "check_in"  #: of who is silent in her daily call, or whom nobody reached


class RungKind(StrEnum):
    BEST_AGENTS = "best_agents"  #: 最合适的空闲坐席
    ALL_AGENTS = "all_agents"  #: 全部坐席
    STANDBY = "standby"  #: 班长和备用电话
    CONTACTS = "contacts"  #: 联系人, one by one
    DISPATCH = "dispatch"  #: 120


@dataclass(frozen=True, kw_only=True)
class Rung:
    """One rung. It adds to the earlier ones, it does not cancel them."""

    kind: RungKind
    wait_seconds: float  #: before the next rung is tried; for contacts and 120: for each single one of them
    agents: int = 1  #: how many of the best agents ring at once (best_agents only)


@dataclass(frozen=True, kw_only=True)
class Ladder:
    """升级方案, from `config.yaml`; every elder names one."""

    name: str
    rungs: tuple[Rung, ...]

    def __post_init__(self) -> None:
        if not self.rungs:
            raise ValueError("a ladder needs at least one rung")


@dataclass(frozen=True, kw_only=True)
class Position:
    """Where on its ladder an emergency stands: the next thing to be tried."""

    round: int = 1
    rung: int = 0
    single: int = 0  #: which contact or 120 route, inside a rung that goes one by one

    def next_single(self) -> Position:
        return Position(round=self.round, rung=self.rung, single=self.single + 1)

    def next_rung(self, ladder: Ladder) -> Position:
        """The rung above; after the last one the ladder starts again, from all agents (design rule 6)."""
        if self.rung + 1 < len(ladder.rungs):
            return Position(round=self.round, rung=self.rung + 1)
        return Position(round=self.round + 1, rung=restart_rung(ladder))

    def within(self, ladder: Ladder) -> Position:
        """The same, or the next round's beginning if this ladder has no such rung: ladders change."""
        if self.rung < len(ladder.rungs):
            return self
        return Position(round=self.round + 1, rung=restart_rung(ladder))

    def jump(self, ladder: Ladder, kind: RungKind) -> Position:
        """Ahead to the first rung of this kind in the same round; stays if it is behind or absent."""
        for index, rung in enumerate(ladder.rungs):
            if rung.kind is kind and index > self.rung:
                return Position(round=self.round, rung=index)
        return self


def restart_rung(ladder: Ladder) -> int:
    """Index of the rung a second round begins with: all agents, or the first rung of a ladder without it."""
    for index, rung in enumerate(ladder.rungs):
        if rung.kind is RungKind.ALL_AGENTS:
            return index
    return 0
