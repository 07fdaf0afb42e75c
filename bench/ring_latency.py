"""From the red key's INVITE to the agent's phone, beside a bare `Dial()` to the same phone in the same Asterisk.

    python -m bench.ring_latency [--quick] [--json]

The whole hotline runs as in production: dialplan, entry mark, FastAGI, look-up, emergency and offer committed,
Originate. The bare caller's extension is one `Dial(PJSIP/…)`. Both times are taken on the SIP side, from the INVITE
that leaves when the key is pressed (Asterisk asks for the password, as it always does) to the INVITE that reaches the
agent's phone, for 1, 10 and 50 callers at once, in turns.
"""

from __future__ import annotations

import asyncio
import re
import shutil
import sys
import tempfile
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from typing import Any

from bench.command import run
from bench.sip import Account, Phones, Rang
from callcenter.app.ask_service import ask_service
from callcenter.app.clock import SystemClock
from callcenter.asterisk.accounts import SipAccount, SipKind, sip_password
from callcenter.domain.devices import Device, DeviceKind
from callcenter.domain.people import Agent, Elder, Household
from callcenter.errors import HotlineError
from callcenter.ports.storage import UnitOfWork
from tests.acceptance.hotline import Hotline

RATIO_AT_MOST = 3.0
AT_ONCE = (1, 10, 50)
_RING_WITHIN_SECONDS = 20.0
_QUIET_WITHIN_SECONDS = 60.0
_RED = "120001"
_BARE_PASSWORD = "bench"
_SINCE = datetime(2026, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, kw_only=True)
class Row:
    """Milliseconds from INVITE to INVITE."""

    at_once: int
    calls: int  #: of each kind
    bare_ms: float  #: medians
    ours_ms: float
    bare_slowest_ms: float
    ours_slowest_ms: float
    ratio: float  #: of the medians


class BenchHouse(Hotline):
    """Elders 00, 01 … with a pager each, as many agents, and as many callers whose number is one `Dial()`."""

    def __init__(self, folder: Path, size: int) -> None:
        rungs = [{"kind": "best_agents", "wait_seconds": 60}]
        super().__init__(
            folder,
            {
                "ladders": [{"name": name, "rungs": rungs} for name in ("default", "service")],
                "fallback": {"agents": ["PJSIP/a00"]},
            },
        )
        self.size = size
        self.accounts = [
            SipAccount(kind=kind, name=f"{letter}{number:02d}")
            for kind, letter in ((SipKind.PAGER, "p"), (SipKind.AGENT, "a"))
            for number in range(size)
        ]

    async def start(self) -> None:
        await super().start()
        await self.cli("module load app_dial")  # the hotline itself does without it

    def rendered(self, overrides: dict[str, Any] | None = None) -> dict[str, str]:
        """With the bare callers and their extension."""
        files = super().rendered(overrides)
        files["extensions.conf"] += "\n[bench]\nexten => _X.,1,Dial(PJSIP/a${EXTEN:1},30)\n"
        files["pjsip.conf"] += "".join(
            f"\n[b{number:02d}](cc-elder-line)\ncontext = bench\nauth = b{number:02d}\naors = b{number:02d}\n"
            f"[b{number:02d}](cc-registered)\n"
            f"[b{number:02d}]\ntype = auth\nauth_type = userpass\nusername = b{number:02d}\n"
            f"password = {_BARE_PASSWORD}\n"
            for number in range(self.size)
        )
        return files

    def _seed(self, work: UnitOfWork, clock: SystemClock) -> None:
        for number in range(self.size):
            home = Household(id=clock.new_id(), district="东城区", street="和平街", estate="和平里")
            elder = Elder(id=clock.new_id(), household=home.id, name=f"老人{number:02d}")
            work.people.add_household(home)
            work.people.add_elder(elder)
            work.people.add_device(
                Device(id=clock.new_id(), elder=elder.id, kind=DeviceKind.PAGER, account=f"p{number:02d}", since=_SINCE)
            )
            work.agents.add(Agent(id=clock.new_id(), name=f"坐席{number}", extension=f"a{number:02d}"))

    def sip(self, name: str) -> Account:
        """How this phone registers or calls."""
        if name.startswith("b"):
            return Account(name, _BARE_PASSWORD)
        account = next(account for account in self.accounts if account.name == name)
        return Account(name, sip_password(self.secrets.sip, account))

    async def quiet(self) -> None:
        """Closes what is open and waits until no channel is left and every agent is free."""
        async with asyncio.timeout(_QUIET_WITHIN_SECONDS):
            while rows := self.open_emergencies():
                for row in rows:
                    with suppress(HotlineError):  # away for a moment, under load: once more
                        await ask_service(
                            self.config, verb="close", emergency=row.id, by="bench", disposition="test_call"
                        )
            while await self.live_channels():
                await asyncio.sleep(0.1)
            while self.rows("select 1 from offers where ended_at is null limit 1"):
                await asyncio.sleep(0.1)
            while self.rows("select 1 from agents where presence = 'wrap_up' limit 1"):
                await asyncio.sleep(0.1)


