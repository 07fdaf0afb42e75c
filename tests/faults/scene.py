"""One elder, those who may come to help her, and what must be so whatever was killed."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from callcenter.app.ask_service import ask_service
from callcenter.errors import HotlineError
from tests.acceptance.conftest import DISPATCH
from tests.acceptance.hotline import CONTACTS, Emergency, Hotline
from tests.acceptance.phone import Phone
from tests.acceptance.sounds import VOICES
from tests.faults.care import Care

RED = "120001"
CARRIED_ON_SECONDS = 2.0
_HEARS_SECONDS = 8.0
_CALL_BEGINS = {"CALL_INCOMING", "CALL_RINGING", "CALL_PROGRESS", "CALL_ESTABLISHED"}


@dataclass
class Scene:
    """The phones of one try. Those that have no part in it are not there, as phones that are switched off."""

    hotline: Hotline
    elder: Phone
    helpers: dict[str, Phone]
    care: Care
    known: frozenset[str]  #: emergencies that were there before

    @property
    def agent(self) -> Phone:
        return self.helpers["1001"]

    @property
    def contact(self) -> Phone:
        return self.helpers[CONTACTS[0]]

    @property
    def dispatcher(self) -> Phone:
        return self.helpers[DISPATCH]

    def emergencies(self) -> list[Emergency]:
        """Those of this try: there may be no second one."""
        return [each for each in self.hotline.emergencies() if each.id not in self.known]

    def emergency(self) -> Emergency:
        [only] = self.emergencies()
        return only

    async def begin(self) -> None:
        """She presses. What was heard and rang before is forgotten."""
        self.known = frozenset(each.id for each in self.hotline.emergencies())
        for phone in (self.elder, *self.helpers.values()):
            assert not calls_of(phone), f"{phone.user} has a call already"
            phone.events.clear()
        await self.elder.dial(RED)

    async def recorded(self, within: float = 5.0) -> Emergency:
        """Waits for her row."""
        await self.hotline.until(self.emergencies, within=within, why="she was recorded")
        return self.emergency()

    async def together(self, helper: Phone, voice: str) -> None:
        """Both hear each other now, whatever they have heard before."""
        helper.forget()
        self.elder.forget()
        await helper.hears(VOICES["elder"], within=_HEARS_SECONDS, seconds=0.6)
        await self.elder.hears(VOICES[voice], within=_HEARS_SECONDS, seconds=0.6)

    def adopted(self) -> int:
        return sum(self.hotline.steps(each.id).count("adopted") for each in self.emergencies())

    def no_doubled_ring(self) -> None:
        """No phone rings or talks twice for her."""
        for name, phone in self.helpers.items():
            assert len(calls_of(phone)) <= 1, f"{name} has several calls at once for one elder: {_said(phone)}"

    async def finish(self) -> None:
        """A disposition, her goodbye, and everybody is off the phone."""
        emergency = self.emergency()
        assert emergency.state != "closed", "closed without a disposition"
        await ask_service(self.hotline.config, verb="close", emergency=emergency.id, by="test", disposition="test_call")
        await self.hotline.until(lambda: self.hotline.in_state(emergency.id, "closed"), why="closed")
        [row] = self.emergencies()
        assert row.row["disposition"] == "test_call"
        await self.hotline.until(lambda: not calls_of(self.elder), within=8, why="she was let go")
        await self.hotline.until(
            lambda: not any(calls_of(phone) for phone in self.helpers.values()), within=10, why="the others were let go"
        )
        await self.hotline.until(self._rested, within=5, why="wrap-up ends")

    def _rested(self) -> bool:
        return not self.hotline.rows("select 1 from agents where presence = 'wrap_up'")


@asynccontextmanager
async def scene(hotline: Hotline, *names: str) -> AsyncIterator[Scene]:
    """An elder with the pager p001 and these helpers, agents among them on duty. Everything is over afterwards."""
    for extension in ("1001", "1002"):
        if extension in names:
            await hotline.on_duty(extension)
    elder, *helpers = await hotline.phones("p001", *names)
    async with Care(elder) as care:
        try:
            yield Scene(hotline, elder, dict(zip(names, helpers, strict=True)), care, frozenset())
        finally:
            with contextlib.suppress(HotlineError, TimeoutError):
                async with asyncio.timeout(60):
                    await hotline.tidy()


def calls_of(phone: Phone) -> set[str]:
    """The calls this phone has now, ringing ones too, by their ids."""
    calls = {event["id"] for event in phone.events if event.get("type") in _CALL_BEGINS}
    return calls - {event["id"] for event in phone.events if event.get("type") == "CALL_CLOSED"}


def _said(phone: Phone) -> list[str]:
    return [str(event.get("type")) for event in phone.events]
