"""Builds the house: what stands behind each port, in the order in which it must stand, and down again in reverse."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import structlog

from callcenter.app.clock import SystemClock
from callcenter.app.control import ControlSocket
from callcenter.app.ears import listening
from callcenter.app.health import Part, health_app, open_web
from callcenter.app.menu import speak_menu
from callcenter.app.metrics import Metrics
from callcenter.app.prompt_shelf import PromptShelf
from callcenter.app.simulate import Caller, place
from callcenter.app.stories import stories
from callcenter.app.switchboard import Switchboard
from callcenter.asterisk.accounts import browser_account, load_secrets, sip_password
from callcenter.asterisk.browser_phones import BrowserPhones
from callcenter.asterisk.legs import Legs
from callcenter.asterisk.link import AmiLink
from callcenter.asterisk.telephony import AsteriskTelephony
from callcenter.asterisk.trunks import TrunkWatch
from callcenter.asterisk.wire import Message
from callcenter.config import Config
from callcenter.console.house import Around, PhoneOfAgent
from callcenter.console.server import open_console_or_none
from callcenter.domain.health import Health, HealthPart
from callcenter.errors import ConfigurationFaulty
from callcenter.ports.asterisk_events import AsteriskEvent
from callcenter.ports.news import Live, News, NewsKind
from callcenter.services.background import Background
from callcenter.services.desk import Desk
from callcenter.services.ladders import learn_ladders
from callcenter.words import Words, load_words
from ivr.ears.client import EarsClient
from ivr.server import FastAgiServer, Reactor
from ivr.voice import PromptVoice
from scheduler.clock import TickingClock
from scheduler.housekeeping import schedule
from storage.database import SqlStorage, open_storage
from storage.live.memory import MemoryLive
from storage.live.redis import RedisLive

log = structlog.get_logger()

#: SIGTERM: stories that talk may go on so long; the dialplan takes over what is left.
STORIES_END_WITHIN_SECONDS = 5.0
BACKGROUND_ENDS_WITHIN_SECONDS = 3.0
_DEMO_CALLER_STAYS_SECONDS = 900  #: who tries the desk reads first
FORGET_EVERY_SECONDS = 600.0


@dataclass(frozen=True, kw_only=True)
class House:
    """Everything that runs."""

    desk: Desk
    link: AmiLink
    trunks: TrunkWatch
    fastagi: FastAgiServer
    storage: SqlStorage
    voice: PromptVoice
    ears: EarsClient | None

    async def forget_sheets(self) -> None:
        """Sentences with names and addresses in them do not stay on the disk. Those of the menu do."""
        await speak_menu(self.voice, self.desk.config)
        old = self.desk.config.voice.forget_sheets_after_seconds
        await asyncio.to_thread(self.voice.forget_sheets, older_than_seconds=old)


@asynccontextmanager
async def open_house(config: Config, file: Path, reactor: Reactor) -> AsyncIterator[House]:
    """Starts every part; leaving it stops them in reverse, each in a bounded time. A failed start unwinds the same way.

    `file` is where `config` was read from: the ears, processes of their own, read it, too.

    Calls that come before it is open, or after it is closed, are the dialplan's fallback's.
    """
    clock = SystemClock()
    metrics = Metrics(clock.now())
    background = Background()
    switchboards: list[Switchboard] = []

    def told(event: AsteriskEvent) -> None:
        for switchboard in switchboards:
            switchboard.tell(event)

    legs = Legs(told)

    def heard(event: Message) -> None:
        legs.heard(event)  # first: whatever is wrong with a page, what happens to calls is heard
        browsers.heard(event)

    def down() -> None:
        browsers.down()
        legs.down()

    link = AmiLink(config.asterisk.ami, load_secrets(config).ami, heard, legs.up, down)
    browsers = BrowserPhones(
        link,
        config.console.page_returns_within_seconds,
        lambda leg: background.start("give back", desk.telephony.hang_up(leg)),
    )
    async with (
        open_storage(config, clock) as storage,
        _live(config) as live,
        PromptVoice(config) as voice,
        listening(config, file, reactor) as ears,
    ):
        desk = Desk(
            config=config,
            clock=clock,
            storage=storage,
            telephony=AsteriskTelephony(link, legs, config, browsers if config.console.enabled else None),
            voice=voice,
            live=live,
            meters=metrics,
            background=background,
            ears=ears,
        )
        switchboards.append(Switchboard(desk))
        storage.tell(
            on_away=lambda: _tell(desk, NewsKind.STORAGE_AWAY), on_back=lambda: _tell(desk, NewsKind.STORAGE_BACK)
        )
        fastagi = FastAgiServer(
            reactor, config=config.fastagi, hotline=config.hotline, stories=stories(desk), clock=clock, ears=ears
        )
        trunks = TrunkWatch(link, [trunk.name for trunk in config.trunks if trunk.registers])
        house = House(desk=desk, link=link, trunks=trunks, fastagi=fastagi, storage=storage, voice=voice, ears=ears)
        await learn_ladders(desk)
        async with _running(config, file, house, metrics):
            yield house
        await background.finish(BACKGROUND_ENDS_WITHIN_SECONDS)


@asynccontextmanager
async def _running(config: Config, file: Path, house: House, metrics: Metrics) -> AsyncIterator[None]:
    """The parts that act by themselves: they begin last and end first."""
    ticking = TickingClock()
    schedule(ticking, house.desk)
    ticking.every(FORGET_EVERY_SECONDS, "forget sheets", house.forget_sheets)
    ticking.every(config.figures.look_at_trunks_every_seconds, "trunks", house.trunks.look)
    _show(metrics, house)
    app = health_app(metrics, _parts(house))
    loop_lag = house.desk.background.start("loop lag", metrics.measure_loop_lag())
    await house.fastagi.start()
    try:
        async with (
            house.link,
            ControlSocket(config, house.desk),
            open_web(config.web, app),
            open_console_or_none(
                house.desk,
                Around(
                    words=_words(config),
                    phone_of=partial(_phone_of, load_secrets(config).sip),
                    prompts=PromptShelf(config, file),
                    health=partial(_health, house),
                    simulate=partial(_press, config),
                ),
            ),
        ):
            ticking.start()
            log.info("open", node=config.node.name, fastagi_port=house.fastagi.port, asterisk_up=house.link.up)
            try:
                yield
            finally:
                log.info("closing")
                ticking.stop()
                await house.fastagi.stop(within_seconds=STORIES_END_WITHIN_SECONDS)
    finally:
        loop_lag.cancel()  # it never ends by itself, and what runs in the background is waited for
        await house.fastagi.stop(within_seconds=0)


def _live(config: Config) -> AbstractAsyncContextManager[Live]:
    live: Any = RedisLive(config) if config.redis.url else MemoryLive()
    return live  # type: ignore[no-any-return]


async def _press(config: Config, account: str) -> None:
    await place(config, [Caller(account=account, stays_seconds=_DEMO_CALLER_STAYS_SECONDS)])


def _phone_of(sip_secret: str, extension: str) -> PhoneOfAgent:
    """How an agent's browser registers."""
    account = browser_account(extension)
    return PhoneOfAgent(account=account.name, password=sip_password(sip_secret, account))


