"""Is Asterisk there, new enough, with the modules the dialplan needs, and are its files those of the configuration?"""

from __future__ import annotations

import asyncio
import re
from typing import Final

from callcenter.app.accounts import sip_accounts
from callcenter.app.checks.finding import Finding, fault, ok, warn
from callcenter.app.reach import read
from callcenter.asterisk.accounts import load_secrets
from callcenter.asterisk.instance import PrivateAsterisk
from callcenter.asterisk.modules import modules
from callcenter.asterisk.render import render
from callcenter.config import Config
from callcenter.errors import AsteriskAway, ConfigurationFaulty

OLDEST: Final = 20
_VERSION_WITHIN_SECONDS: Final = 5.0


async def check_asterisk(config: Config) -> list[Finding]:
    """Raises `ConfigurationFaulty` when no Asterisk is installed under the prefix."""
    asterisk = PrivateAsterisk(config)
    runs = await asterisk.answers()
    version = await asterisk.cli("core show version") if runs else await _installed(asterisk)
    findings = [_version(version)]
    missing = await asterisk.missing_modules() if runs else _absent(config, asterisk)
    if missing:
        names = ", ".join(missing)
        findings.append(
            fault("asterisk", f"modules are missing: {names}", f"缺少模块：{names}",
                  "install them, see docs/running.md", "安装缺少的模块，见 docs/running.md")
        )  # fmt: skip
    else:
        count = len(modules(config))
        findings.append(ok("asterisk", f"all {count} modules are there", f"{count}个模块齐全"))
    if not runs:
        findings.append(
            warn("asterisk", "does not run", "没有运行",
                 "callcenter run" if config.asterisk.managed else "start its service",
                 "运行 callcenter run" if config.asterisk.managed else "启动 Asterisk 服务")
        )  # fmt: skip
    else:
        findings.append(await _files(config, asterisk))
    return findings


async def _installed(asterisk: PrivateAsterisk) -> str:
    process = await asyncio.create_subprocess_exec(
        asterisk.layout.program, "-V", stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )  # fmt: skip
    try:
        async with asyncio.timeout(_VERSION_WITHIN_SECONDS):
            output, _ = await process.communicate()
    except TimeoutError:
        process.kill()
        await process.wait()
        raise AsteriskAway("it did not say its version") from None
    return output.decode(errors="replace")


def _version(said: str) -> Finding:
    found = re.search(r"Asterisk (?:certified/)?(\d+)(\.[\w.~-]+)?", said)
    if found is None:
        return fault("asterisk", "its version is unknown", "版本不明", "try `asterisk -V`", "试运行 asterisk -V")
    shown = found[0]
    if int(found[1]) < OLDEST:
        return fault(
            "asterisk", f"{shown} is too old", f"{shown} 版本太旧", f"{OLDEST} or newer", f"需要 {OLDEST} 或更新"
        )
    return ok("asterisk", shown, shown)


def _absent(config: Config, asterisk: PrivateAsterisk) -> list[str]:
    return [module for module in modules(config) if not (asterisk.layout.modules / f"{module}.so").exists()]


async def _files(config: Config, asterisk: PrivateAsterisk) -> Finding:
    """Whether the running one has what the configuration and the accounts say now."""
    try:
        files = render(config, await read(config, lambda work: sip_accounts(config, work)), load_secrets(config))
    except ConfigurationFaulty as error:
        return fault("asterisk", str(error), str(error), "change config.yaml", "修改 config.yaml")
    etc = asterisk.layout.etc
    stale = [name for name, text in files.items() if not (etc / name).exists() or (etc / name).read_text() != text]
    if stale:
        names = ", ".join(stale)
        return warn("asterisk", f"older than the configuration: {names}", f"与当前配置不一致：{names}",
                    "callcenter dialplan install", "运行 callcenter dialplan install")  # fmt: skip
    return ok("asterisk", "its files are those of the configuration", "配置文件与 config.yaml 一致")
