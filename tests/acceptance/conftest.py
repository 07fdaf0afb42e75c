"""One real Asterisk for all acceptance tests, and phones to call it with."""

from __future__ import annotations

import asyncio
import os
import shutil
import socket
import tempfile
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import quote

import pytest

from callcenter.app.free_port import free_port
from callcenter.asterisk.accounts import (
    SipAccount,
    SipKind,
    SipSecrets,
    browser_account,
    ensure_secrets,
    sip_password,
)
from callcenter.asterisk.instance import PrivateAsterisk
from callcenter.asterisk.render import render
from callcenter.config import Config, check
from tests.acceptance import sounds
from tests.acceptance.phone import Phone

if TYPE_CHECKING:
    from tests.acceptance.browser import Door
    from tests.acceptance.desk_page import Desk
    from tests.acceptance.hotline import Hotline

PREFIX = Path(__file__).parents[2] / "var" / "asterisk"
PAGERS = ("p001", "p002", "p003")
AGENTS = ("1001", "1002")
STANDBY = "2001"
DISPATCH = "9001"
LANDLINE = "6001"
_VOICES = {"1001": "agent", "1002": "second_agent", STANDBY: "standby", DISPATCH: "dispatcher", "mobile": "standby"}


L = TypeVar("L", bound="Lab")


class Lab:
    """An Asterisk with its configuration, and the telephones that belong to it."""

    def __init__(self, folder: Path, overrides: dict[str, Any] | None = None) -> None:
        self.folder = folder
        self.trunk_port, sip_port = free_port(socket.SOCK_DGRAM), free_port(socket.SOCK_DGRAM)
        self.web_port, ami_port, fastagi_port, http_port, console_port = (free_port() for _ in range(5))
        settings = {
            "asterisk": {
                "prefix": str(PREFIX),
                "run_folder": "a",
                "sip_port": sip_port,
                "http_port": http_port,
                "rtp_first_port": 33000,
                "rtp_last_port": 33999,
                "ami": {"port": ami_port},
            },
            "fastagi": {"port": fastagi_port},
            "console": {"port": console_port, "socket": "console.sock"},
            "voice": {"sounds": "sounds"},
            "fallback": {"agents": [f"PJSIP/{name}" for name in AGENTS], "round_seconds": 5},
            "offers": {
                "standby": [{"name": "night", "destination": f"PJSIP/{STANDBY}"}],
                "answer_question_seconds": 3.0,
            },
            "dispatch": {"routes": [{"name": "city", "live": "PJSIP/120@trunk", "simulated": f"PJSIP/{DISPATCH}"}]},
            "trunks": [
                {
                    "name": "trunk",
                    "host": "127.0.0.1",
                    "port": self.trunk_port,
                    "match": [f"127.0.0.1:{self.trunk_port}"],
                }
            ],
        } | (overrides or {})
        self._settings = settings
        self.config: Config = check(settings, folder)
        self.secrets: SipSecrets = ensure_secrets(self.config)
        self.accounts = [
            *(SipAccount(kind=SipKind.PAGER, name=name) for name in PAGERS),
            *(SipAccount(kind=SipKind.AGENT, name=name) for name in AGENTS),
            *(SipAccount(kind=SipKind.PHONE, name=name) for name in (STANDBY, DISPATCH)),
            SipAccount(kind=SipKind.LANDLINE, name=LANDLINE),
            *map(browser_account, AGENTS),
        ]
        self.asterisk = PrivateAsterisk(self.config)
        self._phones: list[Phone] = []

    async def start(self) -> None:
        sounds.prompts(self.folder / "sounds")
        self.asterisk.layout.music.mkdir(parents=True)
        sounds.tone(self.asterisk.layout.music / "music.wav", sounds.MUSIC, seconds=10)
        await self.asterisk.start(self.rendered())

    def rendered(self, overrides: dict[str, Any] | None = None) -> dict[str, str]:
        """The files of this configuration, or of one that differs in some sections."""
        return render(check(self._settings | (overrides or {}), self.folder), self.accounts, self.secrets)

    async def trunk_call(self, caller: str, number: str) -> Phone:
        """A call by the trunk from somebody who says he is `caller`."""
        phone = await self.phone("mobile", user=quote(caller, safe=""), display=caller.replace('"', "'"))
        await phone.dial(number)
        return phone

    async def phone(self, name: str, *, make: Callable[..., Phone] = Phone, **options: Any) -> Phone:
        """A telephone with an account of ours, or "mobile", which is reached and calls by the trunk. Started."""
        by_account = {account.name: account for account in self.accounts}
        folder = Path(tempfile.mkdtemp(prefix=f"{name}-", dir=self.folder))
        voice = sounds.voice(folder / "voice.wav", sounds.VOICES[_VOICES.get(name, "elder")])
        own = {"play": voice, "prefix": PREFIX, "folder": folder, "user": name} | options
        if name == "mobile":
            own = {"registers": False, "sip_port": self.trunk_port} | own | {"user": options.get("user", "13900000009")}
        else:
            own = {"password": sip_password(self.secrets.sip, by_account[name])} | own
        phone = make(server_port=self.config.asterisk.sip_port, **own)
        self._phones.append(phone)
        await phone.start()
        return phone

    async def phones(self, *names: str, **options: Any) -> list[Phone]:
        return [await self.phone(name, **options) for name in names]

    async def variable(self, account: str, name: str) -> str:
        """A channel variable of the one call this account is in; "" when it has none."""
        channels = (await self.cli("core show channels concise")).splitlines()
        channel = next(line.split("!")[0] for line in channels if line.startswith(f"PJSIP/{account}-"))
        lines = (await self.cli(f"core show channel {channel}")).splitlines()
        return next((line.strip().partition("=")[2] for line in lines if line.strip().startswith(f"{name}=")), "")

    async def in_rooms(self) -> list[str]:
        """Channels that stand in a room now."""
        rooms = [line.split()[0] for line in (await self.cli("confbridge list")).splitlines() if line.startswith("cc-")]
        listed = [await self.cli(f"confbridge list {room}") for room in rooms]
        return [line.split()[0] for text in listed for line in text.splitlines() if line.startswith("PJSIP/")]

    async def idle(self, *names: str) -> None:
        """Until Asterisk takes these phones for free: it learns of a call's end after the phone does, and till then the
        fallback leaves the phone alone for a round.
        """
        async with asyncio.timeout(5):
            for name in names:
                while "NOT_INUSE" not in await self.cli(f"dialplan eval function DEVICE_STATE(PJSIP/{name})"):
                    await asyncio.sleep(0.05)

    async def live_channels(self) -> int:
        return int((await self.cli("core show channels count")).split()[0])

    async def cli(self, command: str) -> str:
        return await self.asterisk.cli(command)

    async def tidy(self) -> None:
        """Ends every call and phone; waits until Asterisk has none left."""
        await asyncio.gather(*(phone.stop() for phone in self._phones))
        self._phones.clear()
        async with asyncio.timeout(15):
            while await self.live_channels():
                await self.cli("channel request hangup all")
                await asyncio.sleep(0.2)
        await self.cli("database deltree cc")


