"""平安问候: we ring her and ask whether she is well. Who does not say so, or says nothing, does not stay alone."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Final
from uuid import UUID

from callcenter.domain.check_ins import CheckInOutcome, Notice
from callcenter.domain.emergencies import Closed
from callcenter.domain.people import Identity
from callcenter.errors import NeedsHuman, StorageAway, VoiceAway
from callcenter.ports.story_call import Ending, StoryCall
from callcenter.services.desk import Desk
from callcenter.services.note_check_in import (
    OnTheLine,
    contact_takes_it,
    note_check_in,
    note_emergency,
    opted_out,
    who_is_on,
)
from callcenter.services.raise_emergency import Spoken
from callcenter.services.sign_of_life import sign_of_life
from callcenter.services.speak_check_in import contact_request
from dialplans import variables
from ivr.dialogue import HELP, HUMAN, YES, Ask, Dialogue, Language
from ivr.spoken_to import SpokenTo, spoken_to
from ivr.stories.red_key import RECEIVED, begin, keep_company

FINE: Final = "fine"
UNWELL: Final = "unwell"
OPT_OUT: Final = "opt_out"
WELL: Final = "check_in_thanks"
_KEYS: Final = {"1": FINE, "2": HELP, "0": HUMAN, "9": OPT_OUT}
_GREETING: Final = ("check_in_greeting_plain",)
_NOTICES: Final = {
    Notice.MEDICINE: "notice_medicine",
    Notice.HEAT: "notice_heat",
    Notice.COLD: "notice_cold",
    Notice.TYPHOON: "notice_typhoon",
    Notice.POWER_CUT: "notice_power_cut",
}
_SIGN_WITHIN_SECONDS: Final = 2.0  #: she hears nothing meanwhile
_NOBODY_SPOKE: Final = (Ending.SILENCE, Ending.AWAY)


async def check_in(call: StoryCall, desk: Desk, language: Language) -> None:
    """A greeting by name, one question, asked again to who is silent. The orderly end is a good-bye or a person."""
    on_the_line = await _who_is_on(desk, call.uniqueid)
    elder = on_the_line.profile.elder if on_the_line and on_the_line.profile else None
    dialogue = Dialogue(call, desk, language, spoken_to(desk, elder.needs, elder.dialect) if elder else SpokenTo())
    await call.answer()
    hinted = on_the_line is not None and on_the_line.mobile and desk.config.check_ins.machine_hint
    like_a_machine = hinted and await call.greets_like_a_machine()
    try:
        outcome, by = await _asked(dialogue, on_the_line)
    except NeedsHuman:
        return await _to_a_person(call, desk, dialogue, CheckInOutcome.ASKED_FOR_HELP, urgent=True)
    if like_a_machine and outcome is CheckInOutcome.ANSWERED_SILENT:
        outcome = CheckInOutcome.MACHINE
    match outcome:
        case CheckInOutcome.ASKED_FOR_HELP:
            return await _to_a_person(call, desk, dialogue, outcome, urgent=by == UNWELL)
        case CheckInOutcome.UNCLEAR | CheckInOutcome.MACHINE if on_the_line is not None and on_the_line.last:
            return await _to_a_person(call, desk, dialogue, outcome, urgent=False)
        case CheckInOutcome.ANSWERED_SILENT:
            return await _to_a_person(call, desk, dialogue, outcome, urgent=False)
        case CheckInOutcome.CONFIRMED if by == OPT_OUT:
            noted, farewell = opted_out(desk, call.uniqueid), "check_in_opt_out"
        case CheckInOutcome.CONFIRMED:
            noted, farewell = note_check_in(desk, call.uniqueid, outcome, by=by), WELL
        case _:
            noted, farewell = note_check_in(desk, call.uniqueid, outcome, by=by), "check_in_again_later"
    try:
        await noted
    except StorageAway:
        farewell = "check_in_again_later"  # nothing is settled, so she is: and no agent is rung for who is well
    notices = on_the_line.notices if on_the_line and farewell == WELL else ()
    await call.say(*dialogue.hers(*map(_NOTICES.__getitem__, notices), farewell))
    await call.go_on(variables.DONE_GOODBYE)


async def _who_is_on(desk: Desk, uniqueid: str) -> OnTheLine | None:
    """None while the database is away, too: she is asked all the same."""
    try:
        return await who_is_on(desk, uniqueid)
    except StorageAway:
        return None


async def _asked(dialogue: Dialogue, on_the_line: OnTheLine | None) -> tuple[CheckInOutcome, str]:
    """The outcome and what said so. Raises `NeedsHuman` for 2 and for a call for help."""
    confirming = (FINE, YES) if on_the_line is None or on_the_line.words_confirm else ()
    before = await _greeting(dialogue, on_the_line)
    endings: list[str] = []
    for _ in range(dialogue.desk.config.check_ins.questions):
        prompts = (*before, "check_in_question")
        ask = Ask(
            name="check_in",
            prompts=prompts,
            slow=(*before, "slow/check_in_question"),
            intents=(*confirming, UNWELL),
            keys=_KEYS,
        )
        meaning = await dialogue.once(ask)
        match meaning:
            case "fine" | "yes":
                return CheckInOutcome.CONFIRMED, "answer"
            case "opt_out":
                return CheckInOutcome.CONFIRMED, OPT_OUT
            case "unwell" | "human":
                return CheckInOutcome.ASKED_FOR_HELP, meaning
        endings.append(meaning)
        before = ("not_heard",)
    silent = all(ending in _NOBODY_SPOKE for ending in endings)
    return (CheckInOutcome.ANSWERED_SILENT if silent else CheckInOutcome.UNCLEAR), "nothing understood"


async def _greeting(dialogue: Dialogue, on_the_line: OnTheLine | None) -> Sequence[str]:
    """With her name; in her dialect without it, since only Mandarin is made while she waits."""
    profile = on_the_line.profile if on_the_line else None
    if profile is None or dialogue.hers(*_GREETING) != _GREETING:
        return _GREETING
    try:
        return await dialogue.spoken("check_in_greeting", name=profile.elder.name)
    except VoiceAway:
        return _GREETING


async def _to_a_person(
    call: StoryCall, desk: Desk, dialogue: Dialogue, outcome: CheckInOutcome, *, urgent: bool
) -> None:
    """An emergency in the same call: a red one if she asked for help, otherwise as of a call for a person."""
    try:
        emergency = await begin(call, desk, Spoken(answers=dialogue.answers, calls_for_help=urgent))
    finally:  # a quick agent may have her before that returns
        desk.background.start("note check-in", note_emergency(desk, call.uniqueid, outcome))
    if isinstance(emergency, Closed):
        return await call.go_on(variables.DONE_GOODBYE)
    await call.say(RECEIVED if urgent else "to_a_person")
    await keep_company(call, desk, emergency.id)


async def ring_back(dialogue: Dialogue, identity: Identity) -> bool:
    """She rings us on a day on which we would ring her: that is her sign of life, and she is told so.

    True if she says that this was all. False if nothing was open of her, and if she says anything else or nothing: then
    she is asked what she needs, as on any other day. Of a line that several share it is nobody's. Raises `NeedsHuman`.
    """
    if identity.profile is None or not await _settled_by_ringing(dialogue.desk, identity.profile.elder.id):
        return False
    await dialogue.call.forget_entry()  # it is written down; who hangs up now is well
    # No key ends it: 1 is "well" in the daily call and "emergency" in the greeting that she may know better.
    ask = Ask(name="ring_back", prompts=("check_in_ring_back",), intents=(FINE, UNWELL), keys={"2": HELP, "0": HUMAN})
    if (meaning := await dialogue.once(ask)) in (UNWELL, HUMAN):
        raise NeedsHuman(f"ring_back: {meaning}")
    return meaning == FINE


async def _settled_by_ringing(desk: Desk, elder: UUID) -> bool:
    """Whether that is known in time. If it takes longer it is written down all the same, and she is spoken with."""
    sign = desk.background.start("sign of life", sign_of_life(desk, elder, by="ring_back"))
    await asyncio.wait((sign,), timeout=_SIGN_WITHIN_SECONDS)
    return sign.done() and bool(sign.result())


async def check_in_contact(call: StoryCall, desk: Desk) -> None:
    """One of her contacts is asked to go and see her. Only a pressed 1 is a yes."""
    await call.answer()
    on_the_line = await who_is_on(desk, call.uniqueid)
    try:
        request = await contact_request(desk, on_the_line.profile if on_the_line else None)
    except VoiceAway:
        request = ("check_in_contact_plain",)
    for _ in range(desk.config.offers.question_times):
        key = await call.say(*request[:-1]) or await call.ask(
            request[-1], seconds=desk.config.offers.answer_question_seconds, keys="12"
        )
        if key == "1":
            await contact_takes_it(desk, call.uniqueid)
        if key:
            break
    await call.go_on(variables.DONE_GOODBYE)
