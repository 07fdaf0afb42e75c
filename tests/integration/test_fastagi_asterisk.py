"""The verbs of a call on a real Asterisk: what is played, pressed, waited for; the lease; leaving in the middle."""

from __future__ import annotations

import asyncio
import math
import shutil
import struct
import tempfile
import wave
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from callcenter.errors import CallerHungUp
from callcenter.ports.story_call import StoryCall
from dialplans import variables
from ivr.server import FastAgiServer, Story
from tests.integration.fake_asterisk_agi import serving

PREFIX = Path(__file__).parents[2] / "var" / "asterisk"
LEASE_SECONDS = 3
WITHIN_SECONDS = 20.0

pytestmark = [
    pytest.mark.asterisk,
    pytest.mark.skipif(
        not (PREFIX / "bin/asterisk").exists(), reason="no private Asterisk in var/asterisk: make setup"
    ),
]

_FILES = {
    "asterisk.conf": """
[directories]
astetcdir => {run}/etc
astmoddir => {modules}
astvarlibdir => {run}/lib
astdbdir => {run}/lib
astkeydir => {run}/lib
astdatadir => {run}/data
astagidir => {run}/lib
astspooldir => {run}/spool
astrundir => {run}/run
astlogdir => {run}/log
astcachedir => {run}/lib
[options]
nocolor = yes
defaultlanguage = zh
""",
    "logger.conf": "[general]\n[logfiles]\nconsole => warning,error\n",
    "modules.conf": "[modules]\nautoload = no\n"
    + "".join(
        f"load = {name}.so\n"
        for name in (
            "res_timing_timerfd",
            "codec_ulaw",
            "codec_resample",
            "format_wav",
            "format_pcm",
            "format_sln",
            "bridge_simple",
            "pbx_config",
            "res_musiconhold",
            "res_speech",
            "res_agi",
            "app_senddtmf",
            "func_timeout",
            "func_db",
            "func_global",
            "func_channel",
            "func_callerid",
            "res_clioriginate",
        )
    ),
    "musiconhold.conf": "[default]\nmode = files\ndirectory = {run}/data/music\n",
    **{f"{name}.conf": "[general]\n" for name in ("cdr", "cel", "features", "udptl")},
    "extensions.conf": """
[elder]
exten => s,1,Set(AGIEXITONHANGUP=yes)
 same => n,Set(CALLERID(num)=13900000001)
 same => n,Set(CALLERID(name)=王奶奶 "x" \\\\)
 same => n,Set(CC_ODD=he said "hi" \\\\ 王 (1))
 same => n,Set(DB(cc/entry/${{UNIQUEID}})=red)
 same => n,Set(TIMEOUT(absolute)={lease})
 same => n,AGI(agi://127.0.0.1:{port}/story,,red,8001,${{UNIQUEID}})
 same => n,Set(TIMEOUT(absolute)=0)
 same => n,Set(GLOBAL(LEFT)=${{DB_EXISTS(cc/entry/${{UNIQUEID}})}})
 same => n,Set(GLOBAL(BACK)=${{CC_BACK}})
 same => n,Set(GLOBAL(ENDED)=agi-${{CC_DONE}})
exten => T,1,Set(TIMEOUT(absolute)=0)
 same => n,Set(GLOBAL(ENDED)=lease-${{CC_DONE}})
[phone]
exten => silent,1,Wait(30)
exten => presses,1,Wait(0.7)
 same => n,SendDTMF(5)
 same => n,Wait(30)
exten => leaves,1,Wait(0.7)
""",
}


class Switch:
    """An Asterisk without SIP: a Local channel is the caller, its other end the caller's hand."""

    def __init__(self, run: Path) -> None:
        self._run = run

    async def cli(self, command: str) -> str:
        process = await asyncio.create_subprocess_exec(
            PREFIX / "bin" / "asterisk", "-C", self._run / "etc" / "asterisk.conf", "-rx", command,
            stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL,
        )  # fmt: skip
        return (await process.communicate())[0].decode()

    async def call(self, hand: str) -> None:
        await self.cli(f"channel originate Local/s@elder/n extension {hand}@phone")

    async def ended(self) -> str:
        """How the call came back to the dialplan."""
        async with asyncio.timeout(WITHIN_SECONDS):
            while not (ended := await self.value("ENDED")):
                await asyncio.sleep(0.1)
        return ended

    async def value(self, name: str) -> str:
        lines = (await self.cli("dialplan show globals")).splitlines()
        return next((line.strip().partition("=")[2] for line in lines if line.strip().startswith(f"{name}=")), "")


