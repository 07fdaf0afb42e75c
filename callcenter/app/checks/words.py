"""Can the words be read that callers are understood by? Without them every question is asked by keys alone."""

from __future__ import annotations

from callcenter.app.checks.finding import Finding, ok, warn
from callcenter.app.stories import read_language
from callcenter.config import Config
from callcenter.errors import ConfigurationFaulty


async def check_words(config: Config) -> list[Finding]:
    """A fault in them keeps nobody from pressing a red key, so it is a warning; it names the file and the place."""
    try:
        read_language(config)
    except ConfigurationFaulty as error:
        some = "; ".join(error.faults[:3]) + (" …" if len(error.faults) > 3 else "")
        return [
            warn("words", f"cannot be read, so there are keys only: {some}", f"词表无法读取，只能按键：{some}",
                 "correct the file and restart", "改正文件后重启")
        ]  # fmt: skip
    return [ok("words", "intents and names of services can be read", "意图词表和服务名称可以读取")]
