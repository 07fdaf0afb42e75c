"""`callcenter demo`: an elder presses the red key, an agent talks with her, her daughter joins, the case is closed.

Everything in it is real: Asterisk, the service, SIP phones, sound. What each party heard is checked in the recordings.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from callcenter.app.cli.output import Output
from callcenter.app.cli.story import facts, show
from callcenter.app.demo_house import DemoHouse
from callcenter.app.heard import seconds_of
from callcenter.app.phone import Phone
from callcenter.config import load
from callcenter.domain.emergencies import Closed
from callcenter.errors import DemoFailed
from callcenter.services.timeline import Told

PAGER: Final = "p1001"
AGENT: Final = "1001"
HANDED_TO_CONTACT: Final = "*3"
INVITE_CONTACT: Final = "#1"
RED: Final = 0  #: which of the configured red numbers the pager dials

HEARD_WITHIN_SECONDS: Final = 15.0
RINGS_WITHIN_SECONDS: Final = 10.0
MARKER_SECONDS: Final = 0.5


@dataclass(frozen=True, kw_only=True)
class Party:
    """Somebody with a telephone, and the tone that gives their voice away in a recording."""

    name: str
    phone: Phone
    marker: int  #: Hz


def main(config_path: Path, out: Output) -> int:
    """Plays the story once and tells it. 0 only if everybody heard whom they should."""
    out.note("An elder presses the red key. This takes about half a minute.", "一位老人按下红键，约需半分钟。")
    told, parties, house = asyncio.run(_play(config_path))
    heard = {party.name: _whom(house, party, parties) for party in parties}
    if out.as_json:
        out.say(facts(told) | {"heard": heard, "recordings": [str(path) for path in _recordings(house)]}, "", "")
        return 0
    show(out, told)
    for name, whom in heard.items():
        out.say({}, f"{name} heard {', '.join(whom)}", f"{name} 听到了：{'、'.join(whom)}")
    out.say({}, "What each of them heard, to listen to:", "各方听到的声音：")
    for path in _recordings(house):
        out.say({}, f"  {path}", f"  {path}")
    out.say(
        {}, "The operators' desk in your browser: make demo ARGS=--desk", "在浏览器里看坐席台：make demo ARGS=--desk"
    )
    return 0


async def _play(config_path: Path) -> tuple[Told, list[Party], DemoHouse]:
    async with DemoHouse(load(config_path)) as house:
        profile = house.profiles[PAGER]
        elder = await _party(house, profile.elder.name, PAGER, "救命，我摔倒了，起不来。", 600)
        agent = await _party(house, "王坐席", AGENT, "您好，请不要着急，我在这里。", 440)
        daughter = await _party(house, "女儿", house.number_of_contact(profile, 0), "妈，我马上到家。", 1000)
        await house.on_duty(AGENT)

        await elder.phone.dial(house.config.hotline.red_numbers[RED])
        await agent.phone.until("CALL_INCOMING", within=RINGS_WITHIN_SECONDS)
        emergency = await house.only_emergency()
        await _hear(elder, within=RINGS_WITHIN_SECONDS)  # our own voice, before anybody has answered
        await agent.phone.answer()
        await _hear_each_other(elder, agent)

        await agent.phone.press(INVITE_CONTACT)
        await daughter.phone.until("CALL_INCOMING", within=RINGS_WITHIN_SECONDS)
        await daughter.phone.answer()
        await _hear(daughter, within=RINGS_WITHIN_SECONDS)  # the question
        await daughter.phone.press("1")
        await _hear_each_other(elder, daughter)
        await _hear_each_other(agent, daughter)

        await agent.phone.press(HANDED_TO_CONTACT)
        await elder.phone.until("CALL_CLOSED", within=HEARD_WITHIN_SECONDS)
        told = await house.told(emergency)
        if not isinstance(told.emergency, Closed):
            raise DemoFailed("the emergency was not closed")
        parties = [elder, agent, daughter]
        for party in parties:
            house.keep(party.phone, party.name)
        return told, parties, house


async def _party(house: DemoHouse, name: str, account: str, says: str, marker: int) -> Party:
    return Party(name=name, phone=await house.phone(account, says=says, marker=marker), marker=marker)


async def _hear_each_other(one: Party, other: Party) -> None:
    """Waits until each has heard the other's marker. Raises `DemoFailed` with who did not hear whom."""
    for listener, speaker in ((one, other), (other, one)):
        try:
            async with asyncio.timeout(HEARD_WITHIN_SECONDS):
                while seconds_of(listener.phone.heard, speaker.marker) < MARKER_SECONDS:
                    await asyncio.sleep(0.2)
        except TimeoutError:
            raise DemoFailed(f"{listener.name} does not hear {speaker.name}") from None


async def _hear(listener: Party, *, within: float) -> None:
    """Waits until this party's ear has anything in it at all."""
    try:
        async with asyncio.timeout(within):
            while not listener.phone.hears_sound(seconds=1.0):
                await asyncio.sleep(0.1)
    except TimeoutError:
        raise DemoFailed(f"{listener.name} hears nothing") from None


def _whom(house: DemoHouse, listener: Party, parties: list[Party]) -> list[str]:
    recording = house.folder / "heard" / f"{listener.name}.wav"
    return [
        party.name
        for party in parties
        if party is not listener and seconds_of(recording, party.marker) >= MARKER_SECONDS
    ]


def _recordings(house: DemoHouse) -> list[Path]:
    return sorted((house.folder / "heard").glob("*.wav")) + sorted((house.folder / "recordings").glob("*.wav"))
