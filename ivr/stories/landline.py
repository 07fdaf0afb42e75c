"""座机、绿键: somebody rang without the red key, and says what she needs, by word or by key.

Nothing is opened before she has said it, so no agent is rung for a meal. Until then the dialplan's entry mark stands
for her: whoever hangs up or is cut off before that becomes an emergency of that key and is rung back.
"""

from __future__ import annotations

from typing import Final

from callcenter.domain.emergencies import Closed
from callcenter.domain.people import Identity
from callcenter.errors import NeedsHuman
from callcenter.ports.story_call import StoryCall
from callcenter.services.desk import Desk
from callcenter.services.raise_emergency import Spoken
from callcenter.services.who_calls import who_calls
from dialplans import variables
from ivr.dialogue import HELP, Answer, Ask, Dialogue, Language
from ivr.spoken_to import SpokenTo, spoken_to
from ivr.stories.check_in import ring_back
from ivr.stories.red_key import RECEIVED, begin, keep_company
from ivr.stories.service import service
from ivr.stories.triage import Triage

SERVICE: Final = "service"
UNWELL: Final = "unwell"


async def landline(call: StoryCall, desk: Desk, language: Language) -> None:
    """座机: a greeting, and then an order or a person."""
    await _talk(call, desk, language, greeted=True)


async def green_key(call: StoryCall, desk: Desk, language: Language) -> None:
    """绿键: she pressed the key for services, so that is what she is asked about."""
    await _talk(call, desk, language, greeted=False)


async def _talk(call: StoryCall, desk: Desk, language: Language, *, greeted: bool) -> None:
    """Who comes back from a room, or is waited for already, is asked nothing: she goes to a person."""
    if call.argument:
        return await _to_a_person(call, desk)
    caller = await who_calls(desk, call.entry)
    dialogue = Dialogue(call, desk, language, _spoken_to(desk, caller.identity))
    if caller.awaited:
        return await _to_a_person(call, desk, dialogue)
    try:
        await call.record()
        await call.answer()
        if not (greeted and await ring_back(dialogue, caller.identity)):
            await _order(dialogue, caller.identity, greeted=greeted)
    except NeedsHuman as need:
        return await _to_a_person(call, desk, dialogue, urgent=need.urgent)
    await call.go_on(variables.DONE_GOODBYE)


def _spoken_to(desk: Desk, identity: Identity) -> SpokenTo:
    """As whoever of them needs most; in a dialect, if it is the one of all."""
    elders = [profile.elder for profile in identity.candidates]
    dialects = {elder.dialect for elder in elders}
    needs = {need for elder in elders for need in elder.needs}
    return spoken_to(desk, needs, dialects.pop() if len(dialects) == 1 else "")


async def _order(dialogue: Dialogue, identity: Identity, *, greeted: bool) -> None:
    wish = await _greeting(dialogue) if greeted else None
    if wish is not None and wish.meaning == UNWELL:
        raise NeedsHuman("greeting: unwell")
    await service(dialogue, identity, wish if wish is None or wish.meaning != SERVICE else None)


async def _greeting(dialogue: Dialogue) -> Answer:
    items = dialogue.desk.config.orders.items.values()
    return await dialogue.ask(
        Ask(
            name="greeting",
            prompts=("landline_greeting", "landline_keys"),
            slow=("slow/landline_greeting", "slow/landline_keys"),
            intents=(*items, UNWELL),
            keys={"1": HELP, "2": SERVICE},
        )
    )


async def _to_a_person(call: StoryCall, desk: Desk, dialogue: Dialogue | None = None, *, urgent: bool = False) -> None:
    """From here on it is an emergency of its key, a red one if she called for help: committed, then spoken about."""
    emergency = await begin(call, desk, Spoken(answers=dialogue.answers if dialogue else (), calls_for_help=urgent))
    if isinstance(emergency, Closed):
        return await call.go_on(variables.DONE_GOODBYE)
    await call.say(RECEIVED if urgent else "to_a_person")
    await keep_company(call, desk, emergency.id, Triage(dialogue, emergency.id) if dialogue else None)
