"""A house that hears, with a pager in each of many hands, and what its callers do: ask, speak, press, listen."""

from __future__ import annotations

import asyncio
import os
import re
import signal
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from callcenter.app.clock import SystemClock
from callcenter.asterisk.accounts import SipAccount, SipKind
from callcenter.config.speech import EarsWorker
from callcenter.domain.devices import Device, DeviceKind
from callcenter.domain.people import Elder, Household
from callcenter.ports.storage import UnitOfWork
from tests.acceptance.hearing import listening, speech
from tests.acceptance.hotline import Hotline
from tests.acceptance.phone import Phone
from tests.acceptance.sounds import PROMPTS
from tests.acceptance.test_speech_question import spoken_once
from tests.acceptance.wavcheck import Heard, heard
from tests.faults.care import Care
from tests.faults.houses import folder_for_a_house
from tests.shared_speech import SHARED_CLIPS

GREEN: Final = "120002"
COMPANY: Final = SHARED_CLIPS / "095.wav"  #: 聊天
COMPANY_KEY: Final = "5"
RIGHT: Final = SHARED_CLIPS / "089.wav"  #: 对
LONG_SPEECH: Final = SHARED_CLIPS / "111.wav"  #: 雪莉知道的事情怎样解释, 3 s
_VOICE: Final = 0  #: Hz, as the phone's ear names whatever is none of the tones it was asked for
_ASKED_AGAIN: Final = tuple(PROMPTS[name] for name in ("ask_service", "not_heard", "not_understood_speech"))
#: A prompt is played at its pace, later on a machine with much to do: it is over when nothing came for so long.
OVER_SECONDS: Final = 1.5
QUESTION_WITHIN_SECONDS: Final = 20.0
#: After her word: its 2 s, the silence that ends it, and the first words of the answer.
TAKEN_WITHIN_SECONDS: Final = 8.0
_BACK_SECONDS: Final = 15.0

_STARTED = re.compile(r"ears_started .*\bpid=(\d+)")


class HearingHotline(Hotline):
    """Pagers e01, e02 … and one service, so that its question is short; who is silent has time to press a key."""

    def __init__(self, folder: Path, callers: int, *, streams_at_most: int) -> None:
        self.pagers = [SipAccount(kind=SipKind.PAGER, name=f"e{number:02d}") for number in range(1, callers + 1)]
        settings: dict[str, Any] = {
            "orders": {"items": {COMPANY_KEY: "companionship"}},
            "dialogue": {"answer_seconds": 30.0},
            "speech": speech(streams_at_most=streams_at_most),
        }
        super().__init__(folder, settings)
        self.accounts += self.pagers
        #: Written once: a file that a phone reads may not be written anew.
        self.clips = {clip: spoken_once(self, clip) for clip in (COMPANY, RIGHT, LONG_SPEECH)}

    @property
    def worker(self) -> EarsWorker:
        return self.config.speech.workers[0]

    @property
    def worker_pid(self) -> int:
        """Of the one that was started last."""
        return int(_STARTED.findall(self.log.read_text())[-1])

    @property
    def worker_resident_kib(self) -> int:
        pages = Path(f"/proc/{self.worker_pid}/statm").read_text().split()[1]
        return int(pages) * os.sysconf("SC_PAGE_SIZE") // 1024

    def kill_worker(self) -> float:
        """SIGKILL; the moment, on the scale of `Phone.clock`."""
        os.kill(self.worker_pid, signal.SIGKILL)
        return Phone.clock()

    def count(self, word: str) -> int:
        """How often the service or its worker has logged this word."""
        return len(re.findall(rf"(?<=\s){re.escape(word)}(?=\s)", self.log.read_text()))

    async def hears_again(self, ups: int) -> None:
        """Until the service has found a worker more often than so many times."""
        await self.until(lambda: self.count("ears_up") > ups, within=_BACK_SECONDS, why="ears are back")

    async def close(self) -> None:
        """No phone, no service and no Asterisk is left, whatever they were doing."""
        await asyncio.gather(*(phone.kill() for phone in self._phones))
        await self.quit()
        await self.asterisk.stop()

    def orders_of(self, account: str) -> int:
        """What she has ordered so far: nothing but company."""
        rows = self.rows("select item from orders where elder = ?", self.elders[account].id.hex)
        assert all(row["item"] == "companionship" for row in rows)
        return len(rows)

    def _seed(self, work: UnitOfWork, clock: SystemClock) -> None:
        super()._seed(work, clock)
        since = datetime(2026, 1, 1, tzinfo=UTC)
        home = Household(id=clock.new_id(), district="东城区", street="和平街", estate="和平里")
        work.people.add_household(home)
        for pager in self.pagers:
            elder = Elder(id=clock.new_id(), household=home.id, name=f"老人{pager.name}")
            self.elders[pager.name] = elder
            work.people.add_elder(elder)
            work.people.add_device(
                Device(id=clock.new_id(), elder=elder.id, kind=DeviceKind.PAGER, account=pager.name, since=since)
            )


