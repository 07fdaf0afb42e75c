"""联系人、备用电话: somebody who is not at our desks is asked to take it. Only a pressed 1 is a yes."""

from __future__ import annotations

from callcenter.ports.story_call import StoryCall
from callcenter.services.desk import Desk
from dialplans import variables

YES = "1"
KEYS = "12"


async def contact_asked(call: StoryCall, desk: Desk) -> None:
    """Asks `offers.question_times` times, first for keys as events, then for tones.

    2, silence and a voicemail's chatter all mean that the next one is asked.
    """
    await call.answer()
    question = variables.apart(await call.get_variable(variables.ASK)) or ("ask_standby",)
    for time in range(desk.config.offers.question_times):
        if time == 1:
            await call.listen_for_tones()  # the first question was for keys sent as events
        key = await call.say(*question[:-1]) or await call.ask(
            question[-1], seconds=desk.config.offers.answer_question_seconds, keys=KEYS
        )
        if key == YES:
            return await call.go_on(variables.DONE_CLAIM)
        if key:
            break
    await call.go_on(variables.DONE_REFUSED)
