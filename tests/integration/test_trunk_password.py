"""A trunk with a password, on a real Asterisk: the carrier is SIPp, and it lets in only whoever knows the password."""

from __future__ import annotations

import asyncio
import shutil
import socket
import stat
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from callcenter.app.free_port import free_port
from callcenter.asterisk.accounts import ensure_secrets
from callcenter.asterisk.instance import PrivateAsterisk
from callcenter.asterisk.legs import Legs
from callcenter.asterisk.link import AmiLink
from callcenter.asterisk.render import render
from callcenter.asterisk.telephony import AsteriskTelephony
from callcenter.config import Config, check
from callcenter.ports.asterisk_events import LinkUp
from callcenter.ports.telephony import LegRequest
from dialplans import variables
from tests.integration.cli_house import PREFIX

pytestmark = [
    pytest.mark.asterisk,
    pytest.mark.skipif(not (PREFIX / "bin/sipp").exists(), reason="`make asterisk` was not run"),
]

SCENARIOS = Path(__file__).parent / "sipp"
USER, PASSWORD = "hotline-7", "pa$$=w0rd[&]!"  # signs that mean something elsewhere in Asterisk's files
WITHIN_SECONDS = 20.0


@pytest.fixture
def folder() -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(prefix="ct-"))  # short: a unix socket lies below it
    yield folder
    shutil.rmtree(folder)


def configured(folder: Path, carrier: int, **trunk: Any) -> Config:
    (folder / "password").write_text(PASSWORD + "\n", encoding="ascii")
    return check(
        {
            "asterisk": {
                "prefix": str(PREFIX),
                "run_folder": "a",
                "sip_port": free_port(socket.SOCK_DGRAM),
                "http_port": free_port(),
                "rtp_first_port": 34400,
                "rtp_last_port": 34499,
                "ami": {"port": free_port()},
            },
            "trunks": [
                {"name": "city-line", "host": "127.0.0.1", "port": carrier, "user": USER, "password_file": "password"}
                | trunk
            ],
        },
        folder,
    )


class Carrier:
    """One SIPp with one scenario, which ends when it was played once."""

    def __init__(self, folder: Path, scenario: str, password: str) -> None:
        self.folder = folder
        self.port = free_port(socket.SOCK_DGRAM)
        self._scenario = scenario
        (folder / "who.csv").write_text(f"SEQUENTIAL\n{USER};{password}\n", encoding="ascii")

    @asynccontextmanager
    async def listening(self) -> AsyncIterator[asyncio.subprocess.Process]:
        process = await asyncio.create_subprocess_exec(
            PREFIX / "bin/sipp", "-sf", SCENARIOS / self._scenario, "-inf", "who.csv",
            "-i", "127.0.0.1", "-p", str(self.port), "-mp", "43000", "-m", "1", "-nostdin",
            "-recv_timeout", "8000", "-trace_err", "-error_file", "errors.log", "-trace_logs", "-log_file", "said.log",
            cwd=self.folder, stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.DEVNULL,
        )  # fmt: skip
        try:
            yield process
        finally:
            if process.returncode is None:
                process.kill()
                await process.wait()

    def text(self, name: str) -> str:
        file = self.folder / name
        return file.read_text(encoding="utf-8", errors="replace") if file.exists() else ""


@asynccontextmanager
async def running(config: Config) -> AsyncIterator[PrivateAsterisk]:
    asterisk = PrivateAsterisk(config)
    try:
        await asterisk.start(render(config, [], ensure_secrets(config)))
        yield asterisk
    finally:
        await asterisk.stop()


@asynccontextmanager
async def telephony(config: Config) -> AsyncIterator[AsteriskTelephony]:
    """Ours, when its link is up."""
    up = asyncio.Event()
    legs = Legs(lambda event: up.set() if isinstance(event, LinkUp) else None)
    link = AmiLink(config.asterisk.ami, ensure_secrets(config).ami, legs.heard, legs.up, legs.down)
    async with link:
        await asyncio.wait_for(up.wait(), WITHIN_SECONDS)
        yield AsteriskTelephony(link, legs, config)


async def called(folder: Path, password: str) -> tuple[int, str]:
    """How SIPp ended when a call went out, and what it complained about."""
    carrier = Carrier(folder, "carrier_call.xml", password)
    config = configured(folder, carrier.port)
    async with carrier.listening() as sipp, running(config), telephony(config) as telephones:
        await telephones.ring(
            LegRequest(
                id=uuid4(),
                destination="PJSIP/13900000001@city-line",
                context=variables.CONTEXT_LEG_MARK,  # nothing is said there: an answered leg is hung up
                ring_seconds=WITHIN_SECONDS,
                caller_name="",
                caller_number=config.hotline.caller_number,
            )
        )
        code = await asyncio.wait_for(sipp.wait(), WITHIN_SECONDS)
    return code, carrier.text("errors.log")


async def test_a_call_goes_out_with_the_password(folder: Path) -> None:
    code, complaint = await called(folder, PASSWORD)
    assert code == 0, complaint


async def test_with_another_password_the_carrier_takes_no_call(folder: Path) -> None:
    code, complaint = await called(folder, "another")
    assert code != 0
    assert "wrong user or password" in complaint


async def test_a_trunk_registers(folder: Path) -> None:
    carrier = Carrier(folder, "carrier_register.xml", PASSWORD)
    config = configured(folder, carrier.port, registers=True)
    async with carrier.listening() as sipp, running(config) as asterisk:
        assert await asyncio.wait_for(sipp.wait(), WITHIN_SECONDS) == 0, carrier.text("errors.log")
        assert f"sip:12349@127.0.0.1:{config.asterisk.sip_port}" in carrier.text("said.log")
        assert "city-line" in await asterisk.cli("pjsip show registrations")
        assert await asterisk.missing_modules() == []
        pjsip = asterisk.layout.etc / "pjsip.conf"
        assert stat.S_IMODE(pjsip.stat().st_mode) == 0o600
        lines = asterisk.layout.messages.read_text().splitlines()
        assert [line for line in lines if "WARNING" in line or "ERROR" in line] == []


async def test_a_trunk_that_begins_to_register_does_so_at_a_reload(folder: Path) -> None:
    carrier = Carrier(folder, "carrier_register.xml", PASSWORD)
    config = configured(folder, carrier.port)
    trunk = config.trunks[0].model_copy(update={"registers": True})
    async with carrier.listening() as sipp, running(config) as asterisk:
        assert sipp.returncode is None
        later = config.model_copy(update={"trunks": (trunk,)})
        assert not await asterisk.start(render(later, [], ensure_secrets(later)))
        assert await asyncio.wait_for(sipp.wait(), WITHIN_SECONDS) == 0, carrier.text("errors.log")
