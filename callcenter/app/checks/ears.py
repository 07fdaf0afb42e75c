"""Is there anybody who can listen? Without one everything goes on, by keys only; that is said here, and once."""

from __future__ import annotations

from pathlib import Path

from callcenter.app.checks.finding import Finding, ok, warn
from callcenter.app.ears import has_model
from callcenter.config import Config


async def check_ears(config: Config) -> list[Finding]:
    """Of the model's folder; what it can do, `callcenter speech check` tells."""
    speech = config.speech
    if not speech.enabled:
        return [ok("ears", "switched off: keys only", "语音识别已关闭：仅按键操作")]
    model = config.path(speech.model)
    managed = [worker.name for worker in speech.workers if worker.managed]
    if managed and not has_model(model):
        return [
            warn("ears", f"no speech model in {_shown(config, model)}: keys only", "没有语音模型：仅按键操作",
                 "callcenter speech install", "运行 callcenter speech install")
        ]  # fmt: skip
    transcript = ("written down", "记录") if speech.transcript else ("not written down", "不记录")
    return [
        ok("ears", f"{len(speech.workers)} worker(s); what elders say after a red key is {transcript[0]}",
           f"{len(speech.workers)}个识别进程；红键通话的老人原话{transcript[1]}")
    ]  # fmt: skip


def _shown(config: Config, model: Path) -> str:
    return str(model.relative_to(config.folder)) if model.is_relative_to(config.folder) else str(model)
