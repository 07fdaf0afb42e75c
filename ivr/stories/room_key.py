"""An agent pressed keys in the room: `*` and a digit closes, `#1` rings the family, `#0` rings 120."""

from __future__ import annotations

from uuid import UUID

import structlog

from callcenter.errors import HotlineError
from callcenter.ports.story_call import StoryCall
from callcenter.services.close_emergency import close_emergency
from callcenter.services.desk import Desk
from callcenter.services.invite import invite_120, invite_contact
from dialplans import variables

log = structlog.get_logger()


async def room_key(call: StoryCall, desk: Desk) -> None:
    """Does what the keys say. Without an orderly end the dialplan tells the agent that it could not be saved."""
    emergency, verb, digit = UUID(call.argument), call.arguments[1], "".join(call.arguments[2:3])
    agent = (await call.get_variable(variables.TARGET)).removeprefix("PJSIP/")  # as the fallback names it
    try:
        match verb:
            case "dispose":
                await close_emergency(desk, emergency, by=f"agent:{agent}", disposition=digit, leg=call.uniqueid)
                return await call.go_on(variables.DONE_GOODBYE)
            case "invite_contact" if await invite_contact(desk, emergency):
                return await call.go_on(variables.DONE_ROOM)
            case "invite_120" if await invite_120(desk, emergency):
                return await call.go_on(variables.DONE_ROOM)
    except HotlineError as error:
        log.warning("room_key_refused", verb=verb, reason=type(error).__name__)
