"""Who waits in the room for an elder whose call was cut hears that she is being rung."""

from __future__ import annotations

from typing import Final

import structlog

from callcenter.domain.emergencies import Open
from callcenter.errors import ActionRefused, AsteriskAway
from callcenter.services.desk import Desk

_SAID: Final = "cc/calling_her_back"

log = structlog.get_logger()


async def say_rung_back(desk: Desk, emergency: Open) -> None:
    """Nothing is said while she is connected, or once no call-back is due any more."""
    if emergency.elder_connected or emergency.call_back_at is None:
        return
    try:
        await desk.telephony.say_in_room(emergency.room, _SAID)
    except (AsteriskAway, ActionRefused) as error:
        log.warning("not_said", emergency=str(emergency.id), error=type(error).__name__)
