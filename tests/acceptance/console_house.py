"""The console behind its real door, in a real browser; the telephones alone are made up, so that it opens at once."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from callcenter.app.free_port import free_port
from callcenter.console.door.server import open_door
from callcenter.domain.access import UserRole
from tests.acceptance.browser import chromium
from tests.unit.browser import PASSWORD, ConsoleHouse, with_console
from tests.unit.house import House, make_template, open_house

AGENTS = {"li": "1001", "wang": "1002"}


class SeenConsole:
    """A house, its console, and a browser in front of it."""

    def __init__(self, console: ConsoleHouse, browser: Any) -> None:
        self.house: House = console.house
        self.console = console
        self._browser = browser

    async def page(self, name: str, *, viewport: tuple[int, int] = (1366, 768)) -> Any:
        """Of somebody who has just signed in."""
        section = self.house.desk.config.console
        width, height = viewport
        context = await self._browser.new_context(
            base_url=f"http://{section.host}:{section.port}",
            locale="zh-CN",
            viewport={"width": width, "height": height},
        )
        page = await context.new_page()
        await page.goto("/login")
        await page.fill("[name=name]", name)
        await page.fill("[name=password]", PASSWORD)
        await page.press("[name=password]", "Enter")
        await page.wait_for_url(lambda url: "/login" not in url)
        return page


@asynccontextmanager
async def seen_console(folder: Path, **sections: Any) -> AsyncIterator[SeenConsole]:
    """Two agents on duty, a supervisor with a desk, and one user of each other role, called as their role."""
    sections["console"] = {"port": free_port()} | sections.get("console", {})
    template = await make_template(folder / "template")
    async with open_house(folder / "house", template, **sections) as house, with_console(house) as console:
        for name, extension in AGENTS.items():
            await house.agent(extension)
            await console.user(name, UserRole.AGENT, extension)
        await house.agent("1009")
        await console.user("supervisor", UserRole.SUPERVISOR, "1009")
        for role in (UserRole.ADMINISTRATOR, UserRole.AUDITOR, UserRole.BUREAU):
            await console.user(role.value, role)
        async with open_door(house.desk.config), chromium(folder) as browser:
            yield SeenConsole(console, browser)
