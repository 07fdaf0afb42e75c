"""A hotline for the tests of services and stories: real storage, everything beyond it scripted, time that is set."""

from __future__ import annotations

import shutil
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar
from uuid import UUID

from callcenter.app.switchboard import Switchboard
from callcenter.config import Config, check
from callcenter.domain.calls import Call, LegOutcome, Offer, Role
from callcenter.domain.emergencies import Attended, Closed, Emergency, Open, Step, TimelineEntry, Waiting
from callcenter.domain.people import Agent, Presence, Profile
from callcenter.ports.asterisk_events import (
    AsteriskEvent,
    Claimed,
    LegAnswered,
    LegEnded,
    OfferAnswered,
    RoomEntered,
    RoomLeft,
)
from callcenter.ports.storage import UnitOfWork
from callcenter.ports.telephony import LegRequest
from callcenter.services.desk import Desk
from callcenter.services.offers import offer_ended
from callcenter.services.raise_emergency import raise_emergency
from scheduler.due_rungs import DueRungs
from storage.database import SqlStorage, open_storage
from storage.live.memory import MemoryLive
from tests.integration.people_made_up import a_pager, a_profile, add
from tests.unit.fakes import (
    MORNING,
    PROJECT,
    FakeClock,
    FakeMeters,
    FakeTelephony,
    FakeVoice,
    WatchedBackground,
    a_press,
)

T = TypeVar("T")

_ROUTES = [
    {"name": "city", "live": "PJSIP/120@trunk", "simulated": "PJSIP/dispatcher"},
    {"name": "county", "live": "PJSIP/120@other", "simulated": "PJSIP/dispatcher2"},
]
_STANDBY = [{"name": "duty", "destination": "PJSIP/duty"}, {"name": "chief", "destination": "PJSIP/chief"}]


def house_config(folder: Path, **sections: dict[str, Any]) -> Config:
    """Ten seconds a rung, two standby phones, two routes to a simulated 120; `sections` add to that."""
    rungs = [{"kind": kind, "wait_seconds": 10} for kind in ("best_agents", "all_agents", "standby")]
    whole = [*rungs, *({"kind": kind, "wait_seconds": 10} for kind in ("contacts", "dispatch"))]
    data: dict[str, Any] = {
        "database": {
            "url": "sqlite:///callcenter.db",
            "data_key_file": "data-key",
            "retry_every_seconds": 0.05,
            "answer_within_seconds": 5.0,
            "group_commit_ms": 0,
        },
        "journal": {"path": "journal", "hot_cache": "hot_cache.db", "size_mib": 1, "refresh_seconds": 3600},
        "ladders": [{"name": "default", "rungs": whole}, {"name": "service", "rungs": rungs}],
        "offers": {"standby": _STANDBY, "sound_within_seconds": 1.0},
        "dispatch": {"routes": _ROUTES},
        "voice": {"prompts": str(PROJECT / "prompts/prompts.yaml")},
        "access": {"sign_in_within_seconds": 30.0},
    }
    for name, section in sections.items():
        data[name] = {**data.get(name, {}), **section} if isinstance(section, dict) else section
    return check(data, folder)


