"""`callcenter door`: the console's door as a process of its own, which the service's end does not touch."""

from __future__ import annotations

import asyncio
import signal

import structlog
import uvloop

from callcenter import logs
from callcenter.app.watchdog import FAULTY_CONFIGURATION, beat
from callcenter.config import Config
from callcenter.console.door.server import open_door
from callcenter.errors import ConfigurationFaulty

log = structlog.get_logger()


def main(config: Config) -> int:
    """Keeps the door open until SIGTERM or SIGINT; the exit status for who started it. Beats, if somebody watches."""
    logs.configure(config.logging)
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        return runner.run(_stay(config))


async def _stay(config: Config) -> int:
    if not config.console.enabled:
        log.error("door_failed", error="console.enabled is false")
        return FAULTY_CONFIGURATION
    stopping = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stopping.set)
    try:
        async with open_door(config):
            beating = asyncio.create_task(beat(config.watchdog))
            await stopping.wait()
            beating.cancel()
    except ConfigurationFaulty as error:
        log.error("door_failed", error=str(error))
        return FAULTY_CONFIGURATION
    except OSError as error:
        log.error("door_failed", error=f"{config.console.host}:{config.console.port}: {error.strerror}")
        return 1
    log.info("door_closed")
    return 0