@contextmanager
def running(make: Callable[[Path], L]) -> Iterator[L]:
    """Its Asterisk runs meanwhile. `CC_KEEP` keeps its folder, to read the logs and recordings of a failed run."""
    if not (PREFIX / "bin/asterisk").exists():
        pytest.skip("no private Asterisk in var/asterisk: run `make setup`")
    folder = Path(tempfile.mkdtemp(prefix="cc-"))  # short: the control socket's path has 107 characters at most
    lab = make(folder)
    try:
        asyncio.run(lab.start())
        yield lab
    finally:
        asyncio.run(lab.asterisk.stop())
        if not os.environ.get("CC_KEEP"):
            shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def laboratory() -> Iterator[Lab]:
    with running(Lab) as lab:
        yield lab


@pytest.fixture
async def lab(laboratory: Lab) -> AsyncIterator[Lab]:
    """The laboratory, with no call in it; AGI's port is closed unless the test opens it."""
    yield laboratory
    await laboratory.tidy()


@pytest.fixture
def mute_agi(laboratory: Lab) -> Iterator[None]:
    """A stopped Python: connections are taken into the backlog, and nobody ever answers."""
    with socket.create_server(("127.0.0.1", laboratory.config.fastagi.port), backlog=64):
        yield


@pytest.fixture(scope="session")
def house() -> Iterator[Hotline]:
    """The whole hotline, its Asterisk running and its service not yet."""
    from tests.acceptance.hotline import Hotline

    with running(Hotline) as house:
        yield house


@pytest.fixture
async def hotline(house: Hotline) -> AsyncIterator[Hotline]:
    """The hotline with its service up, everybody off duty and no call in it."""
    await house.serve()
    yield house
    await house.tidy()
    await house.quit()


@pytest.fixture
async def door(hotline: Hotline) -> AsyncIterator[Door]:
    """The console's, a process of its own."""
    from tests.acceptance.browser import Door

    door = Door(hotline)
    await door.open()
    yield door
    await door.kill()


@pytest.fixture
async def desk(hotline: Hotline, door: Door) -> AsyncIterator[Desk]:
    """1001's."""
    from tests.acceptance.browser import chromium
    from tests.acceptance.desk_page import open_desk

    async with chromium(hotline.folder) as browser, open_desk(hotline, browser, "li", "1001") as desk:
        yield desk


@pytest.fixture
async def desks(hotline: Hotline, door: Door) -> AsyncIterator[tuple[Desk, Desk]]:
    """1001's, and then 1002's, who has been free for less long."""
    from tests.acceptance.browser import chromium
    from tests.acceptance.desk_page import open_desk

    async with (
        chromium(hotline.folder) as browser,
        open_desk(hotline, browser, "li", "1001") as first,
        open_desk(hotline, browser, "wang", "1002") as second,
    ):
        yield first, second
