"""What goes through the door: requests, answers, links and files, and who is said to ask."""

from __future__ import annotations

import asyncio
import gzip
import json
from collections.abc import AsyncIterator

import aiohttp
import pytest
from yarl import URL

from tests.integration.door_house import SCRIPT, House, open_house


@pytest.fixture
async def house(request: pytest.FixtureRequest) -> AsyncIterator[House]:
    """Other settings by an indirect parameter."""
    async with open_house(getattr(request, "param", None)) as house:
        yield house


async def test_a_request_and_its_answer_go_through_whole(house: House) -> None:
    body = b"x" * 50_000
    async with house.client.post(
        URL(f"{house.url}/elders?q=%E5%BC%A0%2F&x=1", encoded=True), data=body, headers={"X-Ours": "1"}
    ) as answer:
        said = json.loads(await answer.text())
        assert answer.headers["X-Answer"] == "yes"
        assert answer.headers["Set-Cookie"] == "desk=1; HttpOnly"
    assert said["method"] == "POST"
    assert said["path"] == "/elders?q=%E5%BC%A0%2F&x=1"
    assert said["bytes"] == len(body)
    assert ["X-Ours", "1"] in said["headers"]


async def test_a_question_about_an_answer_gets_no_body_and_an_upload_may_ask_first(house: House) -> None:
    async with house.client.head(house.url) as answer:
        assert (answer.status, answer.headers["X-Answer"], await answer.read()) == (200, "yes", b"")
        assert "Server" not in answer.headers
    async with house.client.post(house.url, data=b"x" * 1000, expect100=True) as answer:
        assert json.loads(await answer.text())["bytes"] == 1000


async def test_a_redirect_is_the_browsers_to_follow(house: House) -> None:
    async with house.client.get(f"{house.url}/moved", allow_redirects=False) as answer:
        assert answer.status == 303
        assert answer.headers["Location"] == "/login"


async def test_who_asks_cannot_be_forged(house: House) -> None:
    forged = {
        "X-Forwarded-For": "203.0.113.9",
        "X-Forwarded-Proto": "https",
        "X-Forwarded-Host": "elsewhere.example",
        "X_Forwarded_For": "203.0.113.9",
        "Forwarded": "for=203.0.113.9",
        "X-Real-IP": "203.0.113.9",
        "Connection": "X-Hidden, keep-alive",
        "X-Hidden": "1",
    }
    async with house.client.get(house.url, headers=forged) as answer:
        headers = [(name.lower(), value) for name, value in json.loads(await answer.text())["headers"]]
    assert not [value for _, value in headers if "203.0.113.9" in value or "elsewhere" in value]
    assert ("x-hidden", "1") not in headers
    told = dict(headers)
    assert told["x-forwarded-for"] == "127.0.0.1"
    assert told["x-forwarded-proto"] == "http"
    assert told["host"] == told["x-forwarded-host"] == f"127.0.0.1:{house.config.console.port}"


@pytest.mark.parametrize("house", [{"trusted_proxies": ["127.0.0.0/8"]}], indirect=True)
async def test_a_trusted_proxys_last_word_counts(house: House) -> None:
    said = {"X-Forwarded-For": "10.9.9.9, 198.51.100.7", "X-Forwarded-Proto": "https"}
    async with house.client.get(house.url, headers=said) as answer:
        headers = {name.lower(): value for name, value in json.loads(await answer.text())["headers"]}
    assert headers["x-forwarded-for"] == "198.51.100.7"
    assert headers["x-forwarded-proto"] == "https"
    async with house.client.get(house.url, headers={"X-Forwarded-For": "rubbish", "X-Forwarded-Proto": "x"}) as answer:
        headers = {name.lower(): value for name, value in json.loads(await answer.text())["headers"]}
    assert headers["x-forwarded-for"] == "127.0.0.1"


async def test_a_link_says_and_hears_until_either_side_ends(house: House) -> None:
    link = await house.link(protocols=("desk",))
    assert link.protocol == "desk"
    await link.send_str("你好")
    assert (await link.receive()).data == "你好"
    await link.send_bytes(b"\x00\xff")
    assert (await link.receive()).data == b"\x00\xff"
    await link.send_str("close")
    assert (await link.receive(timeout=5)).type is aiohttp.WSMsgType.CLOSE
    assert link.close_code == 1008
    again = await house.link()
    await again.close()
    async with asyncio.timeout(5):
        while house.behind.heard.count("closed") < 2:
            await asyncio.sleep(0.01)
    assert set(house.behind.heard) == {"127.0.0.1", "closed"}


async def test_files_are_handed_out_once(house: House) -> None:
    async with house.client.get(f"{house.url}/static/desk.js", headers={"Accept-Encoding": "gzip"}) as answer:
        assert answer.headers["Content-Type"] == "text/javascript; charset=utf-8"
        assert answer.headers["Cache-Control"] == "no-cache"
        assert gzip.decompress(await answer.read()).decode() == SCRIPT
        mark = answer.headers["ETag"]
    async with house.client.get(f"{house.url}/static/desk.js", headers={"If-None-Match": mark}) as answer:
        assert (answer.status, await answer.read()) == (304, b"")
    plain = {"Accept-Encoding": "identity"}
    async with house.client.get(f"{house.url}/static/shared/chunk-ABC.js", headers=plain) as answer:
        assert "immutable" in answer.headers["Cache-Control"]
        assert await answer.text() == SCRIPT


@pytest.mark.parametrize(
    "path",
    ["../secret.txt", "%2e%2e/secret.txt", "..%2fsecret.txt", "/secret.txt", ".bundled", "shared", "desk.js%00", "x"],
)
async def test_nothing_else_is_handed_out(house: House, path: str) -> None:
    answer = await house.raw(f"GET /static/{path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".encode())
    assert b"not to be seen" not in answer
    assert b" 404 " in answer.splitlines()[0]
