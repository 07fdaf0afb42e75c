"""A house with as many pagers as are wanted, all of them pressed at once, and three agents who work them off."""

from __future__ import annotations

import asyncio
import itertools
import shutil
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from callcenter.app.clock import SystemClock
from callcenter.asterisk.accounts import SipAccount, SipKind, sip_password
from callcenter.domain.devices import Device, DeviceKind
from callcenter.domain.people import Agent, Elder, Household
from callcenter.ports.storage import UnitOfWork
from tests.acceptance import sounds
from tests.acceptance.conftest import PREFIX
from tests.acceptance.hotline import QUICK, Hotline
from tests.acceptance.phone import Phone

AGENTS = {"1001": "agent", "1002": "second_agent", "1003": "standby"}  #: and whose tone each speaks with
TALK_SECONDS = 1.5
PRESSES = 3
_SCENARIO = Path(__file__).parent / "sipp" / "red_key.xml"
ELDER_TONE = 571
_TONE = b"\x85" * 7 + b"\x05" * 7  #: A-law, 571 Hz

_WAITS = {"best_agents": 15, "all_agents": 15, "standby": 30, "contacts": 45, "dispatch": 60}
#: The ladders of a real house.
OVERRIDES: dict[str, Any] = {
    "ladders": [
        {"name": name, "rungs": [{"kind": kind, "wait_seconds": seconds} for kind, seconds in _WAITS.items()]}
        for name in ("default", "service")
    ],
    "offers": QUICK["offers"] | {"silent_after_seconds": 6.0},
}


class FloodedHotline(Hotline):
    """Pagers f0001, f0002 … in the hands of one made-up elder each, who has no contacts."""

    def __init__(self, folder: Path, elders: int) -> None:
        self.pagers = [SipAccount(kind=SipKind.PAGER, name=f"f{number:04d}") for number in range(1, elders + 1)]
        super().__init__(folder, OVERRIDES)
        self.accounts += [*self.pagers, SipAccount(kind=SipKind.AGENT, name="1003")]

    async def press_all(self) -> Path:
        """SIPp presses every pager within a second and stays until all were let go; its file of answering times."""
        folder = self.folder / "sipp"
        folder.mkdir()
        shutil.copy(_SCENARIO, folder)
        (folder / "elder.alaw").write_bytes(_TONE * 800)
        accounts = [
            f"{pager.name};[authentication username={pager.name} password={sip_password(self.secrets.sip, pager)}]"
            for pager in self.pagers
        ]
        (folder / "accounts.csv").write_text("\n".join(["SEQUENTIAL", *accounts, ""]))
        everybody = str(len(self.pagers))
        process = await asyncio.create_subprocess_exec(
            PREFIX / "bin/sipp", f"127.0.0.1:{self.config.asterisk.sip_port}",
            "-sf", _SCENARIO.name, "-inf", "accounts.csv",
            "-i", "127.0.0.1", "-m", everybody, "-l", everybody, "-r", everybody, "-nostdin",
            "-min_rtp_port", "41000", "-max_rtp_port", "42999", "-trace_logs", "-log_file", "answered.log",
            "-trace_err", "-error_file", "errors.log",
            cwd=folder, stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.DEVNULL,
        )  # fmt: skip
        try:
            code = await process.wait()
        finally:
            if process.returncode is None:
                process.kill()
                await process.wait()
        assert code == 0, f"SIPp ended with {code}: {_text(folder / 'errors.log')}"
        return folder / "answered.log"

    async def agents(self) -> list[Phone]:
        """Three agents' phones, on duty."""
        phones = [
            await self.phone(name, play=sounds.voice(self.folder / f"{name}.wav", sounds.VOICES[voice]))
            for name, voice in AGENTS.items()
        ]
        await self.on_duty(*AGENTS)
        return phones

    def _seed(self, work: UnitOfWork, clock: SystemClock) -> None:
        since = datetime(2026, 1, 1, tzinfo=UTC)
        home = Household(id=clock.new_id(), district="东城区", street="和平街", estate="和平里")
        work.people.add_household(home)
        for pager in self.pagers:
            elder = Elder(id=clock.new_id(), household=home.id, name=f"老人{pager.name}")
            work.people.add_elder(elder)
            work.people.add_device(
                Device(id=clock.new_id(), elder=elder.id, kind=DeviceKind.PAGER, account=pager.name, since=since)
            )
        for extension in AGENTS:
            work.agents.add(Agent(id=clock.new_id(), name=f"坐席{extension}", extension=extension))


async def work_off(agent: Phone) -> None:
    """Answers whoever rings, talks for a moment, presses `*1`, and again, until cancelled.

    A call that another agent has taken in the same moment ends by itself. Whoever is told that it cannot be saved now
    presses again.
    """
    for turn in itertools.count(1):
        await agent.until("CALL_INCOMING", within=600, times=turn)
        if await _talks(agent, turn):
            await asyncio.sleep(TALK_SECONDS)
            for _ in range(PRESSES):
                await agent.press("*1")
                with suppress(AssertionError, TimeoutError):
                    await agent.until("CALL_CLOSED", within=10, times=turn)
                    break
        await agent.until("CALL_CLOSED", within=15, times=turn)


async def _talks(agent: Phone, turn: int) -> bool:
    """Answers, and waits until she is heard; False if the call was over before, or before we looked at it."""
    agent.heard.unlink(missing_ok=True)  # of the call before; each call begins a new one
    await agent.answer()
    for _ in range(40):
        if agent.count("CALL_CLOSED") >= turn:
            return False
        with suppress(AssertionError):
            await agent.hears(ELDER_TONE, within=0.0)
            return True
        await asyncio.sleep(0.25)
    raise AssertionError(f"{agent.user} answered and heard nobody: {agent.ear()}")


def _text(path: Path) -> str:
    return path.read_text(errors="replace")[-1500:] if path.exists() else "no errors written"
