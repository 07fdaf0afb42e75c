"""提示音: every sentence the hotline speaks, and human recordings for them."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol


class PromptVoiceKind(StrEnum):
    """Whose voice a sound has."""

    RECORDED = "recorded"  #: 真人
    MACHINE = "machine"  #: 机器
    MISSING = "missing"  #: 缺少: made of an older text, or not there
    UNRECORDED = "unrecorded"  #: 未录: in no dialect but Mandarin until somebody records it
    WHEN_NEEDED = "when_needed"  #: 用时合成: names stand in it


@dataclass(frozen=True, kw_only=True)
class SpokenPrompt:
    """One sound."""

    name: str  #: `ask_who`, `slow/ask_who`, or `sichuan/ask_who` in a dialect
    text: str  #: 中文
    en: str
    to_agents: bool
    voice: PromptVoiceKind


class Prompts(Protocol):
    """None of these holds the loop."""

    async def all(self) -> list[SpokenPrompt]:
        """In the order of the prompt file. Raises `ConfigurationFaulty`."""

    async def sound(self, name: str) -> bytes:
        """The WAV that callers hear. Raises `PromptMissing`."""

    async def keep(self, name: str, recording: bytes) -> None:
        """A human recording, which wins from now on. Raises `PromptMissing`, and `RecordingRefused` saying why."""
