"""The prompt file: every sentence the system speaks, by name."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from callcenter.config import Config
from callcenter.errors import ConfigurationFaulty
from callcenter.words import load_yaml

#: A session's lease is ten seconds (design rule 5) and two of them are kept back.
LONGEST_SECONDS: Final = 8.0
#: Below the sounds folder; dialplans play `cc/<name>`.
FOLDER: Final = "cc"
#: The same sentence slower, louder and clearer; a story plays `slow/<name>` to whom it must be said again.
SLOW_FOLDER: Final = "slow"

#: What may stand in braces besides {hotline}, which is filled in when the file is read.
VARIABLES: Final = frozenset({"name", "address", "time", "date", "item", "key", "number", "amount"})

_NAME: Final = re.compile(r"[a-z][a-z0-9_]{0,39}")
_FIELDS: Final = {"text", "en", "max_seconds", "to", "slow"}
_VARIABLE: Final = re.compile(r"\{([a-z]+)\}")


class Listener(StrEnum):
    """Whom a prompt is spoken to; it decides how fast."""

    ELDER = "elder"
    AGENT = "agent"


@dataclass(frozen=True, kw_only=True)
class Prompt:
    name: str
    text: str  #: 中文, figures as digits, the hotline's name filled in
    en: str  #: what it means
    max_seconds: float = LONGEST_SECONDS
    to: Listener = Listener.ELDER
    slow: bool = False  #: whether there is a slower and louder sound of it too

    @property
    def file(self) -> str:
        """What Asterisk plays: below its sounds folder, without the ending."""
        return f"{FOLDER}/{self.name}"

    @property
    def variables(self) -> frozenset[str]:
        """What must be filled in before it can be said; such a prompt has no sound of its own."""
        return frozenset(_VARIABLE.findall(self.text))

    def filled(self, words: Mapping[str, str]) -> str:
        """The text with the words in it. Raises `ValueError` unless exactly its variables are given, none empty."""
        given = {name for name, word in words.items() if word.strip()}
        if given != self.variables:
            raise ValueError(f"{self.name} needs {', '.join(sorted(self.variables)) or 'no words'}")
        return _VARIABLE.sub(lambda found: words[found[1]].strip(), self.text)


@dataclass(frozen=True, kw_only=True)
class PromptSound:
    """One sound of a prompt."""

    prompt: Prompt
    folder: str = ""  #: `slow`, or a dialect's; "" for the plain one

    @property
    def slow(self) -> bool:
        return self.folder == SLOW_FOLDER

    @property
    def name(self) -> str:
        """As people name it: `ask_who`, `slow/ask_who`, `sichuan/ask_who`."""
        return f"{self.folder}/{self.prompt.name}" if self.folder else self.prompt.name

    @property
    def file(self) -> str:
        """What Asterisk plays: below its sounds folder, without the ending."""
        return self.name if self.folder else self.prompt.file


def sounds_of(prompts: Iterable[Prompt]) -> tuple[PromptSound, ...]:
    """Every sound that must lie ready: of each prompt without variables, slow ones after their own."""
    ready = [prompt for prompt in prompts if not prompt.variables]
    return tuple(
        PromptSound(prompt=prompt, folder=folder)
        for prompt in ready
        for folder in (("", SLOW_FOLDER) if prompt.slow else ("",))
    )


def load_prompts(config: Config) -> Mapping[str, Prompt]:
    """All prompts by name, in the order of the file. Raises `ConfigurationFaulty` with every fault."""
    path = config.path(config.voice.prompts)
    faults: list[str] = []
    prompts = {}
    for name, fields in load_yaml(path).items():
        fault = _fault(name, fields)
        if fault or not isinstance(fields, dict):
            faults.append(f"{path.name}: {name}: {fault}")
            continue
        prompts[str(name)] = Prompt(
            name=str(name),
            text=fields["text"].replace("{hotline}", config.hotline.name),
            en=fields["en"].replace("{hotline}", config.hotline.name),
            max_seconds=float(fields.get("max_seconds", LONGEST_SECONDS)),
            to=Listener(fields.get("to", Listener.ELDER)),
            slow=fields.get("slow", False),
        )
    if faults:
        raise ConfigurationFaulty(faults)
    return prompts


def _fault(name: object, fields: object) -> str:
    if not isinstance(name, str) or not _NAME.fullmatch(name):
        return "a name has small letters, digits and _"
    if not isinstance(fields, dict) or not fields.keys() <= _FIELDS:
        return "has text, en and max_seconds, to, slow, nothing else"
    for field in ("text", "en"):
        if fault := _text_fault(fields.get(field)):
            return f"{field} {fault}"
    if set(_VARIABLE.findall(fields["text"])) - {"hotline"} != set(_VARIABLE.findall(fields["en"])) - {"hotline"}:
        return "text and en have different variables"
    longest = fields.get("max_seconds", LONGEST_SECONDS)
    if isinstance(longest, bool) or not isinstance(longest, (int, float)) or not 0 < longest <= LONGEST_SECONDS:
        return f"max_seconds must be above 0 and at most {LONGEST_SECONDS:g}"
    if fields.get("to", Listener.ELDER) not in list(Listener):
        return f"to must be {' or '.join(Listener)}"
    if not isinstance(fields.get("slow", False), bool):
        return "slow must be true or false"
    return ""


def _text_fault(value: object) -> str:
    if not isinstance(value, str) or not value.strip():
        return "is missing"
    unknown = sorted(set(_VARIABLE.findall(value)) - VARIABLES - {"hotline"})
    if unknown:
        return f"has a brace with {unknown[0]}; known are hotline, {', '.join(sorted(VARIABLES))}"
    if re.search(r"[{}]", _VARIABLE.sub("", value)):
        return "has a brace without a variable in it"
    return ""
