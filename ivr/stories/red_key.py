"""红键: an elder pressed the key. Nothing is asked before phones ring; she hears that help is coming until it is."""

from __future__ import annotations

from uuid import UUID

from callcenter.domain.calls import Key
from callcenter.domain.emergencies import Closed, Emergency
from callcenter.errors import ActionRefused, AsteriskAway, StorageAway
from callcenter.ports.story_call import StoryCall
from callcenter.services.desk import Desk
from callcenter.services.elder_calls import elder_silent
from callcenter.services.raise_emergency import NOTHING, Spoken
from callcenter.services.take_call import first_word, take_call, with_whom
from callcenter.services.transcribe import begin_transcript
from dialplans import variables
from ivr.dialogue import Dialogue, Language
from ivr.spoken_to import spoken_to
from ivr.stories.triage import Triage

RECEIVED = "received"
COMFORT = ("please_hold", "still_here")


async def red_key(call: StoryCall, desk: Desk, language: Language) -> None:
    """Recorded first, spoken to second; then she waits with our voice until a responder is in her room.

    The ladder rings meanwhile, driven from the database. When a responder enters the room, her channel is moved there
    and this story ends with `CallerHungUp`; the orderly ends below are for when that move did not come.
    """
    came_back = bool(call.argument)
    emergency = await begin(call, desk)
    if isinstance(emergency, Closed):
        return await call.go_on(variables.DONE_GOODBYE)
    await call.say(COMFORT[0] if came_back else RECEIVED)
    desk.background.start("first word", first_word(desk, emergency.id))
    dialogue = Dialogue(call, desk, language, spoken_to(desk, emergency.needs))
    await keep_company(call, desk, emergency.id, None if came_back else Triage(dialogue, emergency.id))


async def begin(call: StoryCall, desk: Desk, spoken: Spoken = NOTHING) -> Emergency:
    """Commits the emergency, has its phones rung, tells the channel which one it is, and only then answers.

    A quick agent may have her before this returns; then it ends with `CallerHungUp`, and nothing was forgotten.
    """
    emergency = await take_call(desk, call, spoken)
    await desk.rush.over(desk.config.hotline.ring_first_seconds)
    if not isinstance(emergency, Closed) and emergency.key is Key.RED:
        begin_transcript(desk, emergency=emergency.id, uniqueid=call.uniqueid, channel=call.channel)
    await call.set_variable(variables.EMERGENCY, str(emergency.id))
    await call.set_variable(variables.ROOM, emergency.room)
    await call.forget_entry()
    await call.record()
    await call.answer()
    return emergency


async def keep_company(call: StoryCall, desk: Desk, emergency: UUID, triage: Triage | None = None) -> None:
    """Comfort every few seconds, and a look each time whether somebody is there. Who waits long is asked a little."""
    turn = 0
    while True:
        match await _with_whom(desk, emergency):
            case "room":
                return await call.go_on(variables.DONE_ROOM)
            case "closed":
                return await call.go_on(variables.DONE_GOODBYE)
        await call.wait(desk.config.offers.silent_after_seconds)
        await elder_silent(desk, call.uniqueid)
        if triage is not None and await triage.asked():
            continue
        await call.say(COMFORT[turn % len(COMFORT)])
        turn += 1


async def _with_whom(desk: Desk, emergency: UUID) -> str:
    """A look-up that fails leaves her where she is: waiting, with our voice."""
    try:
        return await with_whom(desk, emergency)
    except (StorageAway, AsteriskAway, ActionRefused):
        return "wait"
