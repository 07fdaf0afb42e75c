"""工单: what she needs, read back, confirmed, written down. Anything that does not fit leads to a person."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Never
from uuid import UUID

from callcenter.domain.orders import ServiceItem
from callcenter.domain.people import Identity
from callcenter.errors import ElderUnknown, NeedsHuman, NotWhileStorageAway, VoiceAway
from callcenter.ports.speech import Voice
from callcenter.services.place_order import place_order
from callcenter.services.sign_of_life import sign_of_life
from callcenter.words import Words
from ivr.dialogue import NO, YES, Answer, Ask, Dialogue
from ivr.stories.stranger import who_is_it


async def service(dialogue: Dialogue, identity: Identity, wish: Answer | None = None) -> None:
    """One order; `wish` is what she said at the door. The entry is forgotten only when the order is in the database.

    Raises `NeedsHuman`: also while orders cannot be saved, when she cannot be identified, or the order not read back.
    """
    if dialogue.desk.storage.away:
        await _cannot_order(dialogue)
    wish = wish or await _which(dialogue)
    elder = (await who_is_it(dialogue, identity)).elder.id
    for _ in range(dialogue.desk.config.dialogue.attempts):
        if await _confirmed(dialogue, ServiceItem(wish.meaning)):
            return await _place(dialogue, elder=elder, wish=wish)
        await dialogue.call.say("order_cancelled")
        wish = await _which(dialogue)
    raise NeedsHuman("service: not confirmed")


async def make_sentences(voice: Voice, items: Mapping[str, ServiceItem], words: Words) -> None:
    """Has the menu spoken beforehand, and keeps it from being forgotten: who calls first waits no longer than others.

    Raises `VoiceAway`.
    """
    for key, item in items.items():
        for slow in (False, True):
            await voice.sentence("service_key", {"item": words.of(item), "key": key}, slow=slow)
            await voice.sentence("confirm_service", {"item": words.of(item)}, slow=slow)


async def _which(dialogue: Dialogue) -> Answer:
    items = dialogue.desk.config.orders.items
    keys = await _keys_spoken(dialogue)
    return await dialogue.ask(
        Ask(
            name="service",
            prompts=("ask_service", *keys),
            slow=("slow/ask_service", *keys),
            intents=tuple(items.values()),
            keys=items,
        )
    )


async def _keys_spoken(dialogue: Dialogue) -> tuple[str, ...]:
    words, items = dialogue.language.words, dialogue.desk.config.orders.items
    try:
        spoken = [await dialogue.spoken("service_key", item=words.of(item), key=key) for key, item in items.items()]
    except VoiceAway:
        return ()  # she can still say it, and 0 leads to a person
    return tuple(file for files in spoken for file in files)


async def _confirmed(dialogue: Dialogue, item: ServiceItem) -> bool:
    """Only a yes is one: "cancel" and "that was a mistake" are none."""
    try:
        prompts = await dialogue.spoken("confirm_service", item=dialogue.language.words.of(item))
    except VoiceAway as away:
        raise NeedsHuman(f"service: {item} not read back") from away
    ask = Ask(name=f"confirm {item}", prompts=prompts, intents=(YES, NO, "cancel", "mistake"), keys={"1": YES, "2": NO})
    return (await dialogue.ask(ask)).meaning == YES


async def _place(dialogue: Dialogue, *, elder: UUID, wish: Answer) -> None:
    call = dialogue.call
    try:
        await place_order(dialogue.desk, call.entry, elder, ServiceItem(wish.meaning), said=wish.said)
    except (NotWhileStorageAway, ElderUnknown):
        await _cannot_order(dialogue)
    await call.forget_entry()
    dialogue.desk.background.start("sign of life", sign_of_life(dialogue.desk, elder, by="service"))
    await call.say(*dialogue.hers("order_taken"))


async def _cannot_order(dialogue: Dialogue) -> Never:
    await dialogue.call.say("cannot_order_now")
    raise NeedsHuman("service: cannot be saved now")
