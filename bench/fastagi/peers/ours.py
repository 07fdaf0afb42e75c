"""Our server as it runs in production: story runner, lease, bounds, JSON logs."""

from __future__ import annotations

import asyncio

from callcenter import reactor as bridge
from callcenter.app.clock import SystemClock
from callcenter.config.asterisk import FastAgi
from callcenter.config.process import Logging
from callcenter.config.stories import Hotline
from callcenter.logs import configure
from callcenter.ports.story_call import StoryCall
from dialplans import variables
from ivr.server import FastAgiServer


async def talk(call: StoryCall) -> None:
    await call.answer()
    await call.say("received")
    key = await call.ask("landline_menu", seconds=6, keys="12")
    await call.set_variable("CC_CALLER", call.uniqueid)
    await call.set_variable("CC_CHOICE", key)
    await call.go_on(variables.DONE_ROOM)


async def serve(reactor: object) -> None:
    config = FastAgi.model_construct(**{**FastAgi().model_dump(), "port": 0})
    stories = {"bench": talk}
    server = FastAgiServer(reactor, config=config, hotline=Hotline(), stories=stories, clock=SystemClock())
    await server.start()
    print(server.port, flush=True)


def main() -> None:
    configure(Logging())
    bridge.install()
    from twisted.internet import reactor

    starting: list[asyncio.Task[None]] = []
    reactor.callWhenRunning(lambda: starting.append(asyncio.ensure_future(serve(reactor))))
    reactor.run()


if __name__ == "__main__":
    main()
