"""Our server with the beginning of a red key: identified on a real SQLite, and committed. No telephones."""

from __future__ import annotations

import asyncio
import tempfile
from pathlib import Path
from typing import Any

from bench.people import add_known
from callcenter import reactor as bridge
from callcenter.app.clock import SystemClock
from callcenter.config import check
from callcenter.config.asterisk import FastAgi
from callcenter.config.process import Logging
from callcenter.domain.calls import Offer
from callcenter.domain.emergencies import Emergency
from callcenter.domain.people import Agent, Presence
from callcenter.logs import configure
from callcenter.ports.storage import UnitOfWork
from callcenter.ports.story_call import StoryCall
from callcenter.ports.telephony import LegRequest, Member
from callcenter.services.background import Background
from callcenter.services.desk import Desk
from dialplans import variables
from ivr.server import FastAgiServer
from ivr.stories.red_key import RECEIVED, begin
from storage.database import open_storage
from storage.live.memory import MemoryLive

_AGENTS = 5
_ELDERS = 2500  #: more than calls will come: each opens an emergency of its own


class NoTelephones:
    """Takes what the beginning of a call asks of Asterisk's manager."""

    async def ring(self, leg: LegRequest) -> None: ...
    async def hang_up(self, uniqueid_or_channel: str) -> None: ...
    async def members(self, room: str) -> list[Member]:
        return []


class NoVoice:
    async def sheet(self, text: str) -> tuple[str, ...]:
        return ()


class NoMeters:
    def emergency_changed(self, emergency: Emergency) -> None: ...
    def offer_ended(self, offer: Offer) -> None: ...


def add_agents(work: UnitOfWork, clock: SystemClock) -> None:
    for number in range(_AGENTS):
        agent = Agent(id=clock.new_id(), name=f"坐席{number}", extension=f"{1001 + number}")
        work.agents.add(agent)
        work.agents.set_presence(agent.id, Presence.FREE, clock.now())


async def serve(reactor: Any, folder: Path) -> None:
    sections = {
        "database": {"url": "sqlite:///bench.db", "data_key_file": "key"},
        "journal": {"path": "journal", "hot_cache": "hot_cache.db", "refresh_seconds": 86400},
    }
    config, clock = check(sections, folder), SystemClock()
    async with open_storage(config, clock) as storage:
        await storage.transact("agents", lambda work: add_agents(work, clock))
        for start in range(0, _ELDERS, 100):
            await storage.transact("elders", lambda work, start=start: add_known(work, start, 100), urgent=False)
        telephones: Any = NoTelephones()
        desk = Desk(
            config=config,
            clock=clock,
            storage=storage,
            telephony=telephones,
            voice=NoVoice(),
            live=MemoryLive(),
            meters=NoMeters(),
            background=Background(),
        )

        async def talk(call: StoryCall) -> None:
            await begin(call, desk)
            await call.say(RECEIVED)
            await call.go_on(variables.DONE_WAIT)

        fastagi = FastAgi.model_construct(**{**FastAgi().model_dump(), "port": 0})
        server = FastAgiServer(reactor, config=fastagi, hotline=config.hotline, stories={"bench": talk}, clock=clock)
        await server.start()
        print(server.port, flush=True)
        await asyncio.Event().wait()


def main() -> None:
    configure(Logging())
    bridge.install()
    from twisted.internet import reactor

    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        serving: list[asyncio.Task[None]] = []
        reactor.callWhenRunning(lambda: serving.append(asyncio.ensure_future(serve(reactor, Path(folder)))))
        reactor.run()


if __name__ == "__main__":
    main()
