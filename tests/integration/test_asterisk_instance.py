"""The private Asterisk: started once, adopted afterwards, stopped by pid, and not fooled by a taken port."""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import socket
import tempfile
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from callcenter.app.free_port import free_port
from callcenter.asterisk.accounts import SipAccount, SipKind, ensure_secrets
from callcenter.asterisk.instance import PrivateAsterisk
from callcenter.asterisk.render import render
from callcenter.config import Config, check
from callcenter.errors import AsteriskAway, ConfigurationFaulty

PREFIX = Path(__file__).parents[2] / "var" / "asterisk"
pytestmark = pytest.mark.asterisk


@pytest.fixture
async def config() -> AsyncIterator[Config]:
    if not (PREFIX / "bin/asterisk").exists():
        pytest.skip("no private Asterisk in var/asterisk: run `make setup`")
    folder = Path(tempfile.mkdtemp(prefix="ci-"))
    config = check(
        {
            "asterisk": {
                "prefix": str(PREFIX),
                "run_folder": "a",
                "sip_port": free_port(socket.SOCK_DGRAM),
                "http_port": free_port(),
                "rtp_first_port": 34000,
                "rtp_last_port": 34099,
                "ami": {"port": free_port()},
            }
        },
        folder,
    )
    yield config
    await PrivateAsterisk(config).stop()
    shutil.rmtree(folder, ignore_errors=True)


def _files(config: Config, *agents: str) -> dict[str, str]:
    accounts = [SipAccount(kind=SipKind.AGENT, name=name) for name in agents]
    return render(config, accounts, ensure_secrets(config))


async def test_started_once_then_adopted_and_reloaded(config: Config) -> None:
    first = PrivateAsterisk(config)
    assert await first.start(_files(config, "1001"))
    pid = first.pid
    assert pid is not None
    assert os.getsid(pid) != os.getsid(0)
    assert await first.missing_modules() == []
    second = PrivateAsterisk(config)
    assert not await second.start(_files(config, "1001", "1002"))
    assert second.pid == pid
    assert "1002" in await second.cli("pjsip show endpoints")
    await second.stop()
    assert first.pid is None
    with pytest.raises(AsteriskAway):
        await first.cli("core show version")
    await second.stop()  # gone already: no error


async def test_it_loads_without_one_complaint(config: Config) -> None:
    asterisk = PrivateAsterisk(config)
    await asterisk.start(_files(config, "1001"))
    lines = asterisk.layout.messages.read_text().splitlines()
    assert [line for line in lines if "WARNING" in line or "ERROR" in line] == []


async def test_after_a_kill_its_stale_socket_and_pid_do_not_fool_anybody(config: Config) -> None:
    asterisk = PrivateAsterisk(config)
    await asterisk.start(_files(config))
    killed = asterisk.pid
    assert killed is not None
    os.kill(killed, signal.SIGKILL)
    async with asyncio.timeout(5):
        while asterisk.pid is not None:
            await asyncio.sleep(0.02)
    assert await asterisk.start(_files(config))
    assert asterisk.pid not in (None, killed)


async def test_a_pid_file_that_names_somebody_else_is_not_believed(config: Config) -> None:
    asterisk = PrivateAsterisk(config)
    asterisk.lay_out()
    asterisk.layout.pid_file.write_text(f"{os.getpid()}\n")
    assert asterisk.pid is None
    await asterisk.stop()  # and we are still here


async def test_a_taken_port_is_said_and_nothing_is_left_running(config: Config) -> None:
    asterisk = PrivateAsterisk(config)
    with (
        socket.create_server(("127.0.0.1", config.asterisk.ami.port)),
        pytest.raises(AsteriskAway, match=f"tcp {config.asterisk.ami.port}"),
    ):
        await asterisk.start(_files(config))
    assert asterisk.pid is None


def test_a_prefix_without_asterisk_is_a_fault_of_the_configuration(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationFaulty, match=r"asterisk\.prefix"):
        PrivateAsterisk(check({}, tmp_path))