@dataclass(kw_only=True)
class House:
    """What a test asks, and what it lets happen."""

    desk: Desk
    clock: FakeClock
    storage: SqlStorage
    telephony: FakeTelephony
    voice: FakeVoice
    meters: FakeMeters
    live: MemoryLive
    background: WatchedBackground
    switchboard: Switchboard = field(init=False)
    due: DueRungs = field(init=False)

    def __post_init__(self) -> None:
        self.switchboard = Switchboard(self.desk)
        self.due = DueRungs(self.desk)

    # ---------------------------------------------------------------------------------- given

    async def elder(self, account: str = "pager0001", **words: object) -> Profile:
        """An elder with a pager, a landline and two contacts. Anything of `Elder` may be set."""
        profile = a_profile(self.clock, **words)

        def work(unit: UnitOfWork) -> None:
            add(unit, profile)
            unit.people.add_device(a_pager(self.clock, profile.elder.id, account))

        await self.do(work)
        return profile

    async def agent(self, extension: str = "1001", presence: Presence = Presence.FREE, **more: object) -> Agent:
        """An agent at this phone; by default free since the morning."""
        agent = Agent(id=self.clock.new_id(), name=f"坐席{extension}", extension=extension, **more)  # type: ignore[arg-type]

        def work(unit: UnitOfWork) -> None:
            unit.agents.add(agent)
            unit.agents.set_presence(agent.id, presence, MORNING)

        await self.do(work)
        return agent

    async def pressed(self, uniqueid: str = "1.1", *, alive: bool = True, **entry: Any) -> Open:
        """Somebody calls; what this opens or joins is committed and rings."""
        mark = a_press(uniqueid, **entry)
        raised = await raise_emergency(self.desk, mark, alive=alive)
        await self.background.settle()
        return raised.emergency

    # ----------------------------------------------------------------------------------- when

    async def hears(self, *events: AsteriskEvent) -> None:
        """Asterisk says this, one after the other."""
        for event in events:
            self.switchboard.tell(event)
            await self.background.settle()

    async def answered(self, leg: LegRequest) -> None:
        await self.hears(LegAnswered(uniqueid=str(leg.id), channel=f"PJSIP/{leg.id}"))

    async def ended(self, uniqueid: object, outcome: LegOutcome = LegOutcome.NO_ANSWER, **more: Any) -> None:
        words = {"cause": 19, "answered": False, "role": None, "emergency": None, **more}
        await self.hears(LegEnded(uniqueid=str(uniqueid), channel="", outcome=outcome, **words))

    async def hears_of(self, leg: LegRequest, outcome: LegOutcome) -> None:
        """That this leg never answered, while something else goes on."""
        await offer_ended(
            self.desk,
            LegEnded(
                uniqueid=str(leg.id), channel="", cause=17, outcome=outcome, answered=False, role=None, emergency=None
            ),
        )

    async def decided(self, leg: LegRequest, outcome: LegOutcome) -> None:
        await self.hears(OfferAnswered(uniqueid=str(leg.id), outcome=outcome))

    async def claims(self, leg: LegRequest, role: Role = Role.AGENT) -> None:
        """The responder who is rung by this leg picks up, wins, and is in the room."""
        room, uniqueid = leg.variables["CC_ROOM"], str(leg.id)
        claimed = Claimed(
            uniqueid=uniqueid, channel=f"PJSIP/{uniqueid}", room=room, role=role, target=leg.variables["CC_TARGET"]
        )
        await self.answered(leg)
        await self.hears(claimed)
        await self.enters(room, uniqueid, role)

    async def enters(self, room: str, uniqueid: str, role: Role) -> None:
        member = self.telephony.enters(room, uniqueid, role, marked=role is not Role.ELDER)
        await self.hears(RoomEntered(room=room, uniqueid=uniqueid, channel=member.channel, role=role))

    async def leaves(self, room: str, uniqueid: str, role: Role) -> None:
        self.telephony.leaves(room, uniqueid)
        await self.hears(RoomLeft(room=room, uniqueid=uniqueid, channel=f"PJSIP/{uniqueid}", role=role))

    async def passes(self, seconds: float, *, tick_seconds: float = 0.5) -> None:
        """Time passes, and whatever is due is done."""
        until = self.clock.now().timestamp() + seconds
        while self.clock.now().timestamp() < until:
            self.clock.let_pass(min(tick_seconds, until - self.clock.now().timestamp()))
            await self.tick()

    async def tick(self) -> None:
        await self.due.tick()
        await self.background.settle()

    # ----------------------------------------------------------------------------------- then

    async def do(self, work: Callable[[UnitOfWork], T]) -> T:
        return await self.storage.transact("test", work)

    async def now(self, emergency: UUID | Emergency) -> Emergency:
        """As it stands in storage."""
        id_ = emergency if isinstance(emergency, UUID) else emergency.id
        found = await self.do(lambda unit: unit.emergencies.get(id_))
        assert found is not None
        return found

    async def waiting(self, emergency: UUID | Emergency) -> Waiting:
        found = await self.now(emergency)
        assert isinstance(found, Waiting)
        return found

    async def attended(self, emergency: UUID | Emergency) -> Attended:
        found = await self.now(emergency)
        assert isinstance(found, Attended)
        return found

    async def closed(self, emergency: UUID | Emergency) -> Closed:
        found = await self.now(emergency)
        assert isinstance(found, Closed)
        return found

    async def all_open(self) -> list[Open]:
        return await self.do(lambda unit: unit.emergencies.all_open("node1"))

    async def offers(self, emergency: Emergency) -> list[Offer]:
        return await self.do(lambda unit: unit.offers.all_of(emergency.id))

    async def calls(self, emergency: Emergency) -> list[Call]:
        return await self.do(lambda unit: unit.calls.all_of(emergency.id))

    async def timeline(self, emergency: Emergency) -> list[TimelineEntry]:
        return await self.do(lambda unit: unit.emergencies.timeline(emergency.id))

    async def steps(self, emergency: Emergency) -> list[Step]:
        return [entry.step for entry in await self.timeline(emergency)]

    async def presence(self, agent: Agent) -> Presence:
        found = await self.do(lambda unit: unit.agents.get(agent.id))
        assert found is not None
        return found.presence

    def leg_to(self, destination: str) -> LegRequest:
        """The latest leg that rang there."""
        return [leg for leg in self.telephony.rung if leg.destination == destination][-1]


@asynccontextmanager
async def open_house(folder: Path, template: Path, **sections: dict[str, Any]) -> AsyncIterator[House]:
    """On a copy of `template`, a storage that has its tables already."""
    shutil.copytree(template, folder, dirs_exist_ok=True)
    config, clock = house_config(folder, **sections), FakeClock()
    async with open_storage(config, clock) as storage:
        parts: dict[str, Any] = {
            "clock": clock,
            "storage": storage,
            "telephony": FakeTelephony(),
            "voice": FakeVoice(),
            "live": MemoryLive(),
            "meters": FakeMeters(),
            "background": WatchedBackground(),
        }
        house = House(desk=Desk(config=config, **parts), **parts)
        yield house
        await house.background.finish(5.0)


async def make_template(folder: Path) -> Path:
    """A blank storage with its tables and its key."""
    async with open_storage(house_config(folder), FakeClock()):
        return folder