@asynccontextmanager
async def house_that_hears(callers: int, *, streams_at_most: int) -> AsyncIterator[HearingHotline]:
    """Its service up and its ears open. Ends with whatever happened in it."""
    with folder_for_a_house() as folder:
        house = HearingHotline(folder, callers, streams_at_most=streams_at_most)
        try:
            await house.start()
            await house.speaks_menu()
            async with listening(house):
                yield house
        finally:
            await house.close()


@dataclass
class Orderer:
    """An elder who orders company by the green key, by word or by key, and tells what her telephone has heard."""

    hotline: HearingHotline
    phone: Phone
    care: Care
    orders: int = 0

    async def is_asked(self) -> None:
        """She rings and hears the question. She is silent."""
        await self.phone.say(self.hotline.silence)
        self.phone.forget()
        calls = self.phone.count("CALL_ESTABLISHED")
        await self.phone.dial(GREEN)
        await self.phone.until("CALL_ESTABLISHED", times=calls + 1)
        await self.phone.hears(PROMPTS["ask_service"], within=10, seconds=0.5)

    async def hears_it_out(self) -> None:
        """She is being asked, and waits until nothing more is said to her."""
        async with asyncio.timeout(QUESTION_WITHIN_SECONDS):
            while (last := self._heard()[-1]).tones or last.end - last.start < OVER_SECONDS:
                await asyncio.sleep(0.15)

    async def says(self, clip: Path) -> None:
        """Once; it begins now."""
        await self.phone.say(self.hotline.clips[clip])

    async def is_asked_again(self, since: float) -> float:
        """From the beginning. She falls silent. Returns how long she has heard nothing since this moment."""
        self.phone.forget()
        await self.phone.say(self.hotline.silence)
        await self.phone.hears(PROMPTS["ask_service"], within=5, seconds=0.5)
        return self.care.worst(since)

    async def hears_it_read_back(self) -> bool:
        """Whether it speaks to her of something else than the question, which must be over: her answer was taken."""
        self.phone.forget()
        until = Phone.clock() + TAKEN_WITHIN_SECONDS
        while Phone.clock() < until:
            heard = self._heard()
            if _seconds(heard, PROMPTS["ask_service"]) >= 0.3:
                return False
            if _seconds(heard, _VOICE) >= 0.8:
                return True
            await asyncio.sleep(0.15)
        return False

    async def has_ordered(self) -> None:
        """She has confirmed it: she is told that it is taken, the call ends, and it is in the database."""
        await self.phone.hears(PROMPTS["order_taken"], within=12, seconds=0.8)
        await self.phone.until("CALL_CLOSED", within=10, times=self.phone.count("CALL_ESTABLISHED"))
        self.orders += 1
        assert self.hotline.orders_of(self.phone.user) == self.orders, "her order is not in the database, or twice"

    def _heard(self) -> list[Heard]:
        return heard(self.phone.heard, _ASKED_AGAIN)


def _seconds(stretches: list[Heard], tone: int) -> float:
    return sum(stretch.end - stretch.start for stretch in stretches if tone in stretch.tones)


@asynccontextmanager
async def orderers(hotline: HearingHotline, count: int) -> AsyncIterator[list[Orderer]]:
    """So many at their telephones, none in a call; afterwards none of them. Once for each house."""
    phones = await hotline.phones(*(pager.name for pager in hotline.pagers[:count]), play=hotline.silence)
    async with AsyncExitStack() as cares:
        yield [Orderer(hotline, phone, await cares.enter_async_context(Care(phone))) for phone in phones]
