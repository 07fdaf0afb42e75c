"""The call of a story: what it may do with it, what it may ask, what it hears."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from callcenter.domain.calls import Entry


class Ending(StrEnum):
    """How a question ended."""

    WORDS = "words"  #: something of the grammar was said
    KEY = "key"
    SILENCE = "silence"
    UNCLEAR = "unclear"  #: somebody spoke, but nothing of the grammar
    AWAY = "away"  #: no ears, or they are full: nobody listened, and no key was pressed


@dataclass(frozen=True, kw_only=True)
class Question:
    """What is asked in one go, and what may answer it."""

    prompts: tuple[str, ...]
    phrases: tuple[str, ...] = ()  #: the grammar; "120" may stand in a phrase and is heard as 幺二零
    keys: str = ""  #: keys that answer; others are not heard
    seconds: float = 6.0  #: to begin an answer, after the prompts
    speech: bool = True  #: False for who is hearing- or speech-impaired: keys only


@dataclass(frozen=True, kw_only=True)
class Heard:
    """The answer to a question."""

    ending: Ending
    words: str = ""  #: as recognised, without spaces; what stands around them outside the grammar is taken off
    confidence: float = 0.0  #: 0 … 1
    key: str = ""
    spoken_seconds: float = 0.0


class StoryCall(Protocol):
    """What a story may do with a call. Every verb raises `CallerHungUp` once the session has ended."""

    @property
    def entry(self) -> Entry: ...

    @property
    def argument(self) -> str:
        """What the dialplan passed to the story: the emergency's id, or ""."""

    @property
    def arguments(self) -> tuple[str, ...]:
        """Everything the dialplan passed to the story, in order."""

    @property
    def channel(self) -> str: ...

    @property
    def uniqueid(self) -> str: ...

    async def record(self) -> None:
        """Begins the recording of this call, and the watch for a sound of the caller's. Once; again is no error."""

    async def answer(self) -> None: ...
    async def say(self, *prompts: str) -> str:
        """Plays prompts (names in the prompt file, or files the voice made). Returns the key that cut in, or ""."""

    async def ask(self, prompt: str, *, seconds: float, keys: str) -> str:
        """Plays a prompt and waits for one of `keys`; "" when none came."""

    async def question(self, question: Question) -> Heard:
        """Plays the prompts and listens meanwhile: a word or a key cuts in.

        Where the ears are away, full or not wanted, the same is asked for keys alone: then it ends with KEY or AWAY.
        """

    async def greets_like_a_machine(self) -> bool:
        """Listens in silence to how the telephone is answered, until a pause: whether it is so long a greeting as
        machines have. A hint and no more: people talk on, and machines are short. She hears nothing for two seconds at
        most if nobody speaks, and four if somebody does; False where Asterisk cannot tell.
        """

    async def listen_for_tones(self) -> None:
        """From now on keys are heard as tones in the sound, for a telephone whose keys are not sent as events."""

    async def wait(self, seconds: float) -> str:
        """Plays music for so long, in short commands. Returns a key pressed meanwhile, or ""."""

    async def set_variable(self, name: str, value: str) -> None: ...
    async def get_variable(self, name: str) -> str: ...
    async def forget_entry(self) -> None:
        """Deletes the dialplan's entry mark: only after the commit."""

    async def go_on(self, step: str) -> None:
        """The orderly end: tells the dialplan which step comes next (`dialplans.variables.DONE_…`)."""
