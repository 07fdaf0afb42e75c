"""Several emergencies from one place at nearly the same time: a fire, a power cut, gas. Pure. Standard library only."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from callcenter.domain.people import Household


@dataclass(frozen=True, kw_only=True)
class Calls:
    """An emergency, by when and where it began."""

    emergency: UUID
    at: datetime
    home: Household


@dataclass(frozen=True, kw_only=True)
class CommonCause:
    """They probably have one cause. Each stays an emergency of its own."""

    place: str  #: the estate; and the building, if it is the same for all
    emergencies: tuple[UUID, ...]  #: in the order in which they began


def common_causes(calls: Iterable[Calls], *, at_least: int, within_seconds: float) -> list[CommonCause]:
    """Those of one estate, or of one building outside any, of which so many began within so many seconds.

    More of the same place join while each begins so that `at_least` of them in a row fit into the time.
    """
    by_place: defaultdict[tuple[str, str, str], list[Calls]] = defaultdict(list)
    for call in calls:
        home = call.home
        if home.estate or home.building:
            by_place[home.district, home.street, home.estate or home.building].append(call)
    found = []
    for here in by_place.values():
        here.sort(key=lambda call: (call.at, call.emergency))
        found += [_cause(run) for run in _runs(here, at_least, timedelta(seconds=within_seconds))]
    return found


def _runs(here: list[Calls], at_least: int, within: timedelta) -> list[list[Calls]]:
    """Windows of `at_least` neighbours that fit into the time; those that overlap are one run."""
    runs: list[list[Calls]] = []
    end = -1  # index behind the last run
    for first in range(len(here) - at_least + 1):
        last = first + at_least
        if here[last - 1].at - here[first].at > within:
            continue
        if first < end:
            runs[-1] += here[end:last]
        else:
            runs.append(here[first:last])
        end = last
    return runs


def _cause(run: list[Calls]) -> CommonCause:
    buildings = {call.home.building for call in run}
    building = buildings.pop() if len(buildings) == 1 else ""
    return CommonCause(
        place=run[0].home.estate + building,
        emergencies=tuple(call.emergency for call in run),
    )
