"""提示音: every sentence, whose voice it has, and how it sounds; a human recording is uploaded here."""

from __future__ import annotations

from http import HTTPStatus

from aiohttp import web

from callcenter.console.house import Visit
from callcenter.errors import PromptMissing, RecordingRefused
from callcenter.ports.prompts import PromptVoiceKind


async def prompts(visit: Visit) -> web.StreamResponse:
    """`?voice=` of one kind; a word that is none counts as all."""
    return await _shown(visit)


async def sound(visit: Visit) -> web.StreamResponse:
    """Raises 404 for what has none."""
    try:
        content = await visit.house.prompts.sound(_name(visit.request.match_info["id"]))
    except PromptMissing as error:
        raise web.HTTPNotFound from error
    return web.Response(body=content, content_type="audio/wav")


async def keep(visit: Visit) -> web.StreamResponse:
    """A refusal says what is wrong with the recording; the sound stays as it was."""
    upload = await visit.upload()
    name = upload.fields.get("prompt", "")
    try:
        await visit.house.prompts.keep(name, upload.content)
    except (PromptMissing, RecordingRefused) as refusal:
        return await _shown(visit, HTTPStatus.UNPROCESSABLE_ENTITY, refused=name, why=str(refusal))
    return web.Response(status=HTTPStatus.SEE_OTHER, headers={"Location": f"/admin/prompts#{name}"})


async def _shown(visit: Visit, status: int = HTTPStatus.OK, *, refused: str = "", why: str = "") -> web.Response:
    wanted = visit.request.query.get("voice", "")
    known = await visit.house.prompts.all()
    kind = PromptVoiceKind(wanted) if wanted in set(PromptVoiceKind) else None
    return visit.page(
        "prompts.html",
        status=status,
        prompts=[each for each in known if kind is None or each.voice is kind],
        counts={each: sum(prompt.voice is each for prompt in known) for each in PromptVoiceKind},
        kind=kind,
        kinds=list(PromptVoiceKind),
        refused=refused,
        why=why,
        upload_kib=visit.house.desk.config.supervision.recording_kib,
        when_needed=PromptVoiceKind.WHEN_NEEDED,
        missing=PromptVoiceKind.MISSING,
        unrecorded=PromptVoiceKind.UNRECORDED,
        address=lambda name: name.replace("/", "."),
    )


def _name(address: str) -> str:
    """`slow.ask_who` → `slow/ask_who`."""
    return address.replace(".", "/", 1)
