"""An empty roster is an alarm of its own: nobody at our desks would hear the next red key."""

from __future__ import annotations

import structlog

from callcenter.domain.routing import logged_in
from callcenter.ports.news import News, NewsKind
from callcenter.services.desk import Desk

log = structlog.get_logger()


class RosterWatch:
    """Says once that nobody is logged in, and again only after somebody was."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._empty = False

    async def look(self) -> None:
        agents = await self._desk.storage.transact("roster", lambda work: work.agents.all())
        empty = not logged_in(agents)
        if empty and not self._empty:
            log.warning("roster_empty")
            await self._desk.live.publish(News(kind=NewsKind.ROSTER_EMPTY, subject=self._desk.config.node.name))
        self._empty = empty
