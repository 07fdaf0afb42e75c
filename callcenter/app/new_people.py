"""Adding an agent, by the running service or by the command line while none runs."""

from __future__ import annotations

from dataclasses import dataclass

from callcenter.domain.people import Agent
from callcenter.errors import AccountTaken
from callcenter.ports import Clock, UnitOfWork


@dataclass(frozen=True, kw_only=True)
class NewAgent:
    name: str
    extension: str
    skills: frozenset[str] = frozenset()
    supervisor: bool = False


def add_agent(work: UnitOfWork, clock: Clock, new: NewAgent) -> Agent:
    """Adds the agent, offline. Raises `AccountTaken` when another phone has this extension as its account."""
    devices = {account for account, _ in work.people.device_accounts(clock.now())}
    if new.extension in devices or work.agents.by_extension(new.extension) is not None:
        raise AccountTaken(new.extension)
    agent = Agent(
        id=clock.new_id(),
        name=new.name,
        extension=new.extension,
        skills=new.skills,
        supervisor=new.supervisor,
    )
    work.agents.add(agent)
    return agent
