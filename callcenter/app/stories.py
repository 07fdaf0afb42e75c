"""The written list of stories: what the dialplan may ask for by name."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping

from callcenter.ports import StoryCall
from callcenter.services.desk import Desk
from ivr.server import Story
from ivr.stories.agent_phone import agent_phone
from ivr.stories.contact_asked import contact_asked
from ivr.stories.dispatcher_120 import dispatcher_120
from ivr.stories.landline import landline
from ivr.stories.ping import ping
from ivr.stories.red_key import red_key
from ivr.stories.room_key import room_key

_STORIES: Mapping[str, Callable[[StoryCall, Desk], Awaitable[None]]] = {
    "red_key": red_key,
    "landline": landline,
    "service": landline,  # the green key: the same question until it has a story of its own
    "contact_asked": contact_asked,
    "dispatcher_120": dispatcher_120,
    "room_key": room_key,
    "agent_phone": agent_phone,
    "ping": ping,
}


def stories(desk: Desk) -> dict[str, Story]:
    """Every story, told at this desk."""
    return {name: _told_at(desk, story) for name, story in _STORIES.items()}


def _told_at(desk: Desk, story: Callable[[StoryCall, Desk], Awaitable[None]]) -> Story:
    async def tell(call: StoryCall) -> None:
        desk.serving.add(call.uniqueid)
        try:
            await story(call, desk)
        finally:
            desk.serving.discard(call.uniqueid)

    return tell
