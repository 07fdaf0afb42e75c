"""A prompt recorded on a real telephone, through the real Asterisk and the command line."""

from __future__ import annotations

import asyncio
import shutil
import tempfile
from array import array
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from callcenter.app.cli.telephones import rendered
from callcenter.app.clock import SystemClock
from callcenter.app.phone import Phone
from callcenter.app.reach import write
from callcenter.app.seed import made_up
from callcenter.asterisk.accounts import SipAccount, SipKind, ensure_secrets, sip_password
from callcenter.asterisk.instance import PrivateAsterisk
from ivr import sound
from tests.integration.cli_house import PREFIX, CliHouse, Ran

pytestmark = [
    pytest.mark.asterisk,
    pytest.mark.skipif(not (PREFIX / "bin/asterisk").exists(), reason="`make asterisk` was not run"),
]

PROMPTS = """
record_read: {text: 请朗读。, en: Please read., to: agent}
record_keep: {text: 保留请按1，重录请按2。, en: Keep 1 again 2., to: agent}
record_ended: {text: 录音结束。, en: Ended., to: agent}
thanks: {text: 谢谢。, en: Thank you.}
greeting: {text: "{name}，您好。", en: "Hello, {name}."}
"""
AGENT = "1001"
#: The sentence and the tone are over before this, so the take holds the end of what the phone says.
TALKS_SECONDS = 5


@pytest.fixture
async def house() -> AsyncIterator[CliHouse]:
    folder = Path(tempfile.mkdtemp(prefix="cc-"))  # short: unix sockets lie below it
    (folder / "prompts.yaml").write_text(PROMPTS, encoding="utf-8")
    voice = {"prompts": "prompts.yaml", "recorded": "recorded", "sounds": "sounds"}
    house = CliHouse(folder, {"voice": voice, "offers": {"agent_ring_seconds": 5}})
    await write(house.config, "seed", made_up(SystemClock()).add_to)
    asterisk = PrivateAsterisk(house.config)
    try:
        await asterisk.start(await rendered(house.config, ensure_secrets(house.config)))
        yield house
    finally:
        await asterisk.stop()
        shutil.rmtree(folder)


@pytest.fixture
async def phone(house: CliHouse) -> AsyncIterator[Phone]:
    """Picks up by itself, hums for some seconds and is then silent on a living line."""
    second = array("h", (round(8000 * (n % 16 / 8 - 1)) if n < 4000 else 0 for n in range(8000)))
    sound.write(house.folder / "says.wav", second * TALKS_SECONDS + array("h", [0] * 8000) * 60)
    account = SipAccount(kind=SipKind.AGENT, name=AGENT)
    phone = Phone(
        prefix=PREFIX,
        folder=house.folder / "phone",
        user=AGENT,
        server_port=house.config.asterisk.sip_port,
        play=house.folder / "says.wav",
        password=sip_password(ensure_secrets(house.config).sip, account),
        answers=True,
    )
    await phone.start()
    try:
        yield phone
    finally:
        await phone.stop()


async def recorded(house: CliHouse, phone: Phone, key: str) -> Ran:
    """Records `thanks`; presses the key as soon as the phone plays back what it has said."""
    ran = asyncio.create_task(asyncio.to_thread(house.run, "prompts", "record", "thanks", "--on", AGENT))
    async with asyncio.timeout(40):
        while not list((house.folder / "ast/spool/recording").glob("prompt-*.wav")):
            await asyncio.sleep(0.05)
        while phone.hears_sound(seconds=0.5):  # the tone
            await asyncio.sleep(0.05)
        while not phone.hears_sound(seconds=0.5):  # while it listens
            await asyncio.sleep(0.05)
        await phone.press(key)
        return await ran


async def test_what_was_read_aloud_and_kept_with_1_is_the_prompt_from_then_on(house: CliHouse, phone: Phone) -> None:
    ran = await recorded(house, phone, "1")
    assert ran.code == 0, ran.err
    assert "thanks kept" in ran.out
    config = house.config
    take, rate = sound.read(config.path(config.voice.recorded) / "thanks.wav")
    assert rate == sound.TELEPHONE_RATE
    assert sound.seconds(take) < 12
    played, _ = sound.read(config.path(config.voice.sounds) / "cc/thanks.wav")
    assert -20 <= sound.speech_dbfs(played) <= -16
    assert max(map(abs, played)) < sound.FULL_SCALE
    assert list((house.folder / "ast/spool/recording").glob("prompt-*")) == []
    listed = {row["prompt"]: row["voice"] for row in house.run("prompts", "list", "--json").facts}
    assert listed["thanks"] == "recorded"
    assert listed["record_keep"] == "machine"


async def test_what_was_not_kept_changes_nothing(house: CliHouse, phone: Phone) -> None:
    ran = await recorded(house, phone, "3")
    assert (ran.code, ran.out) == (1, "nothing was kept\n")
    assert not (house.config.path(house.config.voice.recorded) / "thanks.wav").exists()
    assert list((house.folder / "ast/spool/recording").glob("prompt-*")) == []


async def test_who_cannot_record_what_is_said_in_a_sentence(house: CliHouse) -> None:
    def said(*words: str) -> str:
        ran = house.run("prompts", "record", *words)
        assert ran.code == 1
        return ran.err

    assert "is not there, or nobody picked it up. (1002)" in said("thanks", "--on", "1002")
    assert "No agent is known under this name or number. (4711)" in said("thanks", "--on", "4711")
    assert "A prompt has no sound. (nothing)" in said("nothing", "--on", "1002")
    assert "A prompt has no sound. (greeting)" in said("greeting", "--on", "1002")
    assert "A prompt has no sound. (slow/thanks)" in said("slow/thanks", "--on", "1002")