def _words(config: Config) -> Words:
    """A fault in the file of words keeps no page from opening: they are shown as they stand in the code."""
    try:
        return load_words(config)
    except ConfigurationFaulty as error:
        log.error("words_unreadable", faults=error.faults)
        return Words({})


def _parts(house: House) -> list[Part]:
    """What /healthz names."""
    return [
        Part(name="asterisk", ok=lambda: house.link.up),
        Part(name="database", ok=lambda: not house.storage.away),
        Part(name="fastagi", ok=lambda: house.fastagi.port != 0),
        Part(name="ears", ok=lambda: house.ears is not None and house.ears.ready, needed=False),
    ]


def _health(house: House) -> dict[HealthPart, Health]:
    """What the wallboard names."""
    well = {
        HealthPart.TELEPHONY: house.link.up,
        HealthPart.DATABASE: not house.storage.away,
        **({HealthPart.SPEECH: house.ears.ready} if house.ears is not None else {}),
    }
    return {part: Health.WELL if ok else Health.UNWELL for part, ok in well.items()} | {
        HealthPart.TRUNK: house.trunks.health if house.link.up else Health.NO_DATA
    }


def _show(metrics: Metrics, house: House) -> None:
    """Gauges that are read when Prometheus asks."""
    metrics.show("asterisk_up", "1 while the manager link is up", lambda: float(house.link.up))
    metrics.show("storage_away", "1 while the journal stands in for the database", lambda: float(house.storage.away))
    metrics.show("calls_in_progress", "Stories being told", lambda: float(house.fastagi.calls))
    if (ears := house.ears) is not None:
        metrics.show("ears_ready", "1 while somebody could listen", lambda: float(ears.ready))
        metrics.show("ears_streams", "Callers listened to now", lambda: float(ears.streams))
        metrics.show("ears_lag_seconds", "Sound that waits to be decoded", lambda: ears.lag_seconds)
        metrics.show("ears_refused", "Questions and transcripts nobody had room for", lambda: float(ears.refused))


def _tell(desk: Desk, kind: NewsKind) -> None:
    desk.background.start("announce", desk.live.publish(News(kind=kind, subject=desk.config.node.name)))
