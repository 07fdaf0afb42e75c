"""Generated rubbish against the FastAGI server: it never hangs, never grows, and the next good call works.

The ten thousand are thrown by tests/faults/test_rubbish.py.
"""

from __future__ import annotations

import asyncio
import gc
import tracemalloc

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from callcenter.ports.story_call import StoryCall
from dialplans import variables
from ivr.server import FastAgiServer
from tests.integration.fake_asterisk_agi import DEAD, FakeCall, environment, serving

ENVIRONMENT = environment("talk", "", "red", "8001", "")
ANSWERS = [
    b"200 result=0\n",
    b"200 result=1 (x)\n",
    b"200 result=-1\n",
    b"200 result=49 endpos=1\n",
    b"200 result=",
    b"100 Trying\n",
    b"HANGUP\n",
    b"510 Invalid\n",
    b"520-Usage\n",
    b"520 End\n",
    b"\n",
    b"\r\n",
    b"\0",
    DEAD,
]
AT_ONCE = 10
AGAIN = 250  #: lists of conversations that are thrown again
#: Bytes that may stay allocated after so many calls again: caches, not calls.
GROWTH_AT_MOST = 64 * 1024

#: What is sent first, what is sent then, and how it ends.
Conversation = tuple[bytes, list[bytes], str]

broken_environment = st.builds(
    lambda cut, put, data: ENVIRONMENT[:cut] + data + ENVIRONMENT[cut + put :],
    cut=st.integers(0, len(ENVIRONMENT)),
    put=st.integers(0, 60),
    data=st.binary(max_size=60),
)
said = st.lists(st.one_of(st.sampled_from(ANSWERS), st.binary(max_size=80)), max_size=12)
conversation = st.tuples(
    st.one_of(st.just(ENVIRONMENT), st.just(ENVIRONMENT), broken_environment, st.binary(max_size=300)),
    said,
    st.sampled_from(["wait", "eof", "close", "reset"]),
)


async def talk(call: StoryCall) -> None:
    """Uses every verb once."""
    await call.answer()
    key = await call.say("received", "please_hold")
    await call.set_variable("CC_X", call.entry.line_raw + key)
    await call.get_variable("CC_X")
    await call.ask("landline_menu", seconds=4, keys="12")
    await call.wait(2)
    await call.forget_entry()
    await call.go_on(variables.DONE_ROOM)


async def converse(server: FastAgiServer, first: bytes, pieces: list[bytes], ending: str) -> None:
    """One rubbish call. It must be over soon after its end, or after the limits given to `serving`."""
    reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
    try:
        writer.write(first)
        for piece in pieces:
            writer.write(piece)
            await asyncio.sleep(0)
        if ending == "eof":
            writer.write_eof()
        elif ending == "reset":
            writer.transport.abort()
        if ending in ("wait", "eof"):
            async with asyncio.timeout(5):
                await reader.read()
    except TimeoutError:
        raise
    except OSError:
        return
    finally:
        writer.close()
        await asyncio.gather(writer.wait_closed(), return_exceptions=True)


async def all_over(server: FastAgiServer) -> None:
    while server.calls or server._connections:
        await asyncio.sleep(0.005)


def held_by_the_server() -> int:
    """Bytes allocated by our code and by what it stands on, not by hypothesis."""
    ours = [
        tracemalloc.Filter(True, f"*/{part}/*") for part in ("ivr", "callcenter", "twisted", "structlog", "asyncio")
    ]
    statistics = tracemalloc.take_snapshot().filter_traces(ours).statistics("filename")
    return sum(statistic.size for statistic in statistics)


class Thrower:
    """A server in a loop of its own, so that hypothesis can throw from ordinary functions."""

    def __init__(self, runner: asyncio.Runner) -> None:
        self._run = runner.run
        limits = {"environment_within_seconds": 0.1, "reply_within_seconds": 0.1, "lease_seconds": 2.2}
        self._serving = serving({"talk": talk}, **limits)
        self._server = self._run(self._serving.__aenter__())
        self.thrown = 0

    def throw(self, conversations: list[Conversation]) -> None:
        """All at once; back when every connection and every story is over."""
        self._run(self._throw(conversations))
        self.thrown += len(conversations)

    def throw_again(self, made: list[list[Conversation]]) -> int:
        """One list after the other; returns how many bytes the server holds afterwards."""
        for conversations in made:
            self.throw(conversations)
        gc.collect()
        return held_by_the_server()

    async def _throw(self, conversations: list[Conversation]) -> None:
        await asyncio.gather(*(converse(self._server, *one) for one in conversations))
        await asyncio.wait_for(all_over(self._server), 5)

    def stop(self) -> None:
        self._run(self._serving.__aexit__(None, None, None))

    async def good_call(self) -> FakeCall:
        return await (await FakeCall.connect(self._server.port, "talk", "", "red", "8001", "", keys="  1")).run()


def throw_rubbish(examples: int) -> int:
    """Throws at least so many conversations, then the first of them twice again.

    Returns by how many bytes memory grew over the last time. Again, because the generator keeps what it has made, in
    memory that was the server's before: only without it the growth is ours.
    """
    made: list[list[Conversation]] = []

    with asyncio.Runner() as runner:
        thrower = Thrower(runner)

        @settings(
            max_examples=-(-examples // AT_ONCE),
            database=None,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        )
        @given(st.lists(conversation, min_size=AT_ONCE, max_size=AT_ONCE))
        def throw(conversations: list[Conversation]) -> None:
            thrower.throw(conversations)
            made.append(conversations)

        throw()
        assert thrower.thrown >= examples
        tracemalloc.start()
        try:
            first, second = (thrower.throw_again(made[:AGAIN]) for _ in range(2))
        finally:
            tracemalloc.stop()
        call = runner.run(thrower.good_call())
        thrower.stop()
    assert call.variables["CC_DONE"] == "room"
    return second - first


def test_a_little_rubbish(capfd: pytest.CaptureFixture[str]) -> None:
    assert throw_rubbish(500) < GROWTH_AT_MOST
