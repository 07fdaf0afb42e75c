"""The doctor's question whether Asterisk reaches us. Touches nobody and nothing."""

from __future__ import annotations

from callcenter.ports.story_call import StoryCall
from callcenter.services.desk import Desk
from dialplans import variables


async def ping(call: StoryCall, desk: Desk) -> None:
    """Says at once that all is done."""
    await call.go_on(variables.DONE_GOODBYE)
