"""The FastAGI server on a real socket: EOF, silence, rubbish first; then bounds, stories that fail, and stopping."""

from __future__ import annotations

import asyncio
import json
import re
import socket
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
import structlog

from callcenter.config.process import Logging
from callcenter.errors import CallerHungUp
from callcenter.logs import configure
from callcenter.ports.story_call import StoryCall
from dialplans import variables
from ivr.server import FastAgiServer, Story
from tests.integration.fake_asterisk_agi import FakeCall, environment, serving

GOOD = environment("hello")


async def hello(call: StoryCall) -> None:
    await call.answer()
    await call.say("received")
    await call.go_on(variables.DONE_ROOM)


@asynccontextmanager
async def hello_server(**settings: Any) -> AsyncIterator[FastAgiServer]:
    """Whatever the test does in between, the next good call must work and nothing may be left over."""
    async with serving({"hello": hello}, **settings) as server:
        yield server
        call = await (await FakeCall.connect(server.port, "hello")).run()
        assert call.variables == {"CC_DONE": "room"}
        await asyncio.wait_for(emptied(server), 5)


async def emptied(server: FastAgiServer) -> None:
    while server.calls or server._connections:
        await asyncio.sleep(0.005)


async def send(server: FastAgiServer, data: bytes, *, eof: bool = False, within: float = 5.0) -> bytes:
    """What the server says until it closes the socket."""
    reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
    try:
        writer.write(data)
        if eof:
            writer.write_eof()
        return await asyncio.wait_for(reader.read(), within)
    except ConnectionError:
        return b""
    finally:
        writer.close()
        await asyncio.gather(writer.wait_closed(), return_exceptions=True)


# --------------------------------------------------------------------------------- EOF, silence, rubbish


