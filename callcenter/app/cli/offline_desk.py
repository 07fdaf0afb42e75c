"""A desk for one verb while no service runs: the real storage, and Asterisk if it happens to be up."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

from callcenter.app.clock import SystemClock
from callcenter.app.metrics import Metrics
from callcenter.asterisk.accounts import ensure_secrets
from callcenter.asterisk.legs import Legs
from callcenter.asterisk.link import AmiLink
from callcenter.asterisk.telephony import AsteriskTelephony
from callcenter.config import Config
from callcenter.ports.asterisk_events import AsteriskEvent
from callcenter.services.background import Background
from callcenter.services.desk import Desk
from ivr.voice import PromptVoice
from storage.database import open_storage
from storage.live.memory import MemoryLive

_FINISHES_WITHIN_SECONDS: Final = 5.0


@asynccontextmanager
async def offline_desk(config: Config) -> AsyncIterator[Desk]:
    """Leaving it waits, within bounds, for what the services have begun. Raises `StorageInUse` when a service runs.

    What Asterisk tells is not listened to: that is the service's, when it is back.
    """
    clock = SystemClock()
    background = Background()
    legs = Legs(_not_ours)
    link = AmiLink(config.asterisk.ami, ensure_secrets(config).ami, legs.heard, legs.up, legs.down)
    async with open_storage(config, clock) as storage, MemoryLive() as live, PromptVoice(config) as voice, link:
        yield Desk(
            config=config,
            clock=clock,
            storage=storage,
            telephony=AsteriskTelephony(link, legs, config),
            voice=voice,
            live=live,
            meters=Metrics(clock.now()),
            background=background,
        )
        await background.finish(_FINISHES_WITHIN_SECONDS)


def _not_ours(event: AsteriskEvent) -> None:
    """The service adopts what is alive when it starts."""
