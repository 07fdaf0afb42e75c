"""What a check says."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Health(StrEnum):
    OK = "ok"
    WARN = "warn"  #: works, or may be meant so
    FAULT = "fault"  #: a red key would suffer


@dataclass(frozen=True, kw_only=True)
class Finding:
    """What was seen, and what to do about it ("" when it is well)."""

    about: str  #: a stable word: asterisk, fastagi …
    health: Health
    en: str
    zh: str
    remedy_en: str = ""
    remedy_zh: str = ""


def ok(about: str, en: str, zh: str) -> Finding:
    return Finding(about=about, health=Health.OK, en=en, zh=zh)


def warn(about: str, en: str, zh: str, remedy_en: str, remedy_zh: str) -> Finding:
    return Finding(about=about, health=Health.WARN, en=en, zh=zh, remedy_en=remedy_en, remedy_zh=remedy_zh)


def fault(about: str, en: str, zh: str, remedy_en: str, remedy_zh: str) -> Finding:
    return Finding(about=about, health=Health.FAULT, en=en, zh=zh, remedy_en=remedy_en, remedy_zh=remedy_zh)
