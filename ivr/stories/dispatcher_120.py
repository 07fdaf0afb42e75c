"""120: the dispatcher hears who, where and what is known, and is then with her."""

from __future__ import annotations

from callcenter.ports.story_call import StoryCall
from callcenter.services.desk import Desk
from callcenter.services.hand_over_120 import sheet_spoken
from dialplans import variables


async def dispatcher_120(call: StoryCall, desk: Desk) -> None:
    """Speaks the sheet `dispatch.sheet_times` times, writes down that it was heard, then the room."""
    await call.answer()
    sheet = variables.apart(await call.get_variable(variables.SHEET)) or ("sheet_unknown",)
    for time in range(1, desk.config.dispatch.sheet_times + 1):
        await call.say(*sheet)
        desk.background.start("sheet spoken", sheet_spoken(desk, call.uniqueid, times=time))
    await call.go_on(variables.DONE_ROOM)
