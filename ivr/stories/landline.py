"""座机、绿键: somebody rang without the red key. Agents ring at once; one question only decides how urgently."""

from __future__ import annotations

from callcenter.domain.emergencies import Closed
from callcenter.ports import StoryCall
from callcenter.services.desk import Desk
from callcenter.services.make_urgent import make_urgent
from dialplans import variables
from ivr.menu import Menu, choose
from ivr.stories.red_key import begin, keep_company

URGENT = "urgent"
HUMAN = "human"

#: Silence and nonsense lead to a human too: nobody is turned away by a menu.
HOW_URGENT = Menu(prompt="landline_menu", choices={"1": URGENT, "2": HUMAN, "0": HUMAN}, otherwise=HUMAN, attempts=2)


async def landline(call: StoryCall, desk: Desk) -> None:
    """Recorded before the question, so that a hang-up in the menu is rung back like any other."""
    came_back = bool(call.argument)
    emergency = await begin(call, desk)
    if isinstance(emergency, Closed):
        return await call.go_on(variables.DONE_GOODBYE)
    if not came_back and await choose(call, HOW_URGENT) == URGENT:
        await make_urgent(desk, emergency.id)
    await call.say("to_a_person")
    await keep_company(call, desk, emergency.id)
