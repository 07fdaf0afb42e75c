"""The demo's own house: a private Asterisk, the real service, made-up people and phones that speak, in `var/demo`."""

from __future__ import annotations

import asyncio
import os
import shutil
import socket
import sys
import tempfile
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self
from uuid import UUID

import yaml

from callcenter.app.accounts import sip_accounts
from callcenter.app.ask_service import ask_service
from callcenter.app.clock import SystemClock
from callcenter.app.demo_morning import add_morning
from callcenter.app.free_port import free_port
from callcenter.app.heard import with_marker
from callcenter.app.phone import Phone
from callcenter.app.reach import read
from callcenter.app.seed import MadeUp, made_up
from callcenter.asterisk.accounts import SipAccount, SipKind, ensure_secrets, sip_password
from callcenter.asterisk.instance import PrivateAsterisk
from callcenter.asterisk.render import render
from callcenter.config import Config, load
from callcenter.domain.people import Presence, Profile
from callcenter.errors import DemoFailed
from callcenter.ports.storage import UnitOfWork
from callcenter.services.dialling import dialable
from callcenter.services.timeline import Told, tell
from ivr.voice import PromptVoice
from storage.database import open_storage

READY_WITHIN_SECONDS: Final = 30.0
SPEECH_SECONDS: Final = 180.0
DISPATCHER: Final = "dispatcher"  #: the phone of 120, where there is a desk
_ROUTE: Final = {"name": "city", "live": "PJSIP/120@trunk", "simulated": f"PJSIP/{DISPATCHER}"}
#: Somebody who tries the desk for the first time needs minutes; then the family and 120 are rung after all.
_RUNGS: Final = (
    {"kind": "best_agents", "wait_seconds": 20.0},
    {"kind": "all_agents", "wait_seconds": 280.0},
    {"kind": "contacts", "wait_seconds": 45.0},
    {"kind": "dispatch", "wait_seconds": 60.0},
)
_LISTENER_PORTS: Final = (("ami", "asterisk"), ("fastagi", ""), ("web", ""))


