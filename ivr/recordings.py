"""Human voices for prompts: looked at before they are taken, so that a bad one never replaces a good sound."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final

from callcenter.config import Config
from callcenter.errors import PromptMissing
from ivr import sound
from ivr.prompts import SLOW_FOLDER, Listener, Prompt, PromptSound, load_prompts
from ivr.sound_check import Measured, measured

#: A recording below this is raised so far that the room is heard louder than the speaker.
QUIETEST_DBFS: Final = -45.0
#: A sample this near to full scale was probably cut; a few of them are nobody's fault.
_CUT_FROM: Final = 0.985 * sound.FULL_SCALE
_CUT_SHARE_AT_MOST: Final = 0.001


def sound_named(config: Config, name: str) -> PromptSound:
    """The sound of this name: `ask_who`, `slow/ask_who`, or `sichuan/ask_who` of a dialect in `voice.dialects`.

    Raises `PromptMissing` when a prompt has no such sound.
    """
    folder, slash, bare = name.rpartition("/")
    prompt = load_prompts(config).get(bare)
    if prompt is None or prompt.variables or (folder == SLOW_FOLDER and not prompt.slow):
        raise PromptMissing(name)
    if slash and folder not in (SLOW_FOLDER, *config.voice.dialects.values()):
        raise PromptMissing(name)
    return PromptSound(prompt=prompt, folder=folder)


def names_of(prompt: Prompt, config: Config) -> list[str]:
    """Of every sound that it may have: its own, the slower one, one in each dialect."""
    if prompt.variables or prompt.to is Listener.AGENT:
        folders: list[str] = []
    else:
        folders = sorted(set(config.voice.dialects.values()))
    return [prompt.name, *(f"{folder}/{prompt.name}" for folder in [SLOW_FOLDER] * prompt.slow + folders)]


def keep(config: Config, each: PromptSound, recording: Path) -> Measured:
    """Puts a copy of this WAV among the human recordings, whole or not at all; how it will sound on the telephone.

    The next rendering makes the prompt's sound of it. Raises `ivr.sound.SoundUnusable`, saying all that is wrong, and
    then nothing has changed.
    """
    result = _looked_at(each, recording)
    if result.faults:
        raise sound.SoundUnusable(f"{recording.name}: {'; '.join(result.faults)}")
    to = config.path(config.voice.recorded) / f"{each.name}.wav"
    to.parent.mkdir(parents=True, exist_ok=True)
    half_done = to.with_name(f".{to.name}.{os.getpid()}")
    try:
        half_done.write_bytes(recording.read_bytes())
        half_done.replace(to)
    except OSError as error:
        raise sound.SoundUnusable(f"{to.name}: {error.strerror}") from error
    finally:
        half_done.unlink(missing_ok=True)
    return result


def _looked_at(each: PromptSound, recording: Path) -> Measured:
    samples, rate = sound.read(recording)
    cut = sum(abs(sample) >= _CUT_FROM for sample in samples)
    if cut > _CUT_SHARE_AT_MOST * len(samples):
        raise sound.SoundUnusable(f"{recording.name}: {cut} samples are clipped; record it again, less loud")
    spoken_at = sound.speech_dbfs(sound.resampled(samples, rate))
    if spoken_at < QUIETEST_DBFS:
        raise sound.SoundUnusable(f"{recording.name}: {spoken_at:.0f} dBFS; record it again, nearer or louder")
    return measured(each, sound.for_telephone(samples, rate, clear=each.slow), recorded=True)
