"""坐席话机: an agent dials 81 to come on duty 上线, 82 for a break 小休, 80 to go 下线."""

from __future__ import annotations

from callcenter.domain.people import Presence
from callcenter.errors import AgentUnknown
from callcenter.ports.story_call import StoryCall
from callcenter.services.agent_presence import change_presence
from callcenter.services.desk import Desk
from dialplans import variables

DIALLED = {
    "81": (Presence.FREE, "agent_online"),
    "82": (Presence.BREAK, "agent_break"),
    "80": (Presence.OFFLINE, "agent_offline"),
}


async def agent_phone(call: StoryCall, desk: Desk) -> None:
    """Changes the presence of the agent whose own phone this is, and says so."""
    extension, dialled = call.arguments[:2]
    presence, said = DIALLED[dialled]
    await call.answer()
    try:
        await change_presence(desk, extension, presence)
    except AgentUnknown:
        said = "not_understood"
    await call.say(said)
    await call.go_on(variables.DONE_GOODBYE)
