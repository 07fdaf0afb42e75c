"""The link to an ears worker: a worker that goes away, says nothing, talks rubbish, is full; then one that listens."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from twisted.internet.asyncioreactor import AsyncioSelectorReactor
from twisted.internet.defer import Deferred
from twisted.internet.protocol import Factory
from twisted.protocols.amp import AMP, Command

from callcenter.config.speech import AudioListener, ControlListener, EarsWorker, Speech
from callcenter.errors import EarsAway
from callcenter.ports.speech import Said
from callcenter.ports.story_call import Ending, Heard, Question
from callcenter.reactor import as_future
from ivr.ears.client import EarsClient
from ivr.ears.commands import Beat, Cancel, Ended, Expect, Final, Mode, Partial, Refusal

WHICH = Question(prompts=("landline_menu", "said/1f3a"), phrases=("送餐",), keys="120", seconds=2.0)
SOON = 3.0


class FakeWorker(AMP):
    """Answers as its house is told to."""

    transport: Any

    def __init__(self, house: FakeHouse) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.house = house

    def connectionMade(self) -> None:
        super().connectionMade()  # type: ignore[no-untyped-call]
        self.house.connections.append(self)
        if self.house.rubbish:
            self.transport.write(self.house.rubbish)

    @Beat.responder
    def beat(self) -> Any:
        self.house.beats += 1
        self.house.beaten.set()
        if self.house.mute:
            return _never()
        return {"streams": self.house.streams, "room": self.house.room, "lag_ms": 40, "model": self.house.model}

    @Expect.responder
    def expect(self, **fields: Any) -> Any:
        self.house.expected.append(fields)
        if self.house.mute:
            return _never()
        return {"accepted": not self.house.refuses, "why": self.house.refuses}

    @Cancel.responder
    def cancel(self, uuid: UUID) -> dict[str, Any]:
        self.house.cancelled.append(uuid)
        self.house.called_off.set()
        return {}

    def hang_up(self) -> None:
        if self.transport is not None:
            self.transport.abortConnection()

    def tell(self, command: type[Command], **fields: Any) -> None:
        self.callRemote(command, uuid=self.house.expected[-1]["uuid"], **fields)  # type: ignore[no-untyped-call]


def _never() -> Any:
    return Deferred()


class FakeHouse(Factory):
    """Where a fake worker lives; what it was asked stands in `expected`, `cancelled` and `beats`."""

    noisy = False

    def __init__(self, reactor: Any) -> None:
        self._reactor = reactor
        self.connections: list[FakeWorker] = []
        self.expected: list[dict[str, Any]] = []
        self.cancelled: list[UUID] = []
        self.beats = 0
        self.beaten = asyncio.Event()
        self.called_off = asyncio.Event()
        self.mute = False
        self.model = True
        self.streams = 0
        self.room = 5
        self.refuses = Refusal.NONE
        self.rubbish = b""
        self.port = 0

    def buildProtocol(self, addr: Any) -> FakeWorker:
        return FakeWorker(self)

    def open(self) -> None:
        self._listening = self._reactor.listenTCP(self.port, self, interface="127.0.0.1")
        self.port = self._listening.getHost().port

    async def close(self) -> None:
        await as_future(self._listening.stopListening())
        for worker in self.connections:
            worker.hang_up()
        self.connections.clear()

    @property
    def talks(self) -> FakeWorker:
        return self.connections[-1]


@asynccontextmanager
async def listening(*names: str, distress: str = "救命") -> AsyncIterator[tuple[EarsClient, list[FakeHouse]]]:
    """A client of so many workers, all of them up."""
    reactor = AsyncioSelectorReactor(asyncio.get_running_loop())
    houses = [FakeHouse(reactor) for _ in names or ("one",)]
    for house in houses:
        house.open()
    workers = tuple(
        EarsWorker(name=name, audio=AudioListener(port=9000 + n), control=ControlListener(port=house.port))
        for n, (name, house) in enumerate(zip(names or ("one",), houses, strict=True))
    )
    config = Speech(
        workers=workers,
        reply_within_seconds=0.3,
        reconnect_every_seconds=0.05,
        beat_seconds=0.05,
        beat_lost_after_seconds=0.4,
    )
    try:
        async with EarsClient(config, reactor, distress=lambda words: distress in words) as client:
            await until(lambda: all(link.ready for link in client.links))
            yield client, houses
    finally:
        for house in houses:
            await house.close()
        await asyncio.sleep(0)
        for reader in reactor.removeAll():  # type: ignore[no-untyped-call]
            reader.connectionLost(None)


async def until(holds: Any) -> None:
    async with asyncio.timeout(SOON):
        while not holds():
            await asyncio.sleep(0.01)


async def refused(client: EarsClient) -> str:
    with pytest.raises(EarsAway) as error:
        await client.expect(WHICH)
    return str(error.value.detail)


# ------------------------------------------------------------------------------------- a worker that fails


async def test_a_worker_that_goes_away_ends_what_it_listened_to_and_is_found_again() -> None:
    async with listening() as (client, [house]):
        hearing = await client.expect(WHICH)
        await house.close()
        with pytest.raises(EarsAway):
            await hearing.heard()
        await until(lambda: not client.ready)
        assert await refused(client) == "away"
        house.open()
        await until(lambda: client.ready)
        assert (await client.expect(WHICH)).sound.endswith(",127.0.0.1:9000")


async def test_a_worker_that_says_nothing_is_away_in_time() -> None:
    async with listening() as (client, [house]):
        hearing = await client.expect(WHICH)
        house.mute = True
        began = asyncio.get_running_loop().time()
        assert "in time" in await refused(client)
        await until(lambda: not client.ready)
        assert asyncio.get_running_loop().time() - began < 1.5
        with pytest.raises(EarsAway):
            await hearing.heard()
        house.mute = False
        await until(lambda: client.ready)


async def test_a_worker_that_talks_rubbish_is_left() -> None:
    async with listening() as (client, [house]):
        house.rubbish = b"\xff\xff" * 5000
        house.talks.hang_up()
        await until(lambda: len(house.connections) > 3)
        house.rubbish = b""
        await until(lambda: client.ready)
        assert await client.expect(WHICH)


async def test_what_is_refused_says_why_and_is_counted() -> None:
    async with listening() as (client, [house]):
        house.refuses = Refusal.FULL
        assert await refused(client) == "full"
        assert client.refused == 1


async def test_a_worker_without_a_model_is_not_asked() -> None:
    async with listening() as (client, [house]):
        house.model = False
        await until(lambda: not client.ready)
        assert await refused(client) == "away"
        assert house.expected == []


async def test_a_worker_that_is_full_is_not_asked_and_full_is_said() -> None:
    async with listening() as (client, [house]):
        house.room = 0
        await until(lambda: not client.ready)
        assert await refused(client) == "full"
        assert house.expected == []


async def test_an_end_that_nobody_tells_is_not_waited_for() -> None:
    async with listening() as (client, [house]):
        hearing = await client.expect(WHICH)
        house.talks.tell(Partial, words="送")
        with pytest.raises(EarsAway):
            await asyncio.wait_for(hearing.heard(), 1.0)


# --------------------------------------------------------------------------------------- a worker that listens


async def test_a_question_goes_there_and_its_answer_comes_back() -> None:
    async with listening() as (client, [house]):
        async with await client.expect(WHICH) as hearing:
            [asked] = house.expected
            assert hearing.sound == f"{asked['uuid']},127.0.0.1:9000"
            assert (asked["mode"], asked["prompts"]) == (Mode.QUESTION, ["cc/landline_menu", "said/1f3a"])
            assert (asked["phrases"], asked["keys"], asked["seconds"]) == (["送餐"], "120", 2.0)
            assert 16 + 2 + 10 < hearing.at_most_seconds <= 32
            house.talks.tell(Partial, words="送")
            house.talks.tell(Ended, ending=Ending.WORDS, words="送餐", confidence=0.9, key="", spoken=0.7)
            assert await hearing.heard() == Heard(ending=Ending.WORDS, words="送餐", confidence=0.9, spoken_seconds=0.7)
        assert house.cancelled == []


async def test_a_question_lasts_as_long_as_its_prompts(tmp_path: Path) -> None:
    async with listening() as (client, _):
        longest = (await client.expect(WHICH)).at_most_seconds
        (tmp_path / "cc").mkdir()
        (tmp_path / "cc" / "landline_menu.wav").write_bytes(bytes(16000 * 3))
        client._sounds = tmp_path
        assert (await client.expect(WHICH)).at_most_seconds == longest - 5


async def test_a_question_that_is_left_is_called_off() -> None:
    async with listening() as (client, [house]):
        async with await client.expect(WHICH):
            pass
        await asyncio.wait_for(house.called_off.wait(), SOON)
        assert house.cancelled == [house.expected[0]["uuid"]]


async def test_an_answer_that_could_not_be_heard_out_is_no_answer() -> None:
    async with listening() as (client, [house]):
        hearing = await client.expect(WHICH)
        house.talks.tell(Ended, ending=Ending.AWAY, words="", confidence=0.0, key="", spoken=0.0)
        with pytest.raises(EarsAway):
            await hearing.heard()


async def test_the_least_busy_worker_is_asked_and_the_next_when_it_refuses() -> None:
    async with listening("one", "two") as (client, [one, two]):
        one.streams = 3
        await until(lambda: client.streams == 3)
        assert (await client.expect(WHICH)).sound.endswith(":9001")
        two.refuses = Refusal.LATE
        assert (await client.expect(WHICH)).sound.endswith(":9000")
        assert (len(one.expected), len(two.expected), client.refused) == (1, 2, 0)


async def test_what_is_overheard_comes_in_order_with_its_distress() -> None:
    async with listening() as (client, [house]):
        heard: list[Said] = []
        async with client.overhear() as ear:
            assert house.expected[0]["mode"] is Mode.TRANSCRIPT
            house.talks.tell(Partial, words="我摔")
            house.talks.tell(Final, words="我摔倒了", confidence=0.8, spoken=1.0)
            house.talks.tell(Final, words="救命", confidence=0.7, spoken=0.5)
            house.talks.tell(Ended, ending=Ending.AWAY, words="", confidence=0.0, key="", spoken=0.0)
            async with asyncio.timeout(SOON):
                heard = [said async for said in ear.said()]
        assert [(said.words, said.final, said.distress) for said in heard] == [
            ("我摔", False, False),
            ("我摔倒了", True, False),
            ("救命", True, True),
        ]


async def test_overhearing_ends_with_its_worker() -> None:
    async with listening() as (client, [house]):
        with pytest.raises(EarsAway):
            async with client.overhear() as ear, asyncio.timeout(SOON):
                house.talks.hang_up()
                async for _ in ear.said():
                    pass


async def test_it_beats_all_the_time() -> None:
    async with listening() as (client, [house]):
        before = house.beats
        with suppress(TimeoutError):
            async with asyncio.timeout(0.5):
                await asyncio.Event().wait()
        assert 5 <= house.beats - before <= 12
        assert client.lag_seconds == 0.04
