"""What a service has ordered: to be listened to once its sound arrives."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final
from uuid import UUID

from callcenter.config.speech import Speech
from ivr.ears.commands import Mode

PHRASES_AT_MOST: Final = 2000
PHRASE_CHARACTERS_AT_MOST: Final = 20
PROMPTS_AT_MOST: Final = 40


@dataclass(frozen=True, kw_only=True)
class Order:
    """Durations are in seconds; `prompts` are sounds below `voice.sounds`; `keys` are the digits that answer."""

    uuid: UUID
    mode: Mode
    prompts: tuple[str, ...]
    phrases: tuple[str, ...]
    keys: str
    seconds: float
    silence_seconds: float
    longest_seconds: float

    def is_within(self, speech: Speech) -> bool:
        """Whether its values are such as a service of ours sends."""
        return (
            len(self.prompts) <= PROMPTS_AT_MOST
            and len(self.phrases) <= PHRASES_AT_MOST
            and all(0 < len(phrase) <= PHRASE_CHARACTERS_AT_MOST for phrase in self.phrases)
            and set(self.keys) <= set("0123456789*#")
            and 0 < self.seconds <= speech.question_at_most_seconds
            and 0 < self.silence_seconds <= speech.question_at_most_seconds
            and 0 < self.longest_seconds <= speech.question_at_most_seconds
        )