@asynccontextmanager
async def switch(port: int) -> AsyncIterator[Switch]:
    run = Path(tempfile.mkdtemp(prefix="agi-"))  # short: its control socket's name has 107 characters at most
    for folder in ("etc", "lib/keys", "data/sounds/zh/cc", "data/music", "spool", "run", "log"):
        (run / folder).mkdir(parents=True)
    (run / "data" / "documentation").symlink_to(PREFIX / "usr" / "share" / "asterisk" / "documentation")
    _tone(run / "data/sounds/zh/cc/short.wav", seconds=0.5)
    _tone(run / "data/sounds/zh/cc/long.wav", seconds=5)
    _tone(run / "data/music/music.wav", seconds=2)
    words = {
        "run": run,
        "modules": next((PREFIX / "usr" / "lib").glob("*/asterisk/modules")),
        "port": port,
        "lease": LEASE_SECONDS,
    }
    for name, text in _FILES.items():
        (run / "etc" / name).write_text(text.format(**words))
    with (run / "console.log").open("wb") as log:
        process = await asyncio.create_subprocess_exec(
            PREFIX / "bin" / "asterisk", "-f", "-C", run / "etc" / "asterisk.conf",
            stdin=asyncio.subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True,
        )  # fmt: skip
    one = Switch(run)
    try:
        async with asyncio.timeout(WITHIN_SECONDS):
            while not (run / "run" / "asterisk.ctl").exists() or "fully booted" not in await one.cli(
                "core waitfullybooted"
            ):
                await asyncio.sleep(0.05)
        yield one
    finally:
        process.kill()
        await process.wait()
        shutil.rmtree(run, ignore_errors=True)


def _tone(path: Path, *, seconds: float) -> None:
    with wave.open(str(path), "wb") as sound:
        sound.setparams((1, 2, 8000, 0, "NONE", "not compressed"))
        samples = (int(8000 * math.sin(n * 2 * math.pi * 440 / 8000)) for n in range(int(8000 * seconds)))
        sound.writeframes(b"".join(struct.pack("<h", sample) for sample in samples))


@asynccontextmanager
async def calling(
    story: Callable[[StoryCall], Any], hand: str
) -> AsyncIterator[tuple[Switch, FastAgiServer, asyncio.Future[Any]]]:
    """A call to this story; the future is what it returned or raised."""
    came: asyncio.Future[Any] = asyncio.get_running_loop().create_future()

    async def told(call: StoryCall) -> None:
        try:
            came.set_result(await story(call))
        except CallerHungUp as error:
            came.set_exception(error)
            raise

    stories: dict[str, Story] = {"story": told}
    async with serving(stories, lease_seconds=LEASE_SECONDS) as server, switch(server.port) as asterisk:
        await asterisk.call(hand)
        yield asterisk, server, came


async def test_every_verb() -> None:
    async def story(call: StoryCall) -> list[str]:
        await call.answer()
        cut_by = await call.say("nowhere", "short", "long")
        waited = await call.wait(1)
        odd = await call.get_variable("CC_ODD")
        await call.set_variable("CC_BACK", odd)
        unset = await call.get_variable("CC_NOT_SET")
        asked = await call.ask("short", seconds=0.5, keys="12")
        await call.forget_entry()
        await call.go_on(variables.DONE_ROOM)
        return [cut_by, waited, odd, unset, asked, call.entry.line, call.entry.account, call.entry.key]

    async with calling(story, "presses") as (asterisk, _, came):
        odd = 'he said "hi" \\\\ 王 (1)'
        assert await asyncio.wait_for(came, WITHIN_SECONDS) == ["5", "", odd, "", "", "+8613900000001", "8001", "red"]
        assert await asterisk.ended() == "agi-room"
        assert await asterisk.value("BACK") == odd
        assert await asterisk.value("LEFT") == "0"


async def test_a_long_wait_keeps_its_lease() -> None:
    async def story(call: StoryCall) -> float:
        begun = asyncio.get_running_loop().time()
        await call.answer()
        await call.wait(2.5 * LEASE_SECONDS)
        await call.go_on(variables.DONE_WAIT)
        return asyncio.get_running_loop().time() - begun

    async with calling(story, "silent") as (asterisk, _, came):
        assert await asyncio.wait_for(came, WITHIN_SECONDS) == pytest.approx(2.5 * LEASE_SECONDS, abs=1)
        assert await asterisk.ended() == "agi-wait"


async def test_a_story_that_hangs_loses_the_caller_to_the_fallback() -> None:
    """With the socket open and the process alive: only the lease can help."""
    over = asyncio.Event()

    async def story(call: StoryCall) -> None:
        await call.answer()
        await over.wait()

    async with calling(story, "silent") as (asterisk, _, _came):
        assert await asterisk.ended() == "lease-"
        over.set()


async def test_a_story_that_fails_gives_the_caller_back_at_once() -> None:
    async def story(call: StoryCall) -> None:
        await call.answer()
        raise ZeroDivisionError

    async with calling(story, "silent") as (asterisk, _, _came):
        assert await asterisk.ended() == "agi-"


async def test_a_caller_who_leaves_in_a_prompt() -> None:
    async def story(call: StoryCall) -> None:
        await call.answer()
        await call.say("long", "long")

    async with calling(story, "leaves") as (_, server, came):
        with pytest.raises(CallerHungUp):
            await asyncio.wait_for(came, 4)
        async with asyncio.timeout(2):
            while server.calls:
                await asyncio.sleep(0.01)