@pytest.mark.parametrize("upto", [0, 1, 17, len(GOOD) // 2, len(GOOD) - 1])
async def test_eof_inside_the_environment(upto: int) -> None:
    async with hello_server() as server:
        assert await send(server, GOOD[:upto], eof=True) == b""


async def test_many_half_sent_environments_cost_nothing() -> None:
    async with hello_server() as server:
        for _ in range(300):
            _, writer = await asyncio.open_connection("127.0.0.1", server.port)
            writer.write(GOOD[:99])
            writer.close()
            await writer.wait_closed()


async def test_a_reset_inside_the_environment() -> None:
    async with hello_server() as server:
        with socket.create_connection(("127.0.0.1", server.port)) as peer:
            peer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
            peer.sendall(GOOD[:50])


@pytest.mark.parametrize("sent", [b"", GOOD[:40]])
async def test_silence_is_bounded(sent: bytes) -> None:
    async with hello_server(environment_within_seconds=0.2) as server:
        loop = asyncio.get_running_loop()
        before = loop.time()
        assert await send(server, sent) == b""
        assert 0.15 < loop.time() - before < 2.0


@pytest.mark.parametrize(
    "rubbish",
    [
        b"GET / HTTP/1.1\r\nHost: x\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\n",
        b"\n",
        b"\n\n\n\n",
        b"\x00" * 5000,
        b"\xff\xfe\n\n",
        b"agi_network: yes\n\n",
        b"agi_network_script\n\n",
        b"agi_" + b"x" * 100_000 + b"\n\n",
        b"agi_x: y\n" * 65 + b"\n",
        b"".join(b"agi_%d: %s\n" % (n, b"y" * 1000) for n in range(20)) + b"\n",
        GOOD.replace(b"agi_uniqueid: main-1764000000.1\n", b""),
        GOOD.replace(b"hello", b""),
        GOOD.replace(b"main-1764000000.1", b"x" * 200),
        GOOD.replace(b"main-1764000000.1", b"13900000001;DROP TABLE"),
        GOOD.replace(b"PJSIP/8001-00000001", b"PJSIP/8001\tx"),
        GOOD.replace(b"hello", b"no_such_story"),
        GOOD.replace(b"hello", b"../../etc/passwd"),
        GOOD.replace(b"hello", b"__class__"),
    ],
)
async def test_rubbish_is_closed_at_once(rubbish: bytes) -> None:
    async with hello_server() as server:
        assert await send(server, rubbish, within=2.0) == b""


async def test_a_line_without_an_end() -> None:
    async with hello_server() as server:
        assert await send(server, b"agi_" + b"x" * 1_000_000, within=2.0) == b""


# ---------------------------------------------------------------------------------------- odd but good


async def test_an_environment_byte_by_byte() -> None:
    async with hello_server() as server:
        call = await FakeCall.connect(server.port, "hello")  # one whole call between the bytes of the other
        reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
        writer.transport.get_extra_info("socket").setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for byte in GOOD:
            writer.write(bytes([byte]))
            await asyncio.sleep(0)
        assert await asyncio.wait_for(reader.readline(), 5) == b"ANSWER\n"
        writer.close()
        await call.run()
        assert call.variables == {"CC_DONE": "room"}


async def test_a_query_behind_the_story_is_left_out() -> None:
    async with hello_server() as server:
        data = GOOD.replace(b"script: hello", b"script: hello?x=1")
        reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
        writer.write(data)
        assert await asyncio.wait_for(reader.readline(), 5) == b"ANSWER\n"
        writer.close()


@pytest.mark.parametrize("name", ["王奶奶".encode(), b"\xff\xfe\xfd", "王".encode("gb18030"), b"a: b: c", b'"\\', b""])
async def test_any_caller_name(name: bytes) -> None:
    async with hello_server() as server:
        call = await FakeCall.connect(server.port, "hello", agi={"calleridname": "NAME"})
        await call.run()
        reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
        writer.write(GOOD.replace(b"calleridname: 8001", b"calleridname: " + name))
        assert await asyncio.wait_for(reader.readline(), 5) == b"ANSWER\n"
        writer.close()


@pytest.mark.parametrize("extra", [b"HANGUP\n", b"200 result=0\n", b"511 dead\n", b"\n", b"100 Trying\n"])
async def test_bytes_that_come_with_the_environment(extra: bytes) -> None:
    """Nothing has been asked yet: the session is over before the story's first command, or right after it."""
    async with hello_server() as server:
        assert await send(server, GOOD + extra) in (b"", b"ANSWER\n")


async def test_a_reply_in_pieces_and_trying_first() -> None:
    async with hello_server() as server:
        reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
        writer.write(GOOD)
        await reader.readline()
        for piece in (b"100 Try", b"ing...\n20", b"0 result", b"=0\n"):
            writer.write(piece)
            await writer.drain()
            await asyncio.sleep(0.01)
        assert (await asyncio.wait_for(reader.readline(), 5)).startswith(b"STREAM FILE cc/received")
        writer.close()


async def test_the_caller_leaves_during_each_command() -> None:
    async with hello_server() as server:
        for nth in (1, 2, 3):
            call = await (await FakeCall.connect(server.port, "hello", hang_up_after=nth)).run()
            assert len(call.commands) == nth
            assert variables.DONE not in call.variables


# ----------------------------------------------------------------------------------------- bounds, stops


async def test_more_calls_than_allowed_are_closed_at_once() -> None:
    async with hello_server(calls_at_most=3) as server:
        held = [await FakeCall.connect(server.port, "hello") for _ in range(3)]
        for call in held:
            assert await call.next_command() == "ANSWER"
        assert await send(server, GOOD, within=2.0) == b""
        for call in held:
            call.writer.write(call.answer("ANSWER"))
            await call.run()


async def ended_by(story: Story) -> FakeCall:
    async with serving({"s": story}) as server:
        return await (await FakeCall.connect(server.port, "s")).run()


async def test_a_story_that_fails_leaves_the_caller_to_the_fallback(lines: Callable[[], list[dict[str, Any]]]) -> None:
    async def failing(call: StoryCall) -> None:
        await call.answer()
        raise KeyError("王奶奶 13900000001")

    call = await ended_by(failing)
    assert call.variables == {}
    failed = next(line for line in lines() if line["event"] == "story_failed")
    assert (failed["error"], failed["call_id"]) == ("KeyError", "main-1764000000.1")
    assert "failing" in str(failed["where"])
    assert not re.search("王奶奶|1390000", json.dumps(lines(), ensure_ascii=False))


async def test_a_story_that_forgets_its_end_leaves_the_caller_to_the_fallback(
    lines: Callable[[], list[dict[str, Any]]],
) -> None:
    call = await ended_by(lambda call: call.answer())
    assert call.variables == {}
    assert next(line for line in lines() if line["event"] == "call_ended")["outcome"] == "left_open"


async def test_each_call_has_its_own_id_in_every_line(lines: Callable[[], list[dict[str, Any]]]) -> None:
    async def telling(call: StoryCall) -> None:
        await call.answer()
        structlog.get_logger().info("told", own=call.uniqueid)

    async with serving({"s": telling}) as server:
        ids = [f"main-1764000000.{n}" for n in range(20)]
        calls = [await FakeCall.connect(server.port, "s", agi={"uniqueid": uniqueid}) for uniqueid in ids]
        await asyncio.gather(*(call.run() for call in calls))
    told = [line for line in lines() if line["event"] == "told"]
    assert sorted(line["own"] for line in told) == sorted(ids)
    assert all(line["own"] == line["call_id"] for line in told)


async def test_stopping_lets_a_story_end_in_its_time() -> None:
    async with serving({"hello": hello}) as server:
        call = await FakeCall.connect(server.port, "hello")
        assert await call.next_command() == "ANSWER"
        port = server.port
        stopping = asyncio.create_task(server.stop(within_seconds=5))
        async with asyncio.timeout(2):
            while await answers(port):
                await asyncio.sleep(0)
        call.writer.write(call.answer("ANSWER"))
        await call.run()
        await stopping
        assert call.variables == {"CC_DONE": "room"}


async def answers(port: int) -> bool:
    try:
        _, writer = await asyncio.open_connection("127.0.0.1", port)
    except ConnectionError:
        return False
    writer.close()
    await asyncio.gather(writer.wait_closed(), return_exceptions=True)
    return True


async def test_stopping_is_bounded_and_leaves_no_done() -> None:
    cut: list[type[BaseException]] = []

    async def endless(call: StoryCall) -> None:
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            cut.append(asyncio.CancelledError)
            raise

    async def asking(call: StoryCall) -> None:
        try:
            await call.answer()
        except CallerHungUp:
            cut.append(CallerHungUp)

    async with serving({"endless": endless, "asking": asking}) as server:
        calls = [await FakeCall.connect(server.port, name) for name in ("endless", "asking")]
        half = await asyncio.open_connection("127.0.0.1", server.port)
        half[1].write(GOOD[:30])
        await calls[1].next_command()
        while server.calls < 2:
            await asyncio.sleep(0)
        await asyncio.wait_for(server.stop(within_seconds=0.1), 3)
        assert server.calls == 0
        for call in calls:
            assert await call.next_command() is None
            await call.close()
        assert await half[0].read() == b""
        half[1].close()
    assert asyncio.CancelledError in cut


async def test_stopping_closes_who_has_not_said_what_he_wants() -> None:
    async with serving({"hello": hello}) as server:
        reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
        writer.write(GOOD[:30])
        while not server._connections:
            await asyncio.sleep(0)
        await asyncio.wait_for(server.stop(within_seconds=5), 2)
        assert await reader.read() == b""
        writer.close()
        assert not server._connections


async def test_a_peer_that_does_not_read_is_cut_off() -> None:
    """It answers every command without reading one, until the server has nowhere to put the next."""

    async def chatty(call: StoryCall) -> None:
        for _ in range(1000):
            await call.set_variable("CC_X", "y" * 1900)

    async with serving({"chatty": chatty}, reply_within_seconds=0.2) as server:
        with socket.socket() as peer:
            peer.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1)
            peer.connect(("127.0.0.1", server.port))
            peer.sendall(environment("chatty"))
            while not server.calls:
                await asyncio.sleep(0)
            (connection,) = server._connections
            connection.transport.socket.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 1)  # type: ignore[attr-defined]
            stuck = 0
            while not connection.ended:
                await asyncio.sleep(0)
                if connection._waiting is not None and stuck < 500:
                    stuck += 1
                    peer.sendall(b"200 result=1\n")
                    while connection._waiting is not None and not connection.ended and not connection._waiting.done():
                        await asyncio.sleep(0)
            assert connection.ended == "reply late"
            assert server._connections
            await asyncio.wait_for(emptied(server), 4)


async def test_a_burst_of_five_hundred_calls() -> None:
    async with hello_server() as server:
        loop = asyncio.get_running_loop()

        async def one(number: int) -> float:
            before = loop.time()
            call = await FakeCall.connect(server.port, "hello", agi={"uniqueid": f"main-1764000000.{number}"})
            await call.run()
            assert call.variables == {"CC_DONE": "room"}
            return loop.time() - before

        slowest = max(await asyncio.gather(*(one(number) for number in range(500))))
        assert slowest < 8.0


# --------------------------------------------------------------------------------------------- helpers


@pytest.fixture
def lines(capfd: pytest.CaptureFixture[str]) -> Iterator[Callable[[], list[dict[str, Any]]]]:
    """What is logged, as in production."""
    configure(Logging(level="info", format="json"))
    seen: list[str] = []

    def read() -> list[dict[str, Any]]:
        seen.extend(capfd.readouterr().err.splitlines())
        return [json.loads(line) for line in seen if line.startswith("{")]

    yield read
    structlog.reset_defaults()
