"""A model over lines that are cut, from servers that lie, are ill or say nothing."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from callcenter.app import speech_download
from callcenter.app.speech_download import fetch, part_of
from callcenter.errors import ModelNotFetched
from tests.integration.model_server import ModelServer

BODY = bytes(range(256)) * 4096


def ignored(done: int, total: int | None) -> None:
    """A progress that nobody looks at."""


@pytest.fixture(autouse=True)
def short_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(speech_download, "_PAUSE_SECONDS", 0.01)
    monkeypatch.setattr(speech_download, "SILENT_SECONDS", 0.3)


async def test_a_whole_file(tmp_path: Path) -> None:
    seen: list[tuple[int, int | None]] = []
    async with ModelServer(BODY).running() as server:
        part = await fetch(server.url, tmp_path, lambda done, total: seen.append((done, total)))
    assert part.read_bytes() == BODY
    assert seen[-1] == (len(BODY), len(BODY))


async def test_a_cut_line_is_gone_on_with(tmp_path: Path) -> None:
    async with ModelServer(BODY).running() as server:
        server.cut_after = [100_000, 1, 300_000]
        part = await fetch(server.url, tmp_path, ignored)
    assert part.read_bytes() == BODY
    assert server.sent == len(BODY), "not a byte twice"
    assert len(server.asked) == 4


async def test_a_later_run_goes_on_where_an_earlier_one_was_killed(tmp_path: Path) -> None:
    async with ModelServer(BODY).running() as server:
        part_of(server.url, tmp_path).write_bytes(BODY[:500_000])
        part = await fetch(server.url, tmp_path, ignored)
    assert part.read_bytes() == BODY
    assert server.sent == len(BODY) - 500_000


async def test_a_complete_part_is_not_fetched_again(tmp_path: Path) -> None:
    async with ModelServer(BODY).running() as server:
        part_of(server.url, tmp_path).write_bytes(BODY)
        part = await fetch(server.url, tmp_path, ignored)
    assert part.read_bytes() == BODY
    assert server.sent == 0


async def test_a_server_without_ranges_begins_again(tmp_path: Path) -> None:
    async with ModelServer(BODY).running() as server:
        server.ranges = False
        part_of(server.url, tmp_path).write_bytes(b"x" * 1000)
        part = await fetch(server.url, tmp_path, ignored)
    assert part.read_bytes() == BODY


async def test_a_part_longer_than_the_file_is_thrown_away(tmp_path: Path) -> None:
    async with ModelServer(BODY).running() as server:
        part_of(server.url, tmp_path).write_bytes(BODY + b"more")
        part = await fetch(server.url, tmp_path, ignored)
    assert part.read_bytes() == BODY


async def test_one_address_does_not_go_on_with_the_part_of_another(tmp_path: Path) -> None:
    async with ModelServer(BODY).running() as server:
        part_of(server.url + "?2", tmp_path).write_bytes(b"something else")
        part = await fetch(server.url, tmp_path, ignored)
    assert part.read_bytes() == BODY


async def test_what_is_not_there_is_asked_for_once(tmp_path: Path) -> None:
    async def answer(_: bytes, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n")

    async with ModelServer(BODY).running() as server:
        server.answer = answer
        with pytest.raises(ModelNotFetched, match="404"):
            await fetch(server.url, tmp_path, ignored)
    assert len(server.asked) == 1


@pytest.mark.parametrize(
    "reply",
    [
        pytest.param(b"", id="says nothing and goes"),
        pytest.param(b"\x00\xffrubbish\r\n\r\n", id="rubbish"),
        pytest.param(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf", id="half"),
        pytest.param(b"HTTP/1.1 503 Busy\r\nContent-Length: 0\r\n\r\n", id="ill"),
        pytest.param(b"HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n", id="no number"),
    ],
)
async def test_a_bad_server_is_tried_so_often_and_no_more(tmp_path: Path, reply: bytes) -> None:
    async def answer(_: bytes, writer: asyncio.StreamWriter) -> None:
        writer.write(reply)

    async with ModelServer(BODY).running() as server:
        server.answer = answer
        with pytest.raises(ModelNotFetched):
            await fetch(server.url, tmp_path, ignored)
    assert speech_download.TRIES <= len(server.asked) <= 2 * speech_download.TRIES  # aiohttp asks once more by itself


async def test_a_silent_server_is_left(tmp_path: Path) -> None:
    async def answer(_: bytes, __: asyncio.StreamWriter) -> None:
        await asyncio.sleep(60)

    async with ModelServer(BODY).running() as server:
        server.answer = answer
        async with asyncio.timeout(10):
            with pytest.raises(ModelNotFetched):
                await fetch(server.url, tmp_path, ignored)


async def test_nobody_listens(tmp_path: Path) -> None:
    with pytest.raises(ModelNotFetched):
        await fetch(ModelServer(BODY).url, tmp_path, ignored)


@pytest.mark.parametrize("announced", [b"Content-Length: 99999999\r\n", b""])
async def test_no_more_than_the_limit_is_taken(tmp_path: Path, announced: bytes) -> None:
    async def answer(_: bytes, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nConnection: close\r\n%s\r\n" % announced + bytes(2_000_000))

    async with ModelServer(BODY).running() as server:
        server.answer = answer
        with pytest.raises(ModelNotFetched, match="1000000"):
            await fetch(server.url, tmp_path, ignored, at_most=1_000_000)
    assert list(tmp_path.iterdir()) == []


async def test_a_server_that_begins_elsewhere_is_not_believed(tmp_path: Path) -> None:
    async def answer(_: bytes, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 206 Partial\r\nContent-Range: bytes 5-9/10\r\nContent-Length: 5\r\n\r\nhello")

    async with ModelServer(BODY).running() as server:
        server.answer = answer
        part = part_of(server.url, tmp_path)
        part.write_bytes(b"12")
        with pytest.raises(ModelNotFetched, match="byte 2"):
            await fetch(server.url, tmp_path, ignored)
    assert part.read_bytes() == b"12"
