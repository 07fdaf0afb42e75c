"""The written list of stories: what the dialplan may ask for by name."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from functools import partial
from typing import Final

import structlog

from callcenter.config import Config
from callcenter.errors import ConfigurationFaulty
from callcenter.ports.story_call import StoryCall
from callcenter.services.desk import Desk
from callcenter.words import Words, load_words
from ivr.dialogue import Language
from ivr.intent_words import WordList
from ivr.intents import Intents
from ivr.server import Story
from ivr.stories.agent_phone import agent_phone
from ivr.stories.check_in import check_in, check_in_contact
from ivr.stories.contact_asked import contact_asked
from ivr.stories.dispatcher_120 import dispatcher_120
from ivr.stories.landline import green_key, landline
from ivr.stories.ping import ping
from ivr.stories.red_key import red_key
from ivr.stories.room_key import room_key

log = structlog.get_logger()

NO_WORDS: Final = WordList(words=(), denials={}, denials_after={}, between=(), passed_over=())

_STORIES: Mapping[str, Callable[[StoryCall, Desk], Awaitable[None]]] = {
    "contact_asked": contact_asked,
    "check_in_contact": check_in_contact,
    "dispatcher_120": dispatcher_120,
    "room_key": room_key,
    "agent_phone": agent_phone,
    "ping": ping,
}

#: Those that understand words.
_TALKING: Mapping[str, Callable[[StoryCall, Desk, Language], Awaitable[None]]] = {
    "red_key": red_key,
    "landline": landline,
    "service": green_key,
    "check_in": check_in,
}


def stories(desk: Desk) -> dict[str, Story]:
    """Every story, told at this desk."""
    language = load_language(desk.config)
    told = {name: _told_at(desk, story) for name, story in _STORIES.items()}
    talking = {name: _told_at(desk, partial(_in, language, story)) for name, story in _TALKING.items()}
    return told | talking


def load_language(config: Config) -> Language:
    """The words of `intents.yaml` and `words.yaml`, beside the prompts.

    A fault in them keeps nobody from pressing a red key: the stories go on by keys, and the log says so.
    """
    try:
        return read_language(config)
    except ConfigurationFaulty as error:
        log.error("keys_only", why="words cannot be read", faults=error.faults)
        return Language(intents=Intents(NO_WORDS), words=Words({}))


def read_language(config: Config) -> Language:
    """Raises `ConfigurationFaulty` with every fault of the first file that has one."""
    intents = Intents.load(config.path(config.voice.prompts).with_name("intents.yaml"))
    return Language(intents=intents, words=load_words(config))


async def _in(
    language: Language, story: Callable[[StoryCall, Desk, Language], Awaitable[None]], call: StoryCall, desk: Desk
) -> None:
    await story(call, desk, language)


def _told_at(desk: Desk, story: Callable[[StoryCall, Desk], Awaitable[None]]) -> Story:
    async def tell(call: StoryCall) -> None:
        desk.serving.add(call.uniqueid)
        try:
            await story(call, desk)
        finally:
            desk.serving.discard(call.uniqueid)

    return tell
