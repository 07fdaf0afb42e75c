"""`/sip` with a real Asterisk behind it: whatever comes from a browser, the other telephones are served."""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import socket
import tempfile
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

import aiohttp
import pytest

from callcenter.app.checks.console import check_console
from callcenter.app.checks.finding import Health
from callcenter.app.free_port import free_port
from callcenter.asterisk.accounts import SipAccount, SipKind, browser_account, ensure_secrets
from callcenter.asterisk.instance import PrivateAsterisk
from callcenter.asterisk.render import render
from callcenter.config import Config, check
from callcenter.console.door.server import open_door
from callcenter.console.door.ticket import COOKIE, issue, ticket_secret

PREFIX = Path(__file__).parents[2] / "var" / "asterisk"
pytestmark = pytest.mark.asterisk


@dataclass
class House:
    config: Config
    asterisk: PrivateAsterisk
    client: aiohttp.ClientSession
    phones: list[aiohttp.ClientWebSocketResponse] = field(default_factory=list)

    async def phone(self, extension: str = "1001", *, seconds: float = 60.0) -> aiohttp.ClientWebSocketResponse:
        """A telephone with a ticket for so long. It is closed with the house at the latest."""
        origin = f"http://127.0.0.1:{self.config.console.port}"
        account = browser_account(extension).name
        ticket = issue(ticket_secret(self.config), account, datetime.now(UTC) + timedelta(seconds=seconds))
        phone = await self.client.ws_connect(
            f"{origin}/sip", origin=origin, protocols=("sip",), headers={"Cookie": f"{COOKIE}={ticket}"}
        )
        self.phones.append(phone)
        return phone


@pytest.fixture(scope="module")
def behind() -> Iterator[tuple[Config, PrivateAsterisk]]:
    """An Asterisk with two agents, started once; the door is every test's own."""
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
                "rtp_first_port": 34500,
                "rtp_last_port": 34599,
                "ami": {"port": free_port()},
            },
            "console": {
                "port": free_port(),
                "connect_within_seconds": 1.0,
                "phone_bytes_at_most": 4096,
                "phone_messages_per_second_at_most": 20,
                "phones_per_account_at_most": 2,
            },
        },
        folder,
    )
    accounts = [SipAccount(kind=SipKind.AGENT, name=name) for name in ("1001", "1002")]
    accounts += [browser_account(account.name) for account in accounts]
    private = PrivateAsterisk(config)
    asyncio.run(private.start(render(config, accounts, ensure_secrets(config))))
    yield config, private
    asyncio.run(private.stop())
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
async def house(behind: tuple[Config, PrivateAsterisk]) -> AsyncIterator[House]:
    config, asterisk = behind
    async with open_door(config), aiohttp.ClientSession() as client:
        house = House(config, asterisk, client)
        yield house
        # What the garbage collector finds open is an error, in whatever test it finds it.
        for phone in house.phones:
            await phone.close()


def register(account: str = "1001-web", *, more: str = "") -> str:
    call = uuid4().hex
    return (
        f"REGISTER sip:127.0.0.1 SIP/2.0\r\nVia: SIP/2.0/WS x.invalid;branch=z9hG4bK{call}\r\nMax-Forwards: 70\r\n"
        f"From: <sip:{account}@127.0.0.1>;tag={call[:8]}\r\nTo: <sip:{account}@127.0.0.1>\r\nCall-ID: {call}\r\n"
        f"CSeq: 1 REGISTER\r\nContact: <sip:x@x.invalid;transport=ws>\r\n{more}Content-Length: 0\r\n\r\n"
    )


async def is_asked_for_a_password(phone: aiohttp.ClientWebSocketResponse, account: str = "1001-web") -> None:
    """Asterisk hears this telephone and answers it."""
    await phone.send_str(register(account))
    answer = await phone.receive(timeout=5)
    assert str(answer.data).startswith("SIP/2.0 401 ")


async def test_a_telephone_with_a_ticket_is_brought_to_asterisk(house: House) -> None:
    phone = await house.phone()
    assert phone.protocol == "sip"
    await is_asked_for_a_password(phone)
    await phone.close()


