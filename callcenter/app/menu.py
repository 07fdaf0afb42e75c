"""The menu's sentences, spoken beforehand: who calls first after a start waits for its words no longer than others."""

from __future__ import annotations

import structlog

from callcenter.config import Config
from callcenter.errors import ConfigurationFaulty, VoiceAway
from callcenter.ports.speech import Voice
from callcenter.words import load_words
from ivr.stories.service import make_sentences

log = structlog.get_logger()


async def speak_menu(voice: Voice, config: Config) -> None:
    """Makes what is missing, and keeps the rest from being forgotten. What cannot be made is made when it is asked."""
    try:
        await make_sentences(voice, config.orders.items, load_words(config))
    except (VoiceAway, ConfigurationFaulty) as error:
        log.warning("menu_not_spoken", why=str(error))
