"""Does the service run and answer?"""

from __future__ import annotations

from typing import Final

from callcenter.app.ask_service import ask_service
from callcenter.app.checks.finding import Finding, fault, ok, warn
from callcenter.config import Config
from callcenter.errors import ServiceAway

_ANSWERS_WITHIN_SECONDS: Final = 5.0


async def check_service(config: Config) -> list[Finding]:
    try:
        answer = await ask_service(config, _ANSWERS_WITHIN_SECONDS, verb="ping")
    except ServiceAway:
        return [
            warn("service", "does not run: red keys take the fallback", "没有运行：红键走后备流程",
                 "callcenter run", "运行 callcenter run")
        ]  # fmt: skip
    if answer["storage_away"]:
        return [
            fault("service", "runs on its journal, the database is away", "数据库不可用，正在使用日志文件",
                  "bring the database back", "恢复数据库")
        ]  # fmt: skip
    return [ok("service", f"runs as node {answer['node']}", f"正在运行，节点 {answer['node']}")]
