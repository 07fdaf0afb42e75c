"""Sentences of a check-in with a name in them."""

from __future__ import annotations

import structlog

from callcenter.domain.people import Profile
from callcenter.errors import VoiceAway
from callcenter.services.desk import Desk

log = structlog.get_logger()


async def prepare_greeting(desk: Desk, name: str) -> None:
    """Has her greeting made while her telephone rings. What is not made in time is said without her name."""
    try:
        await desk.voice.sentence("check_in_greeting", {"name": name})
    except VoiceAway as error:
        log.warning("greeting_missing", error=str(error))


async def contact_request(desk: Desk, profile: Profile | None) -> tuple[str, ...]:
    """The sound files that ask a contact to go and see her. Raises `VoiceAway`."""
    name = profile.elder.name if profile else "您家老人"
    return await desk.voice.sheet(
        f"这里是{desk.config.hotline.name}。{name}今天的平安问候没有回应，请您去看看。按1由您负责，按2不方便。"
    )
