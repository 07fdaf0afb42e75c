"""A photo of an elder is kept, or taken away again. Each is in her history; the picture itself is not."""

from __future__ import annotations

from datetime import datetime
from typing import Final
from uuid import UUID

from callcenter.domain.elder_changes import FieldChange
from callcenter.domain.elder_status import Purpose
from callcenter.errors import ElderUnknown, PictureUnusable
from callcenter.ports.storage import UnitOfWork
from callcenter.services.picture import Picture
from callcenter.services.save_profile import note_changes

FIELD: Final = "photo"


def keep_photo(work: UnitOfWork, elder: UUID, picture: Picture, *, by: str, now: datetime) -> None:
    """Instead of the one that was there. Raises `ElderUnknown`, and `PictureUnusable` when she has refused it."""
    profile = work.people.profile(elder)
    if profile is None:
        raise ElderUnknown(str(elder))
    if Purpose.PHOTO in profile.elder.refused:
        raise PictureUnusable("she has refused to have a photo kept")
    old = "1" if work.photos.there(elder) else ""
    work.photos.save(elder, picture.kind.value, picture.content, now)
    new = f"{picture.width} × {picture.height}"
    note_changes(work, elder, by=by, now=now, changes=(FieldChange(field=FIELD, old=old, new=new),))


def remove_photo(work: UnitOfWork, elder: UUID, *, by: str, now: datetime) -> None:
    """Nothing of it stays. One that is not there is left as it is."""
    if work.photos.there(elder):
        work.photos.remove(elder, now)
        note_changes(work, elder, by=by, now=now, changes=(FieldChange(field=FIELD, old="1", new=""),))
