"""Asking by word or key: attempts, "once more", "louder", a person at any time, and a call for help at any time.

Every question understands more than its own answers: `0` and 人工 lead to a person, `*` and 再说一遍 repeat it, `#` and
大声点 make it louder, and a word of distress is an emergency whatever was asked.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

import structlog

from callcenter.errors import NeedsHuman, VoiceAway
from callcenter.ports.story_call import Ending, Heard, Question, StoryCall
from callcenter.services.desk import Desk
from callcenter.words import Words
from ivr.intents import Intents
from ivr.pinyin import closest
from ivr.spoken_to import SpokenTo

log = structlog.get_logger()

HELP: Final = "help"
HUMAN: Final = "human"
REPEAT: Final = "repeat"
LOUDER: Final = "louder"
SLOWER: Final = "slower"
NOT_UNDERSTOOD: Final = "not_understood"
UNCLEAR: Final = "unclear"
YES: Final = "yes"
NO: Final = "no"

#: What every question understands, besides distress and the wish for a person, which `Intents` always adds.
_WISHES: Final = (REPEAT, LOUDER, SLOWER, NOT_UNDERSTOOD)
_KEYS: Final = {"0": HUMAN, "*": REPEAT, "#": LOUDER}
_MISSED: Final = {
    Ending.SILENCE: "not_heard",
    Ending.UNCLEAR: "not_understood_speech",
    Ending.AWAY: "speech_keys_only",
}
_MISSED_BY_KEY: Final = "not_understood"
_DIGITS: Final = "0123456789"
_DIGIT_WITHIN_SECONDS: Final = 4.0  #: between two keys of one answer


@dataclass(frozen=True, kw_only=True)
class Language:
    """How words are understood, and what things are called."""

    intents: Intents
    words: Words


@dataclass(frozen=True, kw_only=True)
class Ask:
    """One question and what may answer it: an intent by word, or what a key stands for."""

    name: str  #: as the timeline names it
    prompts: tuple[str, ...]
    slow: tuple[str, ...] = ()  #: the same spoken slower, where there is such a sound
    intents: tuple[str, ...] = ()
    keys: Mapping[str, str] = field(default_factory=dict)
    phrases: Mapping[str, str] = field(default_factory=dict)  #: words of this question alone, and what they stand for
    digits: int = 0  #: so many digits answer it, spoken or by keys; then `0` is a digit like any other


@dataclass(frozen=True, kw_only=True)
class Answer:
    """`meaning` is one of the question's intents, what its key or phrase stands for, or its digits."""

    meaning: str
    said: str = ""  #: as it was heard; "" by key


