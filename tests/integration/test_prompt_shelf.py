"""提示音 as the console's page reaches them: listed, heard, and recordings looked at by a process of its own."""

from __future__ import annotations

import math
import re
import wave
from array import array
from pathlib import Path

import pytest
import yaml

from callcenter.app.prompt_shelf import PromptShelf
from callcenter.config import load
from callcenter.errors import PromptMissing, RecordingRefused
from callcenter.ports.prompts import PromptVoiceKind

PROMPTS = {
    "thank_you": {"text": "谢谢。", "en": "Thank you.", "slow": True},
    "hello": {"text": "{name}您好。", "en": "Hello {name}."},
}


def a_recording(path: Path, *, loud: float = 0.3) -> bytes:
    """A second and a half that rises and falls as speech does, at 16,000 samples a second, in stereo."""
    samples = array("h")
    for i in range(24_000):
        rise = math.sin(math.pi * i / 24_000) * (0.6 + 0.4 * math.sin(2 * math.pi * 4 * i / 16_000))
        tones = sum(math.sin(2 * math.pi * hz * i / 16_000) for hz in (440, 900, 1600)) / 3
        samples.extend([int(32767 * loud * rise * tones)] * 2)
    with wave.open(str(path), "wb") as file:
        file.setparams((2, 2, 16_000, 0, "NONE", ""))
        file.writeframes(samples.tobytes())
    return path.read_bytes()


@pytest.fixture
def shelf(tmp_path: Path) -> PromptShelf:
    (tmp_path / "prompts.yaml").write_text(yaml.safe_dump(PROMPTS, allow_unicode=True), encoding="utf-8")
    file = tmp_path / "config.yaml"
    voice = {"prompts": "prompts.yaml", "recorded": "recorded", "sounds": "sounds"}
    patient = {"recording_within_seconds": 120.0}  # on a machine that many tests share
    file.write_text(yaml.safe_dump({"voice": voice, "supervision": patient}), encoding="utf-8")
    return PromptShelf(load(file), file)


async def kinds(shelf: PromptShelf) -> dict[str, PromptVoiceKind]:
    return {each.name: each.voice for each in await shelf.all()}


async def test_a_recording_is_checked_converted_and_wins(shelf: PromptShelf, tmp_path: Path) -> None:
    missing = {"thank_you": PromptVoiceKind.MISSING, "slow/thank_you": PromptVoiceKind.MISSING}
    assert await kinds(shelf) == {**missing, "hello": PromptVoiceKind.WHEN_NEEDED}
    with pytest.raises(PromptMissing):
        await shelf.sound("thank_you")
    recording = a_recording(tmp_path / "r.wav")
    for refused, said in ((b"no sound at all", "thank_you.wav"), (a_recording(tmp_path / "q.wav", loud=0.001), "dBFS")):
        with pytest.raises(RecordingRefused, match=re.escape(said)):
            await shelf.keep("thank_you", refused)
    assert PromptVoiceKind.RECORDED not in (await kinds(shelf)).values()
    await shelf.keep("thank_you", recording)
    assert (await kinds(shelf))["thank_you"] is PromptVoiceKind.RECORDED
    sound = tmp_path / "heard.wav"
    sound.write_bytes(await shelf.sound("slow/thank_you"))
    with wave.open(str(sound), "rb") as heard:
        assert (heard.getframerate(), heard.getnchannels(), heard.getsampwidth()) == (8000, 1, 2)
        assert 1.0 < heard.getnframes() / 8000 < 1.6


async def test_a_name_that_is_no_prompts_reaches_no_file(shelf: PromptShelf) -> None:
    for name in ("no_such", "../thank_you", "slow/../thank_you", "hello", "", "slow/"):
        with pytest.raises(PromptMissing):
            await shelf.keep(name, b"x")
        with pytest.raises(PromptMissing):
            await shelf.sound(name)
