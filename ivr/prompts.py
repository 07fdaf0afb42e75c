"""The prompt file: every sentence the system speaks, by name."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from callcenter.config import Config
from callcenter.errors import ConfigurationFaulty
from callcenter.words import load_yaml

#: A session's lease is ten seconds (design rule 5) and two of them are kept back.
LONGEST_SECONDS: Final = 8.0
#: Below the sounds folder; dialplans play `cc/<name>`.
FOLDER: Final = "cc"

_NAME: Final = re.compile(r"[a-z][a-z0-9_]{0,39}")
_FIELDS: Final = {"text", "en", "max_seconds"}


@dataclass(frozen=True, kw_only=True)
class Prompt:
    name: str
    text: str  #: 中文, figures as digits, the hotline's name filled in
    en: str  #: what it means
    max_seconds: float = LONGEST_SECONDS

    @property
    def file(self) -> str:
        """What Asterisk plays: below its sounds folder, without the ending."""
        return f"{FOLDER}/{self.name}"


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
        )
    if faults:
        raise ConfigurationFaulty(faults)
    return prompts


def _fault(name: object, fields: object) -> str:
    if not isinstance(name, str) or not _NAME.fullmatch(name):
        return "a name has small letters, digits and _"
    if not isinstance(fields, dict) or not fields.keys() <= _FIELDS:
        return "has text, en and max_seconds, nothing else"
    for field in ("text", "en"):
        value = fields.get(field)
        if not isinstance(value, str) or not value.strip():
            return f"{field} is missing"
        if re.search(r"[{}]", value.replace("{hotline}", "")):
            return f"{field} has a brace; only {{hotline}} is known"
    longest = fields.get("max_seconds", LONGEST_SECONDS)
    if isinstance(longest, bool) or not isinstance(longest, (int, float)) or not 0 < longest <= LONGEST_SECONDS:
        return f"max_seconds must be above 0 and at most {LONGEST_SECONDS:g}"
    return ""
