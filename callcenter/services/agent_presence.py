"""上线、小休、下线, and the end of wrap-up. Presence is a row; what the desks see of it is only a mirror."""

from __future__ import annotations

from datetime import timedelta

from callcenter.domain.people import Agent, Presence
from callcenter.errors import AgentUnknown
from callcenter.ports.news import News, NewsKind
from callcenter.ports.storage import UnitOfWork
from callcenter.services.desk import Desk
from callcenter.services.offer_waiting import offer_waiting


async def change_presence(desk: Desk, extension: str, presence: Presence) -> Agent:
    """Sets offline, free or break for the agent at this extension. Raises `AgentUnknown`."""

    def work(unit: UnitOfWork) -> Agent:
        agent = unit.agents.by_extension(extension)
        if agent is None:
            raise AgentUnknown(extension)
        unit.agents.set_presence(agent.id, presence, desk.clock.now())
        return agent

    agent = await desk.storage.transact("change presence", work)
    desk.background.start("show presence", _show(desk, agent, presence))
    if presence is Presence.FREE:
        await offer_waiting(desk)
    return agent


async def end_wrap_ups(desk: Desk) -> None:
    """Agents whose wrap-up time is over are free again."""
    over = desk.clock.now() - timedelta(seconds=desk.config.offers.wrap_up_seconds)

    def work(unit: UnitOfWork) -> list[Agent]:
        agents = [
            agent
            for agent in unit.agents.all()
            if agent.presence is Presence.WRAP_UP and agent.presence_since is not None and agent.presence_since <= over
        ]
        for agent in agents:
            unit.agents.set_presence(agent.id, Presence.FREE, desk.clock.now())
        return agents

    freed = await desk.storage.transact("end wrap-ups", work)
    for agent in freed:
        desk.background.start("show presence", _show(desk, agent, Presence.FREE))
    if freed:
        await offer_waiting(desk)


async def _show(desk: Desk, agent: Agent, presence: Presence) -> None:
    await desk.live.show_presence(agent.id, presence)
    news = News(kind=NewsKind.PRESENCE_CHANGED, subject=str(agent.id), words={"presence": presence})
    await desk.live.publish(news)