def main(quick: bool) -> list[Row]:
    """About five minutes, or one."""
    folder = Path(tempfile.mkdtemp(prefix="br-"))  # short: the control socket's path has 107 characters at most
    try:
        return asyncio.run(_measure(folder, {1: 7, 10: 3, 50: 2} if quick else {1: 60, 10: 12, 50: 7}))
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def complaints(rows: list[Row]) -> list[str]:
    """The limits that are not kept."""
    return [
        f"red key to agent's phone, {row.at_once} at once: {row.ratio:.2f} × a bare Dial(), at most {RATIO_AT_MOST:g}"
        for row in rows
        if row.ratio > RATIO_AT_MOST
    ]


async def _measure(folder: Path, rounds: dict[int, int]) -> list[Row]:
    house = BenchHouse(folder, max(rounds))
    try:
        await house.start()
        await house.serve()
        async with Phones(house.config.asterisk.sip_port) as phones:
            for number in range(house.size):
                await phones.register(house.sip(f"a{number:02d}"))
                await house.on_duty(f"a{number:02d}")
            rows: list[Row] = []
            for at_once, times in rounds.items():
                rows.append(await _at_once(house, phones, at_once, times))
                print(table(rows[-1:]), file=sys.stderr, flush=True)  # a later one may fail
            return rows
    finally:
        await house.quit()
        await house.asterisk.stop()


async def _at_once(house: BenchHouse, phones: Phones, at_once: int, rounds: int) -> Row:
    """The first round warms up and is not counted."""
    bare: list[float] = []
    ours: list[float] = []
    for number in range(rounds + 1):
        of_bare = await _round(house, phones, at_once, "b", "9{:02d}", lambda rang: rang.account)
        of_ours = await _round(house, phones, at_once, "p", _RED, lambda rang: rang.shown)
        if number:
            bare += of_bare
            ours += of_ours
    return Row(
        at_once=at_once,
        calls=len(ours),
        bare_ms=median(bare),
        ours_ms=median(ours),
        bare_slowest_ms=max(bare),
        ours_slowest_ms=max(ours),
        ratio=median(ours) / median(bare),
    )


async def _round(
    house: BenchHouse, phones: Phones, at_once: int, letter: str, to: str, whose: Callable[[Rang], str]
) -> list[float]:
    """Milliseconds of each call. Which caller a ring belongs to is told by the two digits in `whose` answer."""
    rings: dict[int, Rang] = {}
    calls = [phones.press(house.sip(f"{letter}{n:02d}"), to.format(n)) for n in range(at_once)]
    async with asyncio.timeout(_RING_WITHIN_SECONDS):
        while len(rings) < at_once:
            rang = await phones.rung.get()
            rings.setdefault(_number(whose(rang)), rang)
    if letter == "b":
        await asyncio.gather(*(phones.hang_up(call) for call in calls))
    await house.quiet()
    await asyncio.gather(*(phones.hang_up(call) for call in calls))
    return [(rings[number].at - call.sent_at) * 1000 for number, call in enumerate(calls)]


def _number(text: str) -> int:
    found = re.search(r"\d\d", text)
    if found is None:
        raise ValueError(f"no caller of ours: {text!r}")
    return int(found.group())


def table(rows: list[Row]) -> str:
    lines = [f"{'at once':>7}{'calls':>7}{'Dial() ms':>11}{'slowest':>9}{'red key ms':>12}{'slowest':>9}{'ratio':>7}"]
    lines += [
        f"{row.at_once:>7}{row.calls:>7}{row.bare_ms:>11.1f}{row.bare_slowest_ms:>9.1f}"
        f"{row.ours_ms:>12.1f}{row.ours_slowest_ms:>9.1f}{row.ratio:>7.2f}"
        for row in rows
    ]
    return "\n".join(lines)


if __name__ == "__main__":
    run(__doc__, main, table, complaints)
