"""Which agents ring for whom. Pure. Standard library only."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime

from callcenter.domain.people import Agent, Presence

_LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)


def best_first(agents: Iterable[Agent], needs: frozenset[str]) -> list[Agent]:
    """Free agents, those with most of the needed skills first, then the longest idle.

    A missing skill never excludes an agent: somebody who answers beats somebody who is perfect.
    """
    return sorted(
        (agent for agent in agents if agent.presence is Presence.FREE),
        key=lambda agent: (-len(needs & agent.skills), agent.idle_since or _LONG_AGO, agent.extension),
    )


def everyone(agents: Iterable[Agent], *, louder: bool) -> list[Agent]:
    """All agents whose phones may ring now: free and in wrap-up; from the second round on also those on a break."""
    may_ring = {Presence.FREE, Presence.WRAP_UP} | ({Presence.BREAK} if louder else set())
    return sorted((agent for agent in agents if agent.presence in may_ring), key=lambda agent: agent.extension)


def logged_in(agents: Iterable[Agent]) -> list[Agent]:
    """Everyone who is not offline."""
    return [agent for agent in agents if agent.presence is not Presence.OFFLINE]
