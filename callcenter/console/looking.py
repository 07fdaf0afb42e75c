"""Design rule 11 at the console: a look is written down before the page is made."""

from __future__ import annotations

from uuid import UUID

from callcenter.console.house import Visit
from callcenter.domain.looks import Look, Seen
from callcenter.services.note_look import note_look


async def note(visit: Visit, what: Seen, *, why: str, elder: UUID | None = None, emergency: UUID | None = None) -> Look:
    """Raises what `note_look` does: then nothing is shown."""
    desk = visit.house.desk
    return await note_look(
        desk.storage, desk.clock, who=visit.user.name, what=what, why=why, elder=elder, emergency=emergency
    )
