"""What she was asked before a person took over, and what she answered, for whoever takes over."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final
from uuid import UUID

from callcenter.domain.emergencies import Step
from callcenter.ports.storage import UnitOfWork
from callcenter.services.desk import Desk

_KEPT: Final = 12  #: of one conversation, the latest


async def note_answers(desk: Desk, emergency: UUID, answers: Sequence[str]) -> None:
    """Appends `question: meaning` to the timeline, in order. Words of intents and ids, never what was said."""
    if not answers:
        return

    await desk.storage.transact("note answers", lambda work: tell_answers(desk, work, emergency, answers))


def tell_answers(desk: Desk, work: UnitOfWork, emergency: UUID, answers: Sequence[str]) -> None:
    """The same within a transaction."""
    for answer in answers[-_KEPT:]:
        desk.tell(work, emergency, Step.ASKED, detail=answer)
