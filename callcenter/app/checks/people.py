"""Is there anybody to answer?"""

from __future__ import annotations

import asyncio

from callcenter.app.checks.finding import Finding, ok, warn
from callcenter.app.reach import read
from callcenter.config import Config
from callcenter.domain.routing import logged_in
from storage.arrival import is_blank


async def check_people(config: Config) -> list[Finding]:
    """Agents, and how many of them are logged in. Raises `StorageAway`, `DataKeyMissing`."""
    blank = await asyncio.to_thread(is_blank, config)
    agents = [] if blank else await read(config, lambda work: work.agents.all())
    if not agents:
        return [
            warn("agents", "there are none", "还没有坐席", "callcenter agents add NAME EXTENSION",
                 "运行 callcenter agents add 姓名 分机")
        ]  # fmt: skip
    here = logged_in(agents)
    en, zh = f"{len(here)} of {len(agents)} are logged in", f"{len(agents)}名坐席中{len(here)}名在线"
    if not here:
        return [
            warn("agents", en, zh, "callcenter agents online EXTENSION, or dial 81 on the phone",
                 "运行 callcenter agents online 分机，或在话机上拨81")
        ]  # fmt: skip
    return [ok("agents", en, zh)]
