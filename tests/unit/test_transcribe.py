"""What she says after a red key: told at once, kept with the call, and never the reason for anything."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, replace
from typing import Any

import pytest

from callcenter.domain.calls import Key, Role
from callcenter.domain.emergencies import Emergency, Step, close_waiting
from callcenter.errors import EarsAway, StorageAway
from callcenter.ports.news import News, NewsKind
from callcenter.ports.speech import Said
from callcenter.services.desk import Desk
from callcenter.services.transcribe import transcribe, transcribe_again
from tests.unit.fakes import a_channel
from tests.unit.house import House

OpenHouse = Callable[..., AbstractAsyncContextManager[House]]
ON = {"transcript": True, "transcript_again_seconds": 0.01}


@dataclass
class Overheard:
    sound: str
    pieces: Iterable[Said | Exception]
    after: Callable[[], Any]

    async def said(self) -> AsyncIterator[Said]:
        for piece in self.pieces:
            if isinstance(piece, Exception):
                raise piece
            yield piece
        await self.after()


class ScriptedEars:
    """Overhears these one after the other; after the last one her call has ended."""

    def __init__(self, house: House, *rounds: Iterable[Said | Exception] | Exception, uniqueid: str = "1.1") -> None:
        self._house = house
        self._rounds = list(rounds)
        self._uniqueid = uniqueid
        self.left = 0

    @asynccontextmanager
    async def overhear(self) -> AsyncIterator[Overheard]:
        pieces = self._rounds.pop(0)
        if isinstance(pieces, Exception):
            raise pieces
        try:
            yield Overheard(f"stream{len(self._rounds)},127.0.0.1:9092", pieces, self._over)
        finally:
            self.left += 1

    async def _over(self) -> None:
        if not self._rounds:
            await self._house.do(lambda work: _end_call(work, self._uniqueid, self._house))


def _end_call(work: Any, uniqueid: str, house: House) -> None:
    call = work.calls.by_uniqueid(uniqueid)
    work.calls.save(replace(call, ended_at=house.clock.now()))


def final(words: str, *, distress: bool = False) -> Said:
    return Said(words=words, final=True, confidence=0.8, distress=distress)


async def overheard(
    house: House, *rounds: Iterable[Said | Exception] | Exception
) -> tuple[Emergency, list[News], ScriptedEars]:
    """A pressed key, and all that was told the desks while her call was listened to."""
    emergency = await house.pressed("1.1")
    ears = ScriptedEars(house, *rounds)
    desk = replace(house.desk, ears=ears)
    news: list[News] = []
    async with house.live.subscribe() as told:
        await transcribe(desk, emergency=emergency.id, uniqueid="1.1", channel="PJSIP/p-1")
        await house.live.publish(News(kind=NewsKind.ROSTER_ALARM, subject="the end"))
        async for item in told:
            if item.subject == "the end":
                break
            news.append(item)
    await house.background.settle()
    return emergency, [item for item in news if item.kind is NewsKind.TRANSCRIPT], ears


async def kept(house: House, emergency: Emergency) -> list[str]:
    return [s.words for s in await house.do(lambda work: work.transcripts.of(emergency.id))]


@pytest.fixture
async def house(house_with: OpenHouse) -> AsyncIterator[House]:
    async with house_with(speech=ON) as house:
        yield house


async def test_what_she_says_is_told_at_once_and_kept_when_it_is_final(house: House) -> None:
    pieces = [Said(words="我摔", final=False), final("我摔倒了"), final("腿疼")]
    emergency, news, ears = await overheard(house, pieces)
    assert [(item.words["text"], item.words["final"]) for item in news] == [
        ("我摔", "no"),
        ("我摔倒了", "yes"),
        ("腿疼", "yes"),
    ]
    assert {item.subject for item in news} == {str(emergency.id)}
    assert await kept(house, emergency) == ["我摔倒了", "腿疼"]
    assert house.telephony.overheard == [("PJSIP/p-1", "stream0,127.0.0.1:9092")]
    assert ears.left == 1


async def test_distress_is_a_step_and_changes_nothing(house: House) -> None:
    emergency = await house.pressed("1.1")
    before = await house.now(emergency)
    ears = ScriptedEars(house, [final("没事"), final("救命", distress=True)])
    await transcribe(replace(house.desk, ears=ears), emergency=emergency.id, uniqueid="1.1", channel="PJSIP/p-1")
    assert (await house.steps(emergency)).count(Step.ELDER_SAID_DISTRESS) == 1
    assert await house.now(emergency) == before


async def test_a_lost_worker_is_followed_by_another(house: House) -> None:
    rounds: list[Any] = [[final("一"), EarsAway("lost")], EarsAway("full"), [final("二")]]
    emergency, _, ears = await overheard(house, *rounds)
    assert await kept(house, emergency) == ["一", "二"]
    assert [sound for _, sound in house.telephony.overheard] == ["stream2,127.0.0.1:9092", "stream0,127.0.0.1:9092"]
    assert ears.left == 2


async def test_silence_is_not_written_down(house: House) -> None:
    emergency, news, _ = await overheard(house, [Said(words="", final=False), final("")])
    assert (news, await kept(house, emergency)) == ([], [])


async def test_what_a_database_that_is_away_could_not_take_is_written_later(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    really = house.storage.transact
    refused: list[str] = []

    async def sometimes(name: str, work: Any, *, urgent: bool = True) -> Any:
        if name == "transcript" and not refused:
            refused.append(name)
            raise StorageAway
        return await really(name, work, urgent=urgent)

    monkeypatch.setattr(house.storage, "transact", sometimes)
    emergency, _, _ = await overheard(house, [final("一"), final("二")])
    assert refused
    assert await kept(house, emergency) == ["一", "二"]


@pytest.mark.parametrize("why", ["off", "no ears", "listened to already", "closed", "hung up"])
async def test_nobody_is_listened_to(house_with: OpenHouse, why: str) -> None:
    async with house_with(speech={} if why == "off" else ON) as house:
        emergency = await house.pressed("1.1")
        ears = ScriptedEars(house, [final("一")])
        desk: Desk = replace(house.desk, ears=None if why == "no ears" else ears)
        if why == "listened to already":
            desk.overheard.add("1.1")
        if why == "hung up":
            await house.do(lambda work: _end_call(work, "1.1", house))
        if why == "closed":
            waiting = await house.waiting(emergency)
            closed = close_waiting(waiting, by="1001", disposition="other", note="", now=house.clock.now())
            await house.do(lambda work: work.emergencies.save(closed))
        await transcribe(desk, emergency=emergency.id, uniqueid="1.1", channel="PJSIP/p-1")
        assert house.telephony.overheard == []
        assert await kept(house, emergency) == []


async def test_after_a_start_only_red_keys_that_are_in_a_call_are_listened_to_again(house: House) -> None:
    red = await house.pressed("1.1")
    green = await house.pressed("1.2", account="pager0002", key=Key.GREEN)
    house.telephony.alive = [
        a_channel("1.1", Role.ELDER, red.id),
        a_channel("1.2", Role.ELDER, green.id),
        a_channel("1.3", Role.ELDER, red.id, up=False),
        a_channel("1.4", Role.AGENT, red.id),
    ]
    desk = replace(house.desk, ears=ScriptedEars(house, [final("一")]))
    await transcribe_again(desk)
    await house.background.settle()
    assert [channel for channel, _ in house.telephony.overheard] == ["PJSIP/1.1"]
    assert await kept(house, red) == ["一"]
