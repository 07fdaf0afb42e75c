"""录音: one call of an emergency, to be listened to. The look is written down first."""

from __future__ import annotations

import asyncio
from uuid import UUID

from aiohttp import web

from callcenter.console.house import Visit
from callcenter.console.looking import note
from callcenter.console.pages.emergencies import id_of
from callcenter.domain.calls import Call
from callcenter.domain.looks import Seen
from callcenter.errors import RecordingMissing
from callcenter.ports.storage import UnitOfWork
from callcenter.services.recordings import recording_file


async def recording(visit: Visit) -> web.StreamResponse:
    """A wav, or the part of it that `Range` asks for. Raises `EmergencyUnknown` and `RecordingMissing`."""
    id_, config = id_of(visit), visit.house.desk.config
    call = await visit.read("recording", lambda work: _call(visit, work, id_))
    path = await asyncio.to_thread(recording_file, config.path(config.asterisk.recordings), call)
    now, listening, user = visit.house.desk.clock.now(), visit.house.listening, visit.user.id
    if not listening.goes_on(user, call.id, now):
        await note(visit, Seen.RECORDING, why=f"call {call.id}", emergency=id_)
    listening.asked(user, call.id, now)
    return web.FileResponse(path, headers={"Content-Type": "audio/wav"})


def _call(visit: Visit, work: UnitOfWork, emergency: UUID) -> Call:
    try:
        wanted = UUID(visit.request.match_info["call"])
    except ValueError as error:
        raise RecordingMissing from error
    for call in work.calls.all_of(emergency):
        if call.id == wanted and call.ended_at is not None:
            return call
    raise RecordingMissing(str(wanted))
