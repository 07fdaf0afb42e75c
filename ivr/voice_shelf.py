"""Where the voice's sounds lie, and what each was made of."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from callcenter.config import Config
from ivr.prompts import Listener, PromptSound, load_prompts, sounds_of
from ivr.say_zh import spoken

SAID_FOLDER: Final = "said"

#: Changes whenever the way from text to sound does, so that everything is made anew.
_WAY: Final = 2
_WAV_HEAD: Final = 44

#: espeak-ng 1.51 turns 汉字 into pinyin inside; its voice `cmn` then reads the pinyin as English ("yao one"), its voice
#: `cmn-latn-pinyin` as Mandarin. 1.52 reads both well.
_ESPEAK_VOICES: Final = {"cmn": "cmn-latn-pinyin", "zh": "cmn-latn-pinyin", "yue": "yue-latn-jyutping"}


def espeak_voice(language: str) -> str:
    """The voice of espeak-ng that speaks this language."""
    return _ESPEAK_VOICES.get(language, language)


@dataclass(frozen=True, kw_only=True)
class Manner:
    """How something is said. `clear`: louder, and with more of what tells consonants apart (`ivr.sound`)."""

    words_per_minute: int
    clear: bool = False


class Shelf:
    """Paths and marks. Nothing is read before it is asked for."""

    def __init__(self, config: Config) -> None:
        self._config = config
        self._voice = config.voice
        self._sounds = config.path(config.voice.sounds)
        self._recorded = config.path(config.voice.recorded)

    def manner(self, *, slow: bool = False, to: Listener = Listener.ELDER) -> Manner:
        if slow:
            return Manner(words_per_minute=self._voice.slow_words_per_minute, clear=True)
        if to is Listener.AGENT:
            return Manner(words_per_minute=self._voice.agent_words_per_minute)
        return Manner(words_per_minute=self._voice.words_per_minute)

    def manner_of(self, sound: PromptSound) -> Manner:
        return self.manner(slow=sound.slow, to=sound.prompt.to)

    def path(self, file: str) -> Path:
        return self._sounds / f"{file}.wav"

    def mark(self, sound: PromptSound) -> Path:
        return self._sounds / f"{sound.file}.from"

    def sounds(self) -> tuple[PromptSound, ...]:
        """Every sound that must lie ready: those of the prompt file, and of each dialect those that were recorded.

        Raises `ConfigurationFaulty`.
        """
        ready = sounds_of(load_prompts(self._config).values())
        prompts = [sound.prompt for sound in ready if not sound.folder]
        dialects = sorted(set(self._voice.dialects.values()))
        spoken_in = (PromptSound(prompt=prompt, folder=folder) for folder in dialects for prompt in prompts)
        return (*ready, *(sound for sound in spoken_in if self.recording(sound)))

    def in_dialect(self, prompt: str, dialect: str) -> str:
        """The prompt, or its sound in that dialect if there is one: for `StoryCall.say`."""
        folder = self._voice.dialects.get(dialect)
        return f"{folder}/{prompt}" if folder and is_sound(self.path(f"{folder}/{prompt}")) else prompt

    def recording(self, sound: PromptSound) -> Path | None:
        """The human voice for this sound. Without a slow one of its own, the slow sound is made of the plain one."""
        plain = [] if sound.folder and not sound.slow else [sound.prompt.name]
        for name in dict.fromkeys([sound.name, *plain]):
            path = self._recorded / f"{name}.wav"
            if path.is_file():
                return path
        return None

    def source_of(self, sound: PromptSound) -> str:
        """Says the same as long as the sound would come out the same."""
        recording, longest = self.recording(sound), sound.prompt.max_seconds
        if recording:
            return _hash(f"recording {_WAY} {longest} {sound.slow}".encode() + recording.read_bytes())
        return self.hash_of_text(f"{longest} {spoken(sound.prompt.text)}", self.manner_of(sound))

    def hash_of_text(self, said: str, manner: Manner) -> str:
        words = [_WAY, espeak_voice(self._voice.language), manner.words_per_minute, manner.clear, said]
        return _hash(json.dumps(words).encode())

    def is_up_to_date(self, sound: PromptSound) -> bool:
        if not is_sound(self.path(sound.file)):
            return False
        try:
            return self.mark(sound).read_text(encoding="ascii") == self.source_of(sound)
        except (OSError, UnicodeDecodeError):
            return False


def is_sound(path: Path) -> bool:
    """Whether there is more in this file than the head of a WAV."""
    try:
        return path.stat().st_size > _WAV_HEAD
    except OSError:
        return False


def _hash(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()[:16]
