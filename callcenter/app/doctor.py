"""Looks at everything a red key needs, with the service up or down. What goes wrong is a finding, not an exception."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Final

from callcenter.app.checks.asterisk import check_asterisk
from callcenter.app.checks.console import check_console
from callcenter.app.checks.dispatch import check_dispatch
from callcenter.app.checks.ears import check_ears
from callcenter.app.checks.finding import Finding, fault
from callcenter.app.checks.machine import check_clock, check_disk
from callcenter.app.checks.manager import check_manager
from callcenter.app.checks.people import check_people
from callcenter.app.checks.prompts import check_prompts
from callcenter.app.checks.service import check_service
from callcenter.app.checks.storage import check_database, check_redis
from callcenter.app.checks.words import check_words
from callcenter.config import Config
from callcenter.errors import HotlineError

Check = Callable[[Config], Awaitable[list[Finding]]]

#: In the order of a call's way through the house.
CHECKS: Final[tuple[tuple[str, Check], ...]] = (
    ("asterisk", check_asterisk),
    ("manager", check_manager),
    ("service", check_service),
    ("database", check_database),
    ("redis", check_redis),
    ("prompts", check_prompts),
    ("words", check_words),
    ("ears", check_ears),
    ("console", check_console),
    ("disk", check_disk),
    ("clock", check_clock),
    ("agents", check_people),
    ("120", check_dispatch),
)
#: Longer than any single wait inside a check.
CHECK_WITHIN_SECONDS: Final = 30.0


async def examine(config: Config) -> list[Finding]:
    """All findings. Changes nothing but one answered question in Asterisk's dialplan; each check is bounded."""
    findings: list[Finding] = []
    for about, check in CHECKS:
        try:
            async with asyncio.timeout(CHECK_WITHIN_SECONDS):
                findings += await check(config)
        except HotlineError as error:
            findings.append(fault(about, str(error), str(error), "see the sentence on the left", "见左侧说明"))
        except TimeoutError:
            seconds = f"{CHECK_WITHIN_SECONDS:g}"
            findings.append(
                fault(about, f"no answer within {seconds} s", f"{seconds}秒内没有回答", "look at its log", "查看日志")
            )
    return findings
