"""升级方案 as supervisors change it: each change is a version, and the latest holds. Standard library only."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final
from uuid import UUID

from callcenter.domain.ladder import Ladder, Rung, RungKind

RUNGS_AT_MOST: Final = 8
WAIT_SECONDS: Final = (5.0, 600.0)  #: least and most of a rung
AGENTS_AT_MOST: Final = 50
SERVICE: Final = "service"  #: the ladder of callers who want no help at once


class LadderFault(StrEnum):
    """Why a ladder cannot be like this."""

    RUNGS = "rungs"  #: none, or too many
    WAIT = "wait"  #: a time that is none, too short or too long
    AGENTS = "agents"  #: how many ring at once
    NO_AGENTS = "no_agents"  #: nobody at our desks would ring in a second round
    SERVICE_GOES_TO_120 = "service_goes_to_120"  #: a wish for a meal must not end at 120 or wake the family


@dataclass(frozen=True, kw_only=True)
class LadderVersion:
    """One change. It is never changed itself."""

    id: UUID
    at: datetime
    by: str  #: the console's user
    why: str
    name: str
    rungs: tuple[Rung, ...]  #: empty: as the configuration has it

    @property
    def ladder(self) -> Ladder | None:
        """None: the configuration's."""
        return Ladder(name=self.name, rungs=self.rungs) if self.rungs else None


def faults_of(name: str, rungs: Sequence[Rung]) -> list[LadderFault]:
    """All that is wrong, each once; nothing if this ladder may climb for an elder."""
    return list(dict.fromkeys(_faults(name, rungs)))


def _faults(name: str, rungs: Sequence[Rung]) -> Iterator[LadderFault]:
    least, most = WAIT_SECONDS
    if not 1 <= len(rungs) <= RUNGS_AT_MOST:
        yield LadderFault.RUNGS
    for rung in rungs:
        if not least <= rung.wait_seconds <= most:
            yield LadderFault.WAIT
        if not 1 <= rung.agents <= AGENTS_AT_MOST:
            yield LadderFault.AGENTS
    kinds = {rung.kind for rung in rungs}
    if RungKind.ALL_AGENTS not in kinds:
        yield LadderFault.NO_AGENTS
    if name == SERVICE and kinds & {RungKind.CONTACTS, RungKind.DISPATCH}:
        yield LadderFault.SERVICE_GOES_TO_120
