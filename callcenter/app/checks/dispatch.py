"""What 120 means here, in words: the real one, or what rings instead."""

from __future__ import annotations

from callcenter.app.checks.finding import Finding, ok, warn
from callcenter.config import Config


async def check_dispatch(config: Config) -> list[Finding]:
    """One finding for each route, in the order in which they are tried."""
    dispatch = config.dispatch
    if not dispatch.routes:
        return [
            warn("120", "no route: the ladder ends before 120", "没有配置路由：升级到120时无人可呼",
                 "add dispatch.routes to config.yaml", "在 config.yaml 中添加 dispatch.routes")
        ]  # fmt: skip
    if not dispatch.live:
        return [
            ok("120", f"{route.number} is SIMULATED: {route.simulated} rings ({route.name})",
               f"{route.number} 为模拟：实际振铃 {route.simulated}（{route.name}）")
            for route in dispatch.routes
        ]  # fmt: skip
    return [
        warn("120", f"{route.number} is LIVE: {route.live} really rings ({route.name})",
             f"{route.number} 为真实拨打：会拨出 {route.live}（{route.name}）",
             "meant so? otherwise dispatch.live: false", "如非本意，请设 dispatch.live: false")
        for route in dispatch.routes
    ]  # fmt: skip
