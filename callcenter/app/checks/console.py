"""Can agents work in browsers: are the pages built, is the door open, does Asterisk listen behind it?"""

from __future__ import annotations

from typing import Final

from aiohttp import ClientError, ClientSession, ClientTimeout

from callcenter.app.checks.finding import Finding, fault, ok, warn
from callcenter.asterisk.instance import PrivateAsterisk
from callcenter.config import Config
from callcenter.console.door.shelf import FOLDER

_ANSWERS_WITHIN_SECONDS: Final = 5.0


async def check_console(config: Config) -> list[Finding]:
    """Asks both listeners; changes nothing."""
    if not config.console.enabled:
        return [ok("console", "switched off: agents have desk phones", "坐席台已关闭：坐席使用话机")]
    findings = [] if (FOLDER / "phone.js").is_file() else [_not_built()]
    findings.append(await _door(config))
    if await PrivateAsterisk(config).answers():
        findings.append(await _asterisk(config))
    return findings


def _not_built() -> Finding:
    return fault("console", "its pages' scripts are not built", "页面脚本尚未生成", "make setup", "运行 make setup")


async def _door(config: Config) -> Finding:
    scheme = "https" if config.console.certificate else "http"
    where = f"{scheme}://{config.console.host}:{config.console.port}"
    if await _status(f"{where}/static/phone.js") != 200:
        return warn(
            "console", f"the door at {where} is not open: no browser can be rung",
            f"{where} 没有打开：浏览器话机无法振铃",
            "callcenter run, or callcenter door", "运行 callcenter run 或 callcenter door",
        )  # fmt: skip
    return ok("console", f"the door is open at {where}", f"入口已打开：{where}")


async def _asterisk(config: Config) -> Finding:
    where = f"127.0.0.1:{config.asterisk.http_port}"
    if await _status(f"http://{where}/ws") != 426:  # what a WebSocket says to who asks for a page
        return fault(
            "console", f"Asterisk does not wait for browsers at {where}: perhaps somebody else has the port",
            f"Asterisk 没有在 {where} 等待浏览器：端口可能被占用", "change asterisk.http_port, then restart Asterisk",
            "修改 asterisk.http_port 并重启 Asterisk",
        )  # fmt: skip
    return ok("console", f"Asterisk waits for browsers at {where}", f"Asterisk 在 {where} 等待浏览器")


async def _status(url: str) -> int:
    """0 without an answer. The certificate is for browsers to judge, by the name that they know."""
    try:
        async with (
            ClientSession(timeout=ClientTimeout(total=_ANSWERS_WITHIN_SECONDS)) as client,
            client.get(url, ssl=False) as answer,
        ):
            return answer.status
    except (ClientError, OSError, TimeoutError):
        return 0
