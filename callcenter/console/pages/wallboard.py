"""大屏: what waits and for how long, who is there, how soon calls are answered. No name, no address, no illness."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from aiohttp import web

from callcenter.config.figures import Figures
from callcenter.console.house import Visit
from callcenter.domain.answering import Answered, Press, answered
from callcenter.domain.calls import Key
from callcenter.domain.emergencies import Attended, Emergency, Open, Waiting
from callcenter.domain.health import Health, HealthPart
from callcenter.domain.people import Agent, Presence
from callcenter.domain.shifts import RosterNow
from callcenter.ports.storage import UnitOfWork
from callcenter.services.roster import read_roster

_DAY: Final = timedelta(hours=24)


@dataclass(frozen=True, kw_only=True)
class _Now:
    opened: list[Open]
    agents: list[Agent]
    day: list[Press] | None  #: of the last 24 hours; None while the database is away
    roster: RosterNow
    visits_overdue: int


@dataclass(frozen=True, kw_only=True)
class AgeClass:
    """Open emergencies of an age; `below_seconds` is None for the oldest."""

    from_seconds: float
    below_seconds: float | None
    count: int


async def wallboard(visit: Visit) -> web.StreamResponse:
    every = visit.house.desk.config.figures.refresh_seconds
    return visit.page("wallboard.html", every_ms=round(every * 1000), **await _figures(visit))


async def figures(visit: Visit) -> web.StreamResponse:
    """The same without the page around it, asked for again and again."""
    return visit.page("wallboard_figures.html", **await _figures(visit))


async def _figures(visit: Visit) -> dict[str, Any]:
    desk, section = visit.house.desk, visit.house.desk.config.figures
    now = desk.clock.now()

    def read(work: UnitOfWork) -> _Now:
        return _Now(
            opened=work.emergencies.all_open(desk.config.node.name),
            agents=work.agents.all(),
            day=None if work.journalled else work.figures.presses(now - _DAY),
            roster=read_roster(work, now, desk.config.supervision),
            visits_overdue=0 if work.journalled else work.check_in_figures.visits_overdue(now),
        )

    there = await visit.read("wallboard", read)
    waiting = [each for each in there.opened if isinstance(each, Waiting)]
    said = visit.house.health()
    return {
        "now": now,
        "waiting": waiting,
        "waiting_red": sum(each.key is Key.RED for each in waiting),
        "attended": [each for each in there.opened if isinstance(each, Attended)],
        "longest_seconds": int(max((_age(each, now) for each in waiting), default=0)),
        "late_seconds": section.hotline_target.within_seconds,
        "louder": any(each.position.round > 1 for each in waiting),
        "ages": age_classes(there.opened, section.age_limits_seconds, now),
        "agents": {presence: sum(agent.presence is presence for agent in there.agents) for presence in Presence},
        "agents_there": sum(agent.presence is not Presence.OFFLINE for agent in there.agents),
        "agents_all": len(there.agents),
        "last_day": there.day,
        "targets": _targets(there.day, section, now),
        "health": {part: said.get(part, Health.NO_DATA) for part in HealthPart},
        "visits_overdue": there.visits_overdue,
        "storage_away": desk.storage.away,
        "roster": there.roster,
    }


def age_classes(opened: Iterable[Emergency], limits: Sequence[float], now: datetime) -> list[AgeClass]:
    """How many are open for how long, the youngest class first."""
    ages = [_age(each, now) for each in opened]
    bounds = [0.0, *limits]
    return [
        AgeClass(
            from_seconds=start,
            below_seconds=end,
            count=sum(start <= max(age, 0.0) and (end is None or age < end) for age in ages),
        )
        for start, end in zip(bounds, [*limits, None], strict=True)
    ]


def _targets(day: list[Press] | None, section: Figures, now: datetime) -> list[tuple[Key | None, Answered]]:
    """Those of the red key, then the hotline's, which is of all keys (None)."""
    presses = day or []
    red = [press for press in presses if press.key is Key.RED]
    found: list[tuple[Key | None, Answered]] = [
        (Key.RED, answered(red, target.target(), now)) for target in section.red_key_targets
    ]
    return [*found, (None, answered(presses, section.hotline_target.target(), now))]


def _age(emergency: Emergency, now: datetime) -> float:
    return (now - emergency.opened_at).total_seconds()
