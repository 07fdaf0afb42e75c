"""Does the manager interface let us in, and does the dialplan reach Python? Asked by a real question, both ways."""

from __future__ import annotations

import asyncio
import secrets
from typing import Final

from callcenter.app.checks.finding import Finding, fault, ok, warn
from callcenter.asterisk.accounts import load_secrets
from callcenter.asterisk.instance import PrivateAsterisk
from callcenter.asterisk.link import AmiLink
from callcenter.asterisk.wire import Message
from callcenter.config import Config
from callcenter.errors import ConfigurationFaulty, HotlineError
from dialplans import variables

#: Beyond the dialplan's own lease on the answer.
_MARGIN_SECONDS: Final = 2.0


async def check_manager(config: Config) -> list[Finding]:
    """One log-in and one question."""
    ami = config.asterisk.ami
    runs = await PrivateAsterisk(config).answers()
    try:
        secret = load_secrets(config).ami
    except ConfigurationFaulty:
        if runs:
            raise
        return [_not_asked()]  # the first start makes the secrets
    answer: asyncio.Future[str] = asyncio.get_running_loop().create_future()
    question = secrets.token_hex(8)

    def heard(event: Message) -> None:
        if event.get("UserEvent") == variables.EVENT_PING and event.get("Id") == question and not answer.done():
            answer.set_result(event.get("Done", ""))

    async with AmiLink(ami, secret, heard, _nothing, _nothing) as link:
        if link.up:
            findings = [ok("manager", f"logged in at {ami.host}:{ami.port}", f"已登录 {ami.host}:{ami.port}")]
            return [*findings, await _fastagi(config, link, question, answer)]
    if not runs:
        return [_not_asked()]
    return [
        fault("manager", f"{ami.host}:{ami.port} does not let us in", f"{ami.host}:{ami.port} 无法登录",
              "callcenter dialplan install", "运行 callcenter dialplan install")
    ]  # fmt: skip


def _not_asked() -> Finding:
    return warn("manager", "not asked, Asterisk does not run", "未检查：Asterisk 没有运行",
                "callcenter run", "运行 callcenter run")  # fmt: skip


async def _fastagi(config: Config, link: AmiLink, question: str, answer: asyncio.Future[str]) -> Finding:
    """A channel of Asterisk's own goes through the dialplan to Python and says how it ended."""
    where = f"{config.fastagi.host}:{config.fastagi.port}"
    try:
        await link.act(
            "Originate",
            {
                "Channel": f"Local/s@{variables.CONTEXT_PING}/n",
                "Application": "NoOp",
                "Async": "true",
                "Variable": [f"{variables.PING}={question}"],
            },
        )
        async with asyncio.timeout(config.fastagi.lease_seconds + _MARGIN_SECONDS):
            done = await answer
    except TimeoutError:
        return fault("fastagi", "the dialplan did not answer", "拨号方案没有回答",
                     "callcenter dialplan install", "运行 callcenter dialplan install")  # fmt: skip
    except HotlineError as error:
        return fault(
            "fastagi", str(error), str(error), "callcenter dialplan install", "运行 callcenter dialplan install"
        )
    if done != variables.DONE_GOODBYE:
        en = f"Asterisk does not reach Python at {where}: red keys take the fallback"
        zh = f"Asterisk 连不上 {where} 的 Python：红键走后备流程"
        return fault("fastagi", en, zh, "callcenter run", "运行 callcenter run")
    return ok("fastagi", f"the dialplan reaches Python at {where}", f"拨号方案能连上 {where} 的 Python")


def _nothing() -> None:
    """Whether the link is up is asked for when it matters."""
