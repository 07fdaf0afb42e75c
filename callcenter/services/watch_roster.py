"""An empty roster is an alarm of its own: nobody at our desks would hear the next red key."""

from __future__ import annotations

import structlog

from callcenter.domain.shifts import RosterAlarm
from callcenter.ports.news import News, NewsKind
from callcenter.services.desk import Desk
from callcenter.services.roster import read_roster

log = structlog.get_logger()


class RosterWatch:
    """Says once that something is wrong with the roster, and again only after it was right."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._said: frozenset[RosterAlarm] = frozenset()

    async def look(self) -> None:
        desk = self._desk
        now, limits = desk.clock.now(), desk.config.supervision
        roster = await desk.storage.transact("roster", lambda work: read_roster(work, now, limits))
        alarms = frozenset(roster.alarms)
        for alarm in roster.alarms:
            if alarm not in self._said:
                log.warning("roster_alarm", alarm=alarm, rostered=len(roster.rostered), there=roster.there)
        if alarms - self._said:
            words = {"alarms": " ".join(roster.alarms)}
            await desk.live.publish(News(kind=NewsKind.ROSTER_ALARM, subject=desk.config.node.name, words=words))
        self._said = alarms
