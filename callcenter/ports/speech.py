"""Who listens along, and the voice that speaks."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, kw_only=True)
class Said:
    """A piece of what somebody says."""

    words: str  #: without spaces
    final: bool  #: False: so far; it may still change
    confidence: float = 0.0  #: 0 … 1
    distress: bool = False  #: holds words of distress; only a final piece is looked at for them


class Overhearing(Protocol):
    """A worker that listens along."""

    @property
    def sound(self) -> str:
        """Where the sound goes: `uuid,host:port`."""

    def said(self) -> AsyncIterator[Said]:
        """Until the sound ends, or the worker ends it. Raises `EarsAway` when the worker is lost."""


class Ears(Protocol):
    def overhear(self) -> AbstractAsyncContextManager[Overhearing]:
        """Asks the least busy worker to listen along; bounded. Entering raises `EarsAway` when none is there.

        Leaving it ends the listening.
        """


class Voice(Protocol):
    async def sheet(self, text: str) -> tuple[str, ...]:
        """Renders a text with a name or an address in it; returns sound files without their endings, <= 8 s each.

        To be played one after the other. Bounded; raises `VoiceAway`. The same text is rendered once.
        """

    async def sentence(self, prompt: str, words: Mapping[str, str], *, slow: bool = False) -> tuple[str, ...]:
        """The same for a prompt of the prompt file with the words that stand in its braces; `slow`: slower and louder.

        Raises `VoiceAway`, `PromptMissing`, and `ValueError` for words that are not exactly the prompt's own.
        """

    def in_dialect(self, prompts: tuple[str, ...], dialect: str) -> tuple[str, ...]:
        """Each prompt, or where somebody has recorded it in that dialect ("" is Mandarin) that sound of it."""