class DemoHouse:
    """Entered, it is open: database made anew, Asterisk and service running. Left, nothing of it runs any more."""

    log_level = "info"

    def __init__(self, base: Config, *, desk: bool = False) -> None:
        """`desk`: for agents to try. There are daily calls, some of which were not answered, and a family and a 120."""
        self._base = base
        self._desk = desk
        self.folder = base.path(Path("var/demo"))
        self._run = Path(tempfile.mkdtemp(prefix="hotline-"))  # short: Asterisk's control socket lies in it
        self._phones: list[Phone] = []
        self._service: asyncio.subprocess.Process | None = None

    @property
    def log(self) -> Path:
        return self.folder / "service.log"

    async def __aenter__(self) -> Self:
        shutil.rmtree(self.folder, ignore_errors=True)
        (self.folder / "heard").mkdir(parents=True)
        self.config = self._configuration()
        self._asterisk = PrivateAsterisk(self.config)
        try:
            await self._open()
        except BaseException:
            await self.__aexit__(None, None, None)
            raise
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None
    ) -> None:
        await asyncio.gather(*(phone.stop() for phone in self._phones), return_exceptions=True)
        if self._service is not None and self._service.returncode is None:
            self._service.terminate()
            with suppress(TimeoutError):
                async with asyncio.timeout(self.config.watchdog.stop_within_seconds):
                    await self._service.wait()
            if self._service.returncode is None:
                self._service.kill()
                await self._service.wait()
        await self._asterisk.stop()
        shutil.rmtree(self._run, ignore_errors=True)

    async def _open(self) -> None:
        clock = SystemClock()
        self._secrets = ensure_secrets(self.config)
        async with open_storage(self.config, clock) as storage:
            people = made_up(clock)
            await storage.transact("made-up people", people.add_to)
            if self._desk:
                await storage.transact("made-up morning", lambda work: add_morning(work, people, clock.now()))
            accounts = await storage.transact("accounts", lambda work: sip_accounts(self.config, work))
            self.profiles = await storage.transact("profiles", lambda work: _profiles(work, people))
        async with PromptVoice(self.config) as voice:
            await voice.render_all()
        family = {SipAccount(kind=SipKind.PHONE, name=number) for number in self.numbers_of_contacts()}
        self._accounts = {account.name: account for account in [*accounts, *family]}
        await self._asterisk.start(render(self.config, list(self._accounts.values()), self._secrets))
        await self._serve()

    async def _serve(self) -> None:
        command = [sys.executable, "-m", "callcenter", "--config", str(self.folder / "config.yaml"), "serve"]
        with open(self.log, "wb") as log:
            self._service = await asyncio.create_subprocess_exec(
                *command, stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.PIPE, stderr=log
            )
        assert self._service.stdout is not None
        with suppress(TimeoutError):
            async with asyncio.timeout(READY_WITHIN_SECONDS):
                if await self._service.stdout.readline() == b"ready\n":
                    return
        raise DemoFailed(f"the service did not start; see {self.log}")

    def _configuration(self) -> Config:
        """The base configuration with its own ports, folders and phones; nothing in it leads outside."""
        data: dict[str, Any] = self._base.model_dump(mode="json", exclude={"folder"})
        for section, parent in _LISTENER_PORTS:
            (data[parent] if parent else data)[section]["port"] = free_port()
        data["asterisk"] |= {
            "managed": False,
            "prefix": str(self._base.path(self._base.asterisk.prefix)),
            "run_folder": str(self._run / "a"),
            "recordings": str(self.folder / "recordings"),
            "sip_port": free_port(socket.SOCK_DGRAM),
            "http_port": free_port(),
            "sip_secret_file": "secrets/sip",
            "rtp_first_port": 34000,
            "rtp_last_port": 34199,
        }
        data["asterisk"]["ami"] |= {"secret_file": "secrets/ami"}
        data["database"] |= {
            "url": f"sqlite:///{self.folder}/demo.db",
            "data_key_file": "secrets/data-key",
            "password_file": None,
        }
        data["journal"] |= {"path": "journal", "hot_cache": "hot_cache.db"}
        data["redis"] |= {"url": "", "password_file": None}
        data["voice"] |= {
            name: str(self._base.path(Path(data["voice"][name]))) for name in ("prompts", "recorded", "sounds")
        }
        data["speech"] |= {
            "model": os.path.abspath(self._base.folder / self._base.speech.model),
            "workers": [{"audio": {"port": free_port()}, "control": {"port": free_port()}}],
        }
        data["console"] |= {
            "port": _free_or_another(self._base.console.port),
            "socket": str(self._run / "console.sock"),
            "ticket_secret_file": "secrets/phone-ticket",
            "certificate": None,
            "key": None,
            "host": "127.0.0.1",
            "demo": True,
        }
        data["control"]["socket"] = str(self._run / "control.sock")
        data["offers"] |= {"contact_destination": "PJSIP/{number}", "standby": []}
        data["call_back"]["line_destination"] = "PJSIP/{number}"
        data["check_ins"] |= {"enabled": self._desk, "line_destination": "PJSIP/{number}"}
        data |= {
            "trunks": [],
            "dispatch": {"live": False},
            "fallback": {},
            "logging": {"level": self.log_level, "format": "plain"},
        }
        if self._desk:
            data["dispatch"]["routes"] = [_ROUTE]
            data["offers"]["agent_ring_seconds"] = 300.0
            data["ladders"] = [ladder | {"rungs": _RUNGS} for ladder in data["ladders"]]
        path = self.folder / "config.yaml"
        path.write_text(yaml.safe_dump(data, allow_unicode=True), encoding="utf-8")
        return load(path)

    # ------------------------------------------------------------------------------------ what the demo does

    def number_of_contact(self, profile: Profile, index: int) -> str:
        return dialable(profile.contacts[index].number, country=self.config.hotline.country)

    def numbers_of_contacts(self) -> list[str]:
        """Of everybody's, each once."""
        return sorted(
            {
                self.number_of_contact(profile, index)
                for profile in self.profiles.values()
                for index in range(len(profile.contacts))
            }
        )

    async def phone(self, account: str, *also: str, says: str, marker: int) -> Phone:
        """A telephone that registers and, once in a call, says this sentence and its marker again and again.

        It rings for the accounts `also` as well.
        """
        async with PromptVoice(self.config) as voice:
            [file, *_] = await voice.sheet(says)
        folder = self.folder / "phones" / account
        folder.mkdir(parents=True)
        speech = folder / "says.wav"
        with_marker(self.config.voice.sounds / f"{file}.wav", speech, frequency=marker, seconds=SPEECH_SECONDS)
        return await self.phone_that_plays(account, speech, folder, also)

    async def phone_that_plays(self, account: str, sound: Path, folder: Path, also: Sequence[str] = ()) -> Phone:
        """A telephone that registers and plays this file into its call; `folder` is its own."""
        phone = Phone(
            prefix=self._base.path(self._base.asterisk.prefix),
            folder=folder,
            user=account,
            server_port=self.config.asterisk.sip_port,
            play=sound,
            password=sip_password(self._secrets.sip, self._accounts[account]),
            also={name: sip_password(self._secrets.sip, self._accounts[name]) for name in also},
        )
        self._phones.append(phone)
        await phone.start()
        return phone

    async def on_duty(self, extension: str) -> None:
        await ask_service(self.config, verb="presence", agent=extension, presence=Presence.FREE.value)

    async def only_emergency(self) -> UUID:
        """The one emergency there is. Raises `DemoFailed`."""
        found = await read(self.config, lambda work: [each.id for each in work.emergencies.recent(2)])
        if len(found) != 1:
            raise DemoFailed(f"{len(found)} emergencies were recorded instead of one")
        return found[0]

    async def told(self, emergency: UUID) -> Told:
        def work(unit: UnitOfWork) -> Told | None:
            return tell(unit, emergency)

        told = await read(self.config, work)
        if told is None:
            raise DemoFailed("the emergency is gone")
        return told

    def keep(self, phone: Phone, name: str) -> Path:
        """Puts what this phone has heard where a person finds it."""
        to = self.folder / "heard" / f"{name}.wav"
        shutil.copyfile(phone.heard, to)
        return to


def _free_or_another(port: int) -> int:
    """The port that people know, unless somebody listens there."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return free_port()
    return port


def _profiles(work: UnitOfWork, people: MadeUp) -> dict[str, Profile]:
    """By the account of the device in her hands."""
    found = ((device.account, work.people.profile(device.elder)) for device in people.devices)
    return {account: profile for account, profile in found if profile is not None}
