"""Design rule 11: a look at what is known about an elder is written down before anything is shown."""

from __future__ import annotations

from uuid import UUID

from callcenter.domain.looks import Look, Seen
from callcenter.errors import NotWhileStorageAway, StorageAway
from callcenter.ports.clock import Clock
from callcenter.ports.storage import Storage, UnitOfWork


async def note_look(
    storage: Storage,
    clock: Clock,
    *,
    who: str,
    what: Seen,
    why: str,
    elder: UUID | None = None,
    emergency: UUID | None = None,
) -> Look:
    """Durable when it returns: whoever called may show it now, and must not when it raises.

    Raises what `Looks.note` and `Look` do. Only the look at a timeline may go to the journal, so that a slow database
    keeps nobody from an open emergency; all others raise `NotWhileStorageAway` until it is back.
    """
    look = Look(id=clock.new_id(), at=clock.now(), who=who, what=what, why=why, elder=elder, emergency=emergency)

    def work(unit: UnitOfWork) -> None:
        unit.looks.note(look)

    try:
        await storage.transact("note look", work, urgent=what is Seen.TIMELINE)
    except StorageAway as away:
        raise NotWhileStorageAway(what) from away
    return look
