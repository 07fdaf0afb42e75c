"""Looks at everything a red key needs, with the service up or down. What goes wrong is a finding, not an exception."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from callcenter.config import Config
from callcenter.errors import HotlineError


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


Check = Callable[[Config], Awaitable[list[Finding]]]


async def examine(config: Config) -> list[Finding]:
    """All findings, in the order of a call's way through the house."""
    from callcenter.app.checks import asterisk, dispatch, machine, people, storage, voice

    checks: Final[dict[str, Check]] = {
        "asterisk": asterisk.check,
        "fastagi": asterisk.check_fastagi,
        "database": storage.check_database,
        "journal": storage.check_journal,
        "redis": storage.check_redis,
        "prompts": voice.check,
        "disk": machine.check_disk,
        "clock": machine.check_clock,
        "agents": people.check,
        "dispatch": dispatch.check,
    }
    findings = []
    for about, check in checks.items():
        try:
            findings += await check(config)
        except HotlineError as error:
            findings.append(Finding(about=about, health=Health.FAULT, en=str(error), zh=str(error)))
    return findings
