"""照片 of an elder: shown, kept, taken away. Whoever sees it has it noted, as any look at the whole profile."""

from __future__ import annotations

import asyncio
from functools import partial
from http import HTTPStatus

from aiohttp import web

from callcenter.console.house import Visit
from callcenter.console.looking import note
from callcenter.console.pages.elders import elder_of
from callcenter.domain.looks import Seen
from callcenter.errors import ElderUnknown, PictureUnusable
from callcenter.services.keep_photo import keep_photo, remove_photo
from callcenter.services.picture import picture_of


async def photo(visit: Visit) -> web.StreamResponse:
    """Raises `ElderUnknown` where there is none, too."""
    elder = elder_of(visit)
    await note(visit, Seen.PROFILE, why="elder's photo", elder=elder)
    found = await visit.read("photo", lambda work: work.photos.of(elder))
    if found is None:
        raise ElderUnknown(str(elder))
    kind, content = found
    return web.Response(body=content, content_type=kind)


async def take(visit: Visit) -> web.StreamResponse:
    """Keeps what was uploaded, if it is a picture; then her card."""
    desk, elder = visit.house.desk, elder_of(visit)
    photos, content = desk.config.photos, (await visit.upload()).content
    try:
        if len(content) > photos.file_kib * 1024:
            raise PictureUnusable(f"{len(content) // 1024} KiB, at most {photos.file_kib}")
        picture = await asyncio.to_thread(partial(picture_of, content, side_at_most=photos.side_at_most))
        keep = partial(keep_photo, elder=elder, picture=picture, by=visit.user.name, now=desk.clock.now())
        await desk.storage.transact("photo", keep, urgent=False)
    except PictureUnusable as error:
        return visit.page(
            "elder_photo.html", status=HTTPStatus.UNPROCESSABLE_ENTITY, elder=elder, photos=photos, refused=str(error)
        )
    return _to_card(visit)


async def remove(visit: Visit) -> web.StreamResponse:
    """Takes it away; then her card."""
    desk = visit.house.desk
    away = partial(remove_photo, elder=elder_of(visit), by=visit.user.name, now=desk.clock.now())
    await desk.storage.transact("photo", away, urgent=False)
    return _to_card(visit)


async def ask(visit: Visit) -> web.StreamResponse:
    """The form for a new one."""
    return visit.page("elder_photo.html", elder=elder_of(visit), photos=visit.house.desk.config.photos, refused="")


def _to_card(visit: Visit) -> web.Response:
    return web.Response(status=HTTPStatus.SEE_OTHER, headers={"Location": f"/elders/{elder_of(visit)}"})