RUBBISH = (
    "",
    "\r\n\r\n",
    "\x00" * 4000,
    "INVITE",
    "INVITE sip:120001@127.0.0.1 SIP/2.0\r\n\r\n",
    "SIP/2.0 200 OK\r\n\r\n",
    "SIP/2.0 999 \r\nVia: x\r\nCSeq: x\r\nCall-ID: \r\n\r\n",
    register().replace("Content-Length: 0", "Content-Length: -1"),
    register().replace("CSeq: 1", "CSeq: 99999999999999999999"),
    register(more="X: " + "y" * 3000 + "\r\n"),
    register().replace("<sip:1001-web@127.0.0.1>", "<sip:%00%ff@[::" + ":" * 50 + "]>"),
    "GET / HTTP/1.1\r\n\r\n",
)


async def test_rubbish_on_one_connection_costs_no_other(house: House) -> None:
    good = await house.phone("1002")
    pid = house.asterisk.pid
    for rubbish in RUBBISH:
        bad = await house.phone()
        await bad.send_str(rubbish)
        await bad.send_bytes(rubbish.encode() + b"\xff\xfe")
        await is_asked_for_a_password(good, "1002-web")
        await bad.close()
    assert house.asterisk.pid == pid


async def test_a_message_beyond_the_limit_ends_its_own_connection(house: House) -> None:
    good, bad = await house.phone("1002"), await house.phone()
    await bad.send_str("x" * 5000)
    assert (await bad.receive(timeout=5)).type is aiohttp.WSMsgType.CLOSE
    assert bad.close_code == 1009
    await is_asked_for_a_password(good, "1002-web")


async def test_a_flood_ends_its_own_connection(house: House) -> None:
    good, bad = await house.phone("1002"), await house.phone()
    for _ in range(100):
        await bad.send_str("\r\n")
    async with asyncio.timeout(5):
        while (await bad.receive()).type is not aiohttp.WSMsgType.CLOSE:
            pass
    assert bad.close_code == 1008
    await is_asked_for_a_password(good, "1002-web")


async def test_it_ends_with_its_ticket(house: House) -> None:
    phone = await house.phone(seconds=1.2)  # in whole seconds, rounded down
    await is_asked_for_a_password(phone)
    assert (await phone.receive(timeout=5)).type is aiohttp.WSMsgType.CLOSE
    assert phone.close_code == 1008


async def test_one_account_has_so_many_and_room_again_when_one_goes(house: House) -> None:
    first, second = await house.phone(), await house.phone()
    with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
        await house.phone()
    assert refused.value.status == 429
    await is_asked_for_a_password(await house.phone("1002"), "1002-web")
    await is_asked_for_a_password(second)
    await first.close()
    async with asyncio.timeout(5):
        while True:
            try:
                await is_asked_for_a_password(await house.phone())
                return
            except aiohttp.WSServerHandshakeError:
                await asyncio.sleep(0.02)


async def test_an_asterisk_that_says_nothing_is_away_in_a_bounded_time(house: House) -> None:
    pid = house.asterisk.pid
    assert pid is not None
    os.kill(pid, signal.SIGSTOP)
    try:
        with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
            async with asyncio.timeout(5):
                await house.phone()
        assert refused.value.status == 502
    finally:
        os.kill(pid, signal.SIGCONT)
    await is_asked_for_a_password(await house.phone())


async def test_the_doctor_sees_an_open_door_and_asterisk_behind_it(house: House) -> None:
    findings = await check_console(house.config)
    said = {finding.en: finding.health for finding in findings}
    assert said[f"the door is open at http://127.0.0.1:{house.config.console.port}"] is Health.OK
    assert said[f"Asterisk waits for browsers at 127.0.0.1:{house.config.asterisk.http_port}"] is Health.OK


async def test_the_doctor_names_a_door_that_is_not_open(behind: tuple[Config, PrivateAsterisk]) -> None:
    findings = await check_console(behind[0])
    assert [finding.health for finding in findings if "not open" in finding.en] == [Health.WARN]
