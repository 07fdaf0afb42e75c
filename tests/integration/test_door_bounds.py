"""What does not get through the door, and what a bad peer costs the others."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator

import aiohttp
import pytest

from tests.integration.door_house import House, open_house


@pytest.fixture
async def house(request: pytest.FixtureRequest) -> AsyncIterator[House]:
    """Other settings by an indirect parameter."""
    async with open_house(getattr(request, "param", None)) as house:
        yield house


async def test_a_page_of_somebody_else_gets_no_link(house: House) -> None:
    for path in ("/live", "/sip"):
        for origin in ("http://elsewhere.example", f"https://127.0.0.1:{house.config.console.port}", "null"):
            with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
                await house.link(path, origin=origin)
            assert refused.value.status == 403


async def test_no_telephone_without_a_ticket(house: House) -> None:
    for cookie in ("", "phone_ticket=x", "phone_ticket=x.1.1001-web", "phone_ticket=.99999999999999999999.1001-web"):
        with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
            await house.link("/sip", headers={"Cookie": cookie})
        assert refused.value.status == 401


async def test_what_the_service_refuses_is_refused(house: House) -> None:
    with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
        await house.link("/refused")
    assert refused.value.status == 401


async def test_an_upload_beyond_the_limit_is_refused_whether_it_says_its_length_or_not(house: House) -> None:
    async def without_length() -> AsyncIterator[bytes]:
        for _ in range(30):
            yield b"x" * 10_000

    for data in (b"x" * 200_000, without_length()):
        try:
            async with house.client.post(house.url, data=data) as answer:
                assert answer.status == 413
        except aiohttp.ClientConnectionError:
            pass  # it hung up on what was still being sent
    async with house.client.get(house.url) as answer:
        assert answer.status == 200


async def test_a_message_beyond_the_limit_ends_its_link_only(house: House) -> None:
    other = await house.link()
    too_long = await house.link()
    await too_long.send_str("x" * 5000)
    assert (await too_long.receive(timeout=5)).type is aiohttp.WSMsgType.CLOSE
    assert too_long.close_code == 1009
    flooded = await house.link()
    await flooded.send_str("flood")
    assert (await flooded.receive(timeout=5)).type is aiohttp.WSMsgType.CLOSE
    await other.send_str("still here")
    assert (await other.receive(timeout=5)).data == "still here"


@pytest.mark.parametrize("house", [{"idle_seconds": 0.3}], indirect=True)
async def test_a_link_that_carries_nothing_is_closed(house: House) -> None:
    link = await house.link()
    assert (await link.receive(timeout=5)).type is aiohttp.WSMsgType.CLOSE


@pytest.mark.parametrize(
    "house", [{"links_at_most": 1, "requests_at_most": 1, "answer_within_seconds": 5}], indirect=True
)
async def test_who_comes_when_it_is_full_is_told_so_at_once(house: House) -> None:
    first = await house.link()
    with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
        await house.link()
    assert refused.value.status == 503
    waiting = asyncio.create_task(house.client.get(f"{house.url}/never"))
    async with asyncio.timeout(5):
        while "never" not in house.behind.heard:
            await asyncio.sleep(0.01)
    async with house.client.get(house.url) as answer:
        assert answer.status == 503
    waiting.cancel()
    await asyncio.wait([waiting])
    await first.close()
    async with asyncio.timeout(5):
        while (await house.client.get(house.url)).status != 200:
            await asyncio.sleep(0.01)
        while True:
            try:
                await house.link()
            except aiohttp.WSServerHandshakeError:
                await asyncio.sleep(0.01)
            else:
                break


@pytest.mark.parametrize("house", [{"connections_at_most": 5}], indirect=True)
async def test_more_connections_than_there_is_room_for_are_hung_up_on(house: House) -> None:
    kept = [await asyncio.open_connection("127.0.0.1", house.config.console.port) for _ in range(5)]
    assert await house.raw(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n") == b""
    for _, writer in kept:
        writer.close()
    async with asyncio.timeout(5):
        while not await house.raw(b"GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"):
            await asyncio.sleep(0.01)


async def test_a_peer_that_goes_away_costs_nothing(house: House) -> None:
    assert await house.raw(closes=True) == b""
    assert await house.raw(b"GET / HT", closes=True) == b""


@pytest.mark.parametrize("said", [b"", b"GET / HTTP/1.1\r\nHost: x\r\nX-Slow: "])
async def test_a_peer_that_never_asks_is_hung_up_on(house: House, said: bytes) -> None:
    began = asyncio.get_running_loop().time()
    await house.raw(said)
    assert asyncio.get_running_loop().time() - began < 3


@pytest.mark.parametrize(
    "said",
    [
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" * 20,  # TLS where there is none
        b"\x00" * 1000,
        b"GET / HTTP/9.9\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: x\r\n" + b"X: " + b"y" * 100_000 + b"\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: x\r\nContent-Length: -5\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        b"GET http://elsewhere.example/ HTTP/1.1\r\nHost: x\r\n\r\n",
        b"GET /live HTTP/1.1\r\nHost: x\r\nOrigin: http://x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n",
    ],
)
async def test_rubbish_is_answered_and_costs_nobody_else(house: House, said: bytes) -> None:
    link = await house.link()
    answer = await house.raw(said)
    assert not answer or answer.split(b" ", 2)[1].startswith((b"4", b"5")), answer[:200]
    await link.send_str("still here")
    assert (await link.receive(timeout=5)).data == "still here"


async def test_a_service_that_says_nothing_is_away_in_a_bounded_time(house: House) -> None:
    async with house.client.get(f"{house.url}/never") as answer:
        assert answer.status == 503


async def test_half_an_answer_does_not_look_like_a_whole_one(house: House) -> None:
    async with house.client.get(f"{house.url}/slowly") as answer:
        with pytest.raises(aiohttp.ClientPayloadError):
            await answer.read()


async def test_while_the_service_is_away_people_get_a_page_and_programs_a_word(house: House) -> None:
    await house.behind.runner.cleanup()
    async with house.client.get(f"{house.url}/desk", headers={"Accept": "text/html,*/*"}) as answer:
        page = await answer.text()
        assert answer.status == 503
        assert answer.headers["Retry-After"] == "3"
        assert answer.headers["Content-Security-Policy"].startswith("default-src 'self'")
    assert page.index("坐席台暂时不可用") < page.index("The desk is away")
    async with house.client.get(f"{house.url}/desk") as answer:
        assert (answer.status, json.loads(await answer.text())) == (503, {"error": "service_away"})
    with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
        await house.link()
    assert refused.value.status == 503
    async with house.client.get(f"{house.url}/static/desk.js") as answer:
        assert answer.status == 200, "what the page needs is the door's own"
