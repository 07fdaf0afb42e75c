"""The file of what elders say: `prompts/intents.yaml`, checked whole."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from callcenter.errors import ConfigurationFaulty
from callcenter.words import load_yaml
from ivr.pinyin import as_heard

HELP: Final = "help"
HUMAN: Final = "human"
UNCLEAR: Final = "unclear"
#: What belongs to no intent but keeps the words in it from being heard: 好不好.
NEUTRAL: Final = ""
NAMES: Final = frozenset(
    f"{HELP} {HUMAN} fine unwell yes no repeat louder slower not_understood mistake cancel "
    "meals cleaning repair rehabilitation companionship shopping bills health "
    "medicine_taken medicine_not_taken family_son family_daughter "
    "digit_0 digit_1 digit_2 digit_3 digit_4 digit_5 digit_6 digit_7 digit_8 digit_9".split()
)


@dataclass(frozen=True, kw_only=True)
class Word:
    """Something that may be said."""

    text: str  #: as it is written in the file
    heard: str  #: the same by `ivr.pinyin.as_heard`
    intent: str  #: one of `NAMES`, or `NEUTRAL`
    listen: bool = True  #: belongs in a grammar
    whole: bool = False  #: counts only if nothing else was said
    denied_by: tuple[str, ...] = ()  #: names of denials; none: nothing cancels it
    denied: str = UNCLEAR  #: the intent of its denial


@dataclass(frozen=True, kw_only=True)
class WordList:
    """The whole file."""

    words: tuple[Word, ...]
    denials: dict[str, tuple[str, ...]]  #: by name, what stands before a word
    denials_after: dict[str, tuple[str, ...]]  #: and what stands behind it
    between: tuple[str, ...]
    passed_over: tuple[str, ...]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)


class _Group(_Strict):
    words: dict[str, str]
    listen: bool = True
    whole: bool = False
    denied_by: list[str] = Field(default_factory=list)
    denied: str = UNCLEAR


class _File(_Strict):
    denials: dict[str, list[str]]
    denials_after: dict[str, list[str]]
    between: list[str]
    passed_over: list[str]
    neutral: dict[str, str]
    intents: dict[str, list[_Group]]


def load_word_list(path: Path) -> WordList:
    """Reads and checks the file. Raises `ConfigurationFaulty` with every fault."""
    try:
        file = _File.model_validate(load_yaml(path))
    except ValidationError as error:
        where = [".".join(map(str, fault["loc"])) for fault in error.errors()]
        faults = [f"{path.name}: {at}: {fault['msg']}" for at, fault in zip(where, error.errors(), strict=True)]
        raise ConfigurationFaulty(faults) from error
    words = [Word(text=text, heard=as_heard(text), intent=NEUTRAL) for text in file.neutral]
    examples = list(file.neutral.values())
    for intent, groups in file.intents.items():
        for group in groups:
            examples += group.words.values()
            words += [
                Word(
                    text=text,
                    heard=as_heard(text),
                    intent=intent,
                    listen=group.listen,
                    whole=group.whole,
                    denied_by=tuple(group.denied_by),
                    denied=group.denied,
                )
                for text in group.words
            ]
    faults = _faults(file, words, examples)
    if faults:
        raise ConfigurationFaulty([f"{path.name}: {fault}" for fault in faults])
    return WordList(
        words=tuple(words),
        denials={name: tuple(said) for name, said in file.denials.items()},
        denials_after={name: tuple(said) for name, said in file.denials_after.items()},
        between=tuple(file.between),
        passed_over=tuple(file.passed_over),
    )


def _faults(file: _File, words: list[Word], examples: list[str]) -> list[str]:
    faults = [f"intents: {name}: no such intent" for name in file.intents.keys() - NAMES]
    faults += [f"intents: {name} is missing" for name in NAMES - file.intents.keys()]
    faults += [f"denials_after: {name}: no such denial" for name in file.denials_after.keys() - file.denials.keys()]
    seen: dict[str, str] = {}
    for word, example in zip(words, examples, strict=True):
        where = f"{word.intent or 'neutral'}: {word.text}"
        if not re.fullmatch(r"[一-鿿]{1,10}", word.heard):
            faults.append(f"{where}: one to ten characters or figures")
        elif len(word.heard) == 1 and not word.whole:
            faults.append(f"{where}: a single character must be whole")
        if word.heard in seen:
            faults.append(f"{where}: stands in {seen[word.heard]} too")
        if word.heard not in as_heard(example):
            faults.append(f"{where}: its sentence does not say it")
        faults += [f"{where}: no such denial: {name}" for name in word.denied_by if name not in file.denials]
        if word.denied not in NAMES | {UNCLEAR}:
            faults.append(f"{where}: no such intent: {word.denied}")
        seen[word.heard] = word.intent or "neutral"
    return faults
