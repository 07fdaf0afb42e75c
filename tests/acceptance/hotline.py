"""The whole hotline for a test: real Asterisk, the real service as its own process, made-up elders, real phones."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sqlite3
import sys
import time
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import yaml

from callcenter.app.clock import SystemClock
from callcenter.app.menu import speak_menu
from callcenter.asterisk.accounts import SipAccount, SipKind
from callcenter.config import load
from callcenter.domain.devices import Device, DeviceKind
from callcenter.domain.people import Agent, Contact, ContactRole, Elder, Household, Line, LineKind, Presence
from callcenter.ports.storage import UnitOfWork
from ivr.voice import PromptVoice
from storage.database import open_storage
from tests.acceptance import sounds
from tests.acceptance.conftest import DISPATCH, Lab
from tests.acceptance.phone import Phone

CONTACTS = ("13900000011", "13900000012", "13900000013")
SECOND_DISPATCH = "9002"
PAGERS = ("p001", "p002", "p003")

#: Short ladders, so that a whole round fits into a test. The times themselves are what some tests measure.
QUICK: dict[str, Any] = {
    "ladders": [
        {
            "name": name,
            "rungs": [
                {"kind": "best_agents", "wait_seconds": 4},
                {"kind": "all_agents", "wait_seconds": 4},
                {"kind": "standby", "wait_seconds": 4},
                {"kind": "contacts", "wait_seconds": 30},
                {"kind": "dispatch", "wait_seconds": 20},
            ],
        }
        for name in ("default", "service")
    ],
    "offers": {
        "standby": [{"name": "night", "destination": "PJSIP/2001"}],
        "contact_destination": "PJSIP/{number}",
        "answer_question_seconds": 2.0,
        "question_times": 1,
        "agent_ring_seconds": 30,
        "standby_ring_seconds": 20,
        "contact_ring_seconds": 8,
        "wrap_up_seconds": 1,
        "silent_after_seconds": 2.0,
        "review_seconds": 5,
    },
    "call_back": {"line_destination": "PJSIP/{number}", "ring_seconds": 8},
    "dispatch": {
        "ring_seconds": 8,
        "routes": [
            {"name": "city", "live": "PJSIP/120@trunk", "simulated": f"PJSIP/{DISPATCH}"},
            {"name": "second", "live": "PJSIP/120@trunk2", "simulated": f"PJSIP/{SECOND_DISPATCH}"},
        ],
    },
}


class Hotline(Lab):
    """A laboratory in which the service runs, so that Python answers instead of the fallback."""

    def __init__(self, folder: Path, overrides: dict[str, Any] | None = None) -> None:
        super().__init__(folder, QUICK | (overrides or {}))
        self.accounts += [SipAccount(kind=SipKind.PHONE, name=name) for name in (*CONTACTS, SECOND_DISPATCH)]
        self.file = folder / "config.yaml"
        settings = self.config.model_dump(mode="json", exclude={"folder"})
        root = Path(__file__).parents[2]
        settings["voice"] |= {"prompts": str(root / "prompts/prompts.yaml"), "recorded": str(root / "prompts/recorded")}
        settings["web"]["port"] = self.web_port
        settings["logging"] = {"level": "info", "format": "plain"}
        self.file.write_text(yaml.safe_dump(settings, allow_unicode=True))
        self.config = load(self.file)
        self.service: asyncio.subprocess.Process | None = None
        self.log = folder / "service.log"
        self.elders: dict[str, Elder] = {}

        self.silence = sounds.tone(folder / "silence.wav", seconds=600)

    async def start(self) -> None:
        await super().start()
        await self.seed()

    async def seed(self) -> None:
        """Three elders: two with a pager of their own, and a third who shares the second's landline."""
        clock = SystemClock()
        async with open_storage(self.config, clock) as storage:
            await storage.transact("seed", lambda work: self._seed(work, clock), urgent=False)

    def _seed(self, work: UnitOfWork, clock: SystemClock) -> None:
        homes = [
            Household(
                id=clock.new_id(), district="东城区", street="和平街", estate="和平里", building="3号楼", door="501"
            ),
            Household(
                id=clock.new_id(), district="东城区", street="和平街", estate="青年湖", building="1号楼", door="102"
            ),
        ]
        for home in homes:
            work.people.add_household(home)
        for name, home, account in (
            ("李桂兰", homes[0], "p001"),
            ("王秀英", homes[1], "p002"),
            ("张福田", homes[1], ""),
        ):
            elder = Elder(id=clock.new_id(), household=home.id, name=name, sex="女", illness="高血压")
            self.elders[account or name] = elder
            work.people.add_elder(elder)
            if account:
                since = datetime(2026, 1, 1, tzinfo=UTC)
                device = Device(id=clock.new_id(), elder=elder.id, kind=DeviceKind.PAGER, account=account, since=since)
                work.people.add_device(device)
            for order, number in enumerate(CONTACTS):
                contact = Contact(
                    id=clock.new_id(),
                    elder=elder.id,
                    name=f"家属{order + 1}",
                    role=ContactRole.FAMILY,
                    number=f"+86{number}",
                    ring_order=order,
                )
                work.people.add_contact(contact)
        work.people.add_line(
            Line(id=clock.new_id(), household=homes[1].id, number="+861000000001", kind=LineKind.LANDLINE)
        )
        for extension, name in (("1001", "坐席一"), ("1002", "坐席二")):
            agent = Agent(id=clock.new_id(), name=name, extension=extension)
            work.agents.add(agent)

    async def serve(self) -> None:
        """Starts the service and waits until it is open."""
        with open(self.log, "ab") as log:
            self.service = await asyncio.create_subprocess_exec(
                sys.executable,
                "-m",
                "callcenter",
                "--config",
                str(self.file),
                "serve",
                stdout=asyncio.subprocess.PIPE,
                stderr=log,
                stdin=asyncio.subprocess.DEVNULL,
            )
        assert self.service.stdout is not None
        try:
            async with asyncio.timeout(20):
                line = await self.service.stdout.readline()
        except TimeoutError:
            line = b""
        if line.strip() != b"ready":
            raise RuntimeError(f"service said {line!r}:\n{self.log.read_text()[-4000:]}")

    async def quit(self) -> None:
        """An orderly end."""
        if self.service is not None and self.service.returncode is None:
            self.service.terminate()
            try:
                async with asyncio.timeout(15):
                    await self.service.wait()
            except TimeoutError:
                self.service.kill()
                await self.service.wait()

    async def kill(self) -> None:
        """No warning at all."""
        assert self.service is not None
        self.service.kill()
        await self.service.wait()

    def stop_process(self) -> None:
        assert self.service is not None
        os.kill(self.service.pid, signal.SIGSTOP)

    async def speaks_menu(self) -> None:
        """As `callcenter run` has it spoken before it serves: who is read back waits for no engine's start."""
        async with PromptVoice(self.config) as voice:
            await speak_menu(voice, self.config)

    async def on_duty(self, *extensions: str) -> None:
        for extension in extensions:
            await self.presence(extension, Presence.FREE)

    async def presence(self, extension: str, presence: Presence) -> None:
        from callcenter.app.ask_service import ask_service

        await ask_service(self.config, verb="presence", agent=extension, presence=presence.value)

    async def tidy(self) -> None:
        """Ends every call and phone, and closes what the test left open."""
        from callcenter.app.ask_service import ask_service
        from callcenter.errors import HotlineError

        await asyncio.gather(*(phone.stop() for phone in self._phones))
        self._phones.clear()
        if self.service is None or self.service.returncode is not None:
            await self.serve()
        for row in self.open_emergencies():
            try:
                await ask_service(self.config, verb="close", emergency=row.id, by="test", disposition="test_call")
            except HotlineError:
                continue
        for extension in ("1001", "1002"):
            await self.presence(extension, Presence.OFFLINE)
        await super().tidy()

    # ------------------------------------------------------------------------------- what the database says

    def rows(self, query: str, *values: object) -> list[sqlite3.Row]:
        path = str(self.config.path(Path(self.config.database.url.removeprefix("sqlite:///"))))
        with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True, timeout=5)) as connection:
            connection.row_factory = sqlite3.Row
            return connection.execute(query, values).fetchall()

    def open_emergencies(self) -> list[Emergency]:
        return [e for e in self.emergencies() if e.state != "closed"]

    def emergencies(self) -> list[Emergency]:
        rows = self.rows("select * from emergencies order by opened_at")
        return [Emergency(id=str(_uuid(row["id"])), state=row["state"], row=dict(row)) for row in rows]

    def in_state(self, emergency: str, state: str) -> Emergency | None:
        return next((e for e in self.emergencies() if e.id == emergency and e.state == state), None)

    def timeline(self, emergency: str) -> list[tuple[str, str, str]]:
        """(step, who, detail) in order."""
        rows = self.rows("select * from timeline order by at, id")
        return [(row["step"], row["who"], row["detail"]) for row in rows if str(_uuid(row["emergency"])) == emergency]

    def steps(self, emergency: str) -> list[str]:
        return [step for step, _, _ in self.timeline(emergency)]

    async def until(self, what: Callable[[], Any], *, within: float = 10.0, why: str = "") -> Any:
        """Waits until this holds; returns its value. What is read is the database, not the service's memory."""
        started = time.monotonic()
        while True:
            value = what()
            if value:
                return value
            if time.monotonic() - started > within:
                shown = [(e.id[:8], e.state, self.timeline(e.id)) for e in self.emergencies()[-3:]]
                raise AssertionError(f"not within {within} s: {why}\n{json.dumps(shown, ensure_ascii=False, indent=1)}")
            await asyncio.sleep(0.05)


@dataclass(frozen=True)
class Emergency:
    id: str
    state: str
    row: dict[str, Any]


def _uuid(value: Any) -> Any:
    from uuid import UUID

    return UUID(bytes=value) if isinstance(value, bytes) else UUID(str(value))


__all__ = ["CONTACTS", "Hotline", "Phone"]
