"""What all desks see: open emergencies, who has them, who is there. Read once for everybody, and told in changes.

News say that something changed; the board reads what. It reads every `desk.refresh_seconds` as well, since a phone that
stops ringing is no news, and only while somebody looks.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Final
from uuid import UUID

import structlog

from callcenter.console.live.standing import ON_HOLD, company, holding, on_hold_facts, transfer_target
from callcenter.domain.calls import LegOutcome, Offer, Role
from callcenter.domain.common_cause import Calls, common_causes
from callcenter.domain.emergencies import Attended, Emergency, Open, state_of
from callcenter.domain.people import Agent, Presence, Profile
from callcenter.errors import StorageAway
from callcenter.ports.news import News, NewsKind
from callcenter.ports.storage import UnitOfWork
from callcenter.services.desk import Desk

log = structlog.get_logger()

_READ_WITHIN_SECONDS: Final = 1.0

Facts = dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class Seen:
    """The whole, as it was read last. `version` grows with every change."""

    version: int = 0
    emergencies: Mapping[str, Facts] = field(default_factory=dict)  #: by id, most urgent first
    agents: Mapping[str, Facts] = field(default_factory=dict)  #: by extension
    away: bool = False  #: the journal stands in for the database
    ringing_at: Mapping[str, frozenset[UUID]] = field(default_factory=dict)  #: emergencies, by the agent's extension

    @cached_property
    def facts(self) -> str:
        """All of it as the inside of a JSON object: written once, however many desks there are."""
        return _inside(
            {
                "emergencies": list(self.emergencies.values()),
                "agents": list(self.agents.values()),
                "away": self.away,
            }
        )


@dataclass(frozen=True, kw_only=True)
class Change:
    """From the version before to `seen`."""

    seen: Seen
    different: Facts  #: emergencies and agents whole, `gone` by id

    @cached_property
    def facts(self) -> str:
        """The inside of a JSON object, written once."""
        return _inside(self.different)


class Board:
    """Runs while it is entered. `changed` tells each listener in turn; none of them may wait."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._listeners: set[Callable[[Change | News], None]] = set()
        self._ask = asyncio.Event()
        self._cards: dict[UUID, Profile | None] = {}  #: of elders with an open emergency
        self._reading = asyncio.Lock()
        self._began = 0.0  #: when the last reading did
        self.seen = Seen()

    def listen(self, listener: Callable[[Change | News], None]) -> Callable[[], None]:
        """From now on; what is returned ends it. Transcripts come as the news they are."""
        self._listeners.add(listener)
        self._ask.set()
        return lambda: self._listeners.discard(listener)

    async def look(self) -> Seen:
        """Reads now: whoever opens a page sees the present, not the last second. Keeps the old if nothing answers."""
        loop = asyncio.get_running_loop()
        asked = loop.time()
        async with self._reading:
            if self._began <= asked:  # else somebody's reading began after this was asked, and will do
                self._began = loop.time()
                with suppress(StorageAway):
                    await self._read()
        return self.seen

    async def run(self) -> None:
        """Until it is cancelled."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._hear_news())
            tasks.create_task(self._keep_reading())

    async def _hear_news(self) -> None:
        async with self._desk.live.subscribe() as news:
            async for item in news:
                if item.kind is NewsKind.TRANSCRIPT:
                    self._tell(item)
                else:
                    self._ask.set()

    async def _keep_reading(self) -> None:
        section = self._desk.config.desk
        while True:
            with suppress(TimeoutError):
                async with asyncio.timeout(section.refresh_seconds):
                    await self._ask.wait()
            self._ask.clear()
            if self._listeners:
                await self.look()
                await asyncio.sleep(section.coalesce_seconds)

    async def _read(self) -> None:
        """One look-up for all desks; tells what differs."""
        desk = self._desk
        opened, offers, guests, agents = await desk.storage.look_up(
            "board", self._read_all, within_seconds=_READ_WITHIN_SECONDS
        )
        by_emergency, guests_of = _by_emergency(offers), _by_emergency(guests)
        names = {agent.extension: agent.name for agent in agents}
        hold = holding(opened)
        together = self._together(opened)
        now = Seen(
            version=self.seen.version + 1,
            emergencies={
                str(each.id): self._emergency(each, by_emergency.get(each.id, []), names)
                | {"together": together.get(each.id)}
                | {"company": company(guests_of.get(each.id, []), by_emergency.get(each.id, []))}
                for each in opened
            },
            agents={agent.extension: _agent(agent, holds=agent.extension in hold) for agent in agents},
            away=desk.storage.away,
            ringing_at=_ringing_at(offers),
        )
        difference = _difference(self.seen, now)
        if difference:
            self.seen = now
            self._tell(Change(seen=now, different=difference))

    def _read_all(self, work: UnitOfWork) -> tuple[list[Open], list[Offer], list[Offer], list[Agent]]:
        opened = work.emergencies.all_open(self._desk.config.node.name)
        elders = {emergency.elder for emergency in opened if emergency.elder is not None}
        # Read once for each emergency: with many open, that is most of what a reading costs.
        self._cards = {elder: self._cards.get(elder) or work.people.profile(elder) for elder in elders}
        return opened, work.offers.all_open(), work.offers.guests(), work.agents.all()

    def _together(self, opened: list[Open]) -> dict[UUID, Facts]:
        """The card in which the queue shows an emergency with others of probably one cause."""
        section = self._desk.config.desk
        homes = {each.id: card.household for each in opened if each.elder and (card := self._cards.get(each.elder))}
        causes = common_causes(
            [Calls(emergency=each.id, at=each.opened_at, home=homes[each.id]) for each in opened if each.id in homes],
            at_least=section.common_cause_emergencies,
            within_seconds=section.common_cause_seconds,
        )
        return {
            emergency: {"card": str(cause.emergencies[0]), "place": cause.place}
            for cause in causes
            for emergency in cause.emergencies
        }

    def _emergency(self, emergency: Open, offers: list[Offer], names: Mapping[str, str]) -> Facts:
        profile = self._cards.get(emergency.elder) if emergency.elder else None
        today = self._desk.clock.now().date()
        owner = emergency.owner if isinstance(emergency, Attended) else ""
        return {
            "id": str(emergency.id),
            "priority": emergency.priority,
            "key": emergency.key.value,
            "state": state_of(emergency).value,
            "name": profile.elder.name if profile else "",
            "age": profile.age(today) if profile else None,
            "place": (profile.household.estate or profile.household.street) if profile else "",
            "candidates": len(emergency.candidates),
            "presses": emergency.presses,
            "opened_ms": _ms(emergency),
            "claimed_ms": int(emergency.claimed_at.timestamp() * 1000) if isinstance(emergency, Attended) else None,
            "owner": owner,
            "owner_name": names.get(owner, ""),
            "owner_role": emergency.owner_role.value if isinstance(emergency, Attended) else "",
            "round": emergency.position.round if not isinstance(emergency, Attended) else 0,
            "connected": emergency.elder_connected,
            "silent": emergency.silent,
            "hold": on_hold_facts(emergency, self._desk.clock.now()),
            "transfer": transfer_target(emergency, offers),
            "legs": sorted(
                [offer.role.value, offer.target if offer.role is Role.AGENT else "", offer.outcome.value]
                for offer in offers
            ),
        }

    def _tell(self, told: Change | News) -> None:
        for listener in list(self._listeners):
            listener(told)


def _inside(facts: Facts) -> str:
    return json.dumps(facts, ensure_ascii=False)[1:-1]


def _ms(emergency: Emergency) -> int:
    return int(emergency.opened_at.timestamp() * 1000)


def _agent(agent: Agent, *, holds: bool) -> Facts:
    since = agent.presence_since
    return {
        "extension": agent.extension,
        "name": agent.name,
        "presence": ON_HOLD if holds and agent.presence is Presence.BREAK else agent.presence.value,
        "since_ms": int(since.timestamp() * 1000) if since and agent.presence not in _FROM_OFFERS else None,
    }


_FROM_OFFERS: Final = (Presence.RINGING, Presence.TALKING)


def _by_emergency(offers: list[Offer]) -> dict[UUID, list[Offer]]:
    found: dict[UUID, list[Offer]] = {}
    for offer in offers:
        found.setdefault(offer.emergency, []).append(offer)
    return found


def _ringing_at(offers: list[Offer]) -> dict[str, frozenset[UUID]]:
    found: dict[str, set[UUID]] = {}
    for offer in offers:
        if offer.role is Role.AGENT and not LegOutcome(offer.outcome).ended:
            found.setdefault(offer.target, set()).add(offer.emergency)
    return {extension: frozenset(those) for extension, those in found.items()}


def _difference(before: Seen, now: Seen) -> Facts:
    """Empty if a desk would see the same."""
    emergencies = [facts for id_, facts in now.emergencies.items() if before.emergencies.get(id_) != facts]
    gone = [id_ for id_ in before.emergencies if id_ not in now.emergencies]
    agents = [facts for extension, facts in now.agents.items() if before.agents.get(extension) != facts]
    facts: Facts = {}
    if emergencies:
        facts["emergencies"] = emergencies
    if gone:
        facts["gone"] = gone
    if agents or before.agents.keys() - now.agents.keys():
        facts["agents"] = agents
    if before.away != now.away:
        facts["away"] = now.away
    return facts