class Dialogue:
    """One conversation with one caller."""

    def __init__(self, call: StoryCall, desk: Desk, language: Language, to: SpokenTo) -> None:
        self.call = call
        self.desk = desk
        self.language = language
        self.to = to
        self.answers: list[str] = []  #: question and meaning, for the timeline; never what was said
        self._settings = desk.config.dialogue
        self._slow = to.slow
        self._louder = False

    async def ask(self, ask: Ask) -> Answer:
        """The answer. Raises `NeedsHuman` for a call for help, for who wants a person, and after the last attempt."""
        misses = repeats = 0
        before: tuple[str, ...] = ()
        while misses < self._settings.attempts:
            answer, ending = await self._asked(ask, before)
            match answer.meaning:
                case meaning if meaning in _WISHES and repeats < self._settings.repeats_at_most:
                    repeats += 1
                    before = await self._wished(meaning)
                case meaning if meaning not in (UNCLEAR, *_WISHES):
                    return answer
                case _:
                    misses += 1
                    before = (_MISSED_BY_KEY if self.to.keys_only else _MISSED.get(ending, _MISSED[Ending.UNCLEAR]),)
        raise NeedsHuman(f"{ask.name}: no answer")

    async def once(self, ask: Ask) -> str:
        """Asks a single time and takes whatever comes: the meaning, or how it ended (silence, unclear, away).

        Raises `NeedsHuman` for a call for help alone: who is asked this waits for a person already.
        """
        answer, ending = await self._asked(ask, (), waiting=True)
        return ending if answer.meaning == UNCLEAR else answer.meaning

    async def spoken(self, prompt: str, **words: str) -> tuple[str, ...]:
        """The sound files of a prompt with these words in it, in her pace. Bounded; raises `VoiceAway`."""
        try:
            async with asyncio.timeout(self._settings.sentence_within_seconds):
                return await self.desk.voice.sentence(prompt, words, slow=self._slow)
        except TimeoutError as error:
            raise VoiceAway(prompt) from error

    def hers(self, *prompts: str) -> tuple[str, ...]:
        """In her dialect, where somebody has recorded them."""
        return self.desk.voice.in_dialect(prompts, self.to.dialect)

    def _prompts(self, ask: Ask) -> tuple[str, ...]:
        """In her dialect where that was recorded, rather than slower in Mandarin."""
        hers = self.hers(*ask.prompts)
        return ask.slow if self._slow and ask.slow and hers == ask.prompts else hers

    async def _be_louder(self) -> None:
        if not self._louder:
            self._louder = True
            await self.call.set_variable("VOLUME(TX)", str(self._settings.louder_gain))

    async def _asked(self, ask: Ask, before: tuple[str, ...], *, waiting: bool = False) -> tuple[Answer, Ending]:
        keys = _keys(ask, waiting=waiting)
        if self.to.slow:
            await self._be_louder()
        heard = await self.call.question(
            Question(
                prompts=(*self.hers(*before), *self._prompts(ask)),
                phrases=(*self.language.intents.phrases((*ask.intents, *_WISHES)), *ask.phrases),
                keys="".join(keys),
                seconds=self._settings.answer_seconds * (self._settings.slower_factor if self._slow else 1),
                speech=not self.to.keys_only,
            )
        )
        answer = await self._understood(ask, heard, keys)
        shown = heard.ending if answer.meaning == UNCLEAR else "digits" if answer.meaning.isdigit() else answer.meaning
        self.answers.append(f"{ask.name}: {shown}")
        log.info("asked", call_id=self.call.uniqueid, question=ask.name, ending=heard.ending)
        if answer.meaning == HELP:
            raise NeedsHuman(f"{ask.name}: {HELP}", urgent=True)
        if answer.meaning == HUMAN and not waiting:
            raise NeedsHuman(f"{ask.name}: {HUMAN}")
        return answer, heard.ending

    async def _understood(self, ask: Ask, heard: Heard, keys: Mapping[str, str]) -> Answer:
        match heard.ending:
            case Ending.KEY if ask.digits and heard.key.isdigit():
                digits = heard.key + await self._further_digits(ask.digits - 1)
                return Answer(meaning=digits if len(digits) == ask.digits else UNCLEAR)
            case Ending.KEY:
                return Answer(meaning=keys.get(heard.key, UNCLEAR))
            case Ending.WORDS:
                return self._meant(ask, heard.words)
        return Answer(meaning=UNCLEAR)

    def _meant(self, ask: Ask, words: str) -> Answer:
        understood = self.language.intents.understand(words, (*ask.intents, HUMAN, *_WISHES))
        if understood.distress:
            return Answer(meaning=HELP, said=words)
        if ask.digits and len(digits := self.language.intents.digits(words)) == ask.digits:
            return Answer(meaning=digits, said=words)
        if (phrase := closest(words, ask.phrases)) is not None:
            return Answer(meaning=ask.phrases[phrase], said=words)
        return Answer(meaning=understood.intent, said=words)

    async def _further_digits(self, count: int) -> str:
        """Fewer when she stops."""
        digits = ""
        while len(digits) < count:
            question = Question(prompts=(), keys=_DIGITS, seconds=_DIGIT_WITHIN_SECONDS, speech=False)
            heard = await self.call.question(question)
            if not heard.key:
                break
            digits += heard.key
        return digits

    async def _wished(self, wish: str) -> tuple[str, ...]:
        """What is said before the question is asked again."""
        match wish:
            case "slower":
                self._slow = True
                return ("say_slower",)
            case "louder":
                self._slow = True  # the slow sounds are the louder ones, too
                await self._be_louder()
                return ("say_louder",)
        return ()


def _keys(ask: Ask, *, waiting: bool) -> dict[str, str]:
    """Keys of this question over those of every question; who waits for a person already needs none of those."""
    keys = dict(ask.keys) if waiting else {**_KEYS, **ask.keys}
    return {**keys, **dict.fromkeys(_DIGITS, UNCLEAR)} if ask.digits else keys
