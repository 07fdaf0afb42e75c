"""预问: two short questions to who waits for a person, beside the ringing. Nothing waits for the answers."""

from __future__ import annotations

from datetime import timedelta
from typing import Final
from uuid import UUID

from callcenter.errors import NeedsHuman
from callcenter.services.make_urgent import make_urgent
from callcenter.services.note_answers import note_answers
from ivr.dialogue import NO, YES, Ask, Dialogue

_KEYS: Final = {"1": YES, "2": NO}
#: 没事 and 头晕 answer neither question, and are what whoever takes over wants to know.
_MEANINGS: Final = (YES, NO, "fine", "unwell")
_CAN: Final = {"能": YES, "能说": YES, "能说话": YES, "不能": NO, "不能说": NO}
QUESTIONS: Final = tuple(
    Ask(name=name, prompts=(name,), slow=(f"slow/{name}",), intents=_MEANINGS, keys=_KEYS, phrases=phrases)
    for name, phrases in (("triage_1", _CAN), ("triage_2", {}))
)


class Triage:
    """Asked once each, after `dialogue.triage_after_seconds` of waiting. Being brought to a room ends the question."""

    def __init__(self, dialogue: Dialogue, emergency: UUID) -> None:
        self._dialogue = dialogue
        self._emergency = emergency
        settings = dialogue.desk.config.dialogue
        self._from = dialogue.desk.clock.now() + timedelta(seconds=settings.triage_after_seconds)
        self._left = list(QUESTIONS) if settings.triage else []

    async def asked(self) -> bool:
        """Asks the next question if it is time. A call for help makes the emergency a red one; no answer decides."""
        desk = self._dialogue.desk
        if not self._left or desk.clock.now() < self._from:
            return False
        already = len(self._dialogue.answers)
        try:
            meaning = await self._dialogue.once(self._left.pop(0))
        except NeedsHuman:
            await make_urgent(desk, self._emergency)
            meaning = ""
        desk.background.start("note answers", note_answers(desk, self._emergency, self._dialogue.answers[already:]))
        if meaning in _MEANINGS:
            await self._dialogue.call.say("triage_noted")
        return True
