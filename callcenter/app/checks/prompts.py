"""Has every prompt its sound? Without one a caller would hear nothing where a sentence belongs."""

from __future__ import annotations

from callcenter.app.checks.finding import Finding, ok, warn
from callcenter.config import Config
from ivr.voice import missing


async def check_prompts(config: Config) -> list[Finding]:
    """Raises `ConfigurationFaulty` for a faulty prompt file."""
    names = missing(config)
    if not names:
        return [ok("prompts", "every prompt has its sound", "提示音齐全")]
    some = ", ".join(names[:5]) + (" …" if len(names) > 5 else "")
    return [
        warn("prompts", f"{len(names)} have no up-to-date sound: {some}", f"{len(names)}条提示音缺少或过期：{some}",
             "callcenter prompts render", "运行 callcenter prompts render")
    ]  # fmt: skip
