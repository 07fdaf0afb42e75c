"""Every page, in both languages: no violation of WCAG 2.2 AA by axe; readable at 200 %; worked by keys alone."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from callcenter.console.routes import ROUTES
from callcenter.domain.access import Permission, UserRole, may
from callcenter.services.put_on_hold import put_on_hold
from callcenter.services.transfer import transfer
from tests.acceptance.console_house import SeenConsole, seen_console
from tests.unit.browser import QUICK_DESK

AXE = Path(__file__).parents[2] / "var/javascript/node_modules/axe-core/axe.min.js"
STANDARDS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
_RUN = f"""async () => (await axe.run(document, {{ runOnly: {json.dumps(STANDARDS)}, resultTypes: ['violations'] }}))
  .violations.map((one) => one.id + ': ' + one.nodes.slice(0, 3).map((node) => node.html.slice(0, 150)).join(' | '))"""
_FOCUSED = """() => {
  const e = document.activeElement, style = getComputedStyle(e);
  const what = e.id || e.dataset.do || e.dataset.id || e.getAttribute('href') || e.tagName;
  return [what, style.outlineStyle !== 'none' && style.outlineWidth !== '0px'];
}"""
KEYS = {"online", "search", "answer", "mute", "hold", "park", "family", "dispatch", "transfer", "finish"}
#: At least these must have been there to be looked at.
PLACES = {
    "login", "password", "desk", "emergencies", "elders", "check-ins", "visits", "wallboard", "reports", "supervisor",
    "roster", "audits", "admin", "looks",
}  # fmt: skip
#: Who looks at a page: the first of these who may.
LOOKERS = {
    UserRole.SUPERVISOR: "supervisor",
    UserRole.ADMINISTRATOR: "administrator",
    UserRole.AUDITOR: "auditor",
    UserRole.BUREAU: "bureau",
}
#: At 200 % a screen of 1366 × 768 has so many pixels left.
DOUBLED = (683, 384)


@pytest.fixture
async def seen(tmp_path: Path) -> AsyncIterator[SeenConsole]:
    """Somebody waits, somebody is on hold, somebody is being transferred, and three have one cause."""
    if not AXE.exists():
        pytest.skip("no axe in var/javascript: run `make setup`")
    async with seen_console(tmp_path, **QUICK_DESK, access={"session_seconds": 86_400}) as seen:
        house = seen.house
        for number in range(1, 6):
            await house.elder(f"pager{number}", identity_number="")
            raised = await house.pressed(f"1.{number}", account=f"pager{number}", at=house.clock.now())
            if number <= 2:
                extension = "1001" if number == 1 else "1002"
                await house.claims(house.leg_to(f"PJSIP/{extension}"))
                if number == 1:
                    await put_on_hold(house.desk, raised.id, extension)
                else:
                    await house.agent("1008")
                    await transfer(house.desk, raised.id, extension, to="1008")
        await house.background.settle()
        yield seen


async def pages(seen: SeenConsole) -> list[tuple[str, str]]:
    """(who looks, address) of every page that can be got; whoever signs in at `/login` is nobody yet."""
    [emergency, *_] = await seen.house.all_open()
    found = [("", "/login")]
    for route in ROUTES:
        id_ = emergency.elder if "elder" in route.path else emergency.id
        address = route.path.replace("{id}", str(id_))
        if route.method != "GET" or route.live or "{" in address or route.permission is Permission.EVERYBODY:
            continue
        found += [(name, address) for role, name in LOOKERS.items() if may(role, route.permission)][:1]
    return found


async def is_page(page: Any, address: str) -> bool:
    """Opens it. What is there only in the demo, is a file or a piece of a page, is not looked at."""
    answer = await page.request.get(address)
    if answer.status != 200 or not (await answer.text()).lstrip().startswith("<!doctype html>"):
        return False
    await page.goto(address)
    if address == "/desk":
        await page.click("#queue [data-id]")
        await page.wait_for_selector("#profile article")
        await page.keyboard.press("F1")
    return True


async def sideways(page: Any) -> bool:
    return bool(await page.evaluate("document.documentElement.scrollWidth > innerWidth"))


@pytest.mark.parametrize("language", ["zh", "en"])
async def test_axe_finds_nothing_on_any_page(seen: SeenConsole, language: str) -> None:
    wrong: dict[str, list[str]] = {}
    found = set()
    addresses = await pages(seen)
    for name in dict.fromkeys(name for name, _ in addresses):
        page = await seen.page(name or "bureau")
        if not name:
            await page.context.clear_cookies(name="hotline_session")
        await page.goto(f"/language/{language}")
        for address in [address for whose, address in addresses if whose == name]:
            if not await is_page(page, address):
                continue
            await page.evaluate(AXE.read_text())
            faults = await page.evaluate(_RUN) + (["scrolls sideways"] if await sideways(page) else [])
            if faults:
                wrong[address] = faults
            found.add(address.split("/")[1])
    assert not wrong, json.dumps(wrong, ensure_ascii=False, indent=1)
    assert found >= PLACES


async def test_at_200_percent_and_without_a_mouse_everything_on_the_desk_is_in_reach(seen: SeenConsole) -> None:
    page = await seen.page("supervisor", viewport=DOUBLED)
    for address in ("/desk/keys", "/emergencies", "/elders", "/password", "/desk"):
        assert await is_page(page, address)
        assert not await sideways(page), address
    for action in ("answer", "hold", "dispatch", "finish"):
        box = await page.locator(f"[data-do={action}]").bounding_box()
        assert box is not None and box["x"] >= 0 and box["x"] + box["width"] <= DOUBLED[0], action
    await page.set_viewport_size({"width": 1366, "height": 768})
    await page.reload()
    await page.wait_for_selector("#queue li")
    reached = await _by_tab(page)
    assert {what for what, _ in reached} >= KEYS
    assert sum(len(what) == len(str(UUID(int=0))) for what, _ in reached) == 5, "each emergency of the queue"
    assert not [what for what, marked in reached if not marked], "what has the focus shows it"
    await page.keyboard.press("/")
    assert await page.evaluate("document.activeElement.id") == "search"
    await page.keyboard.press("Escape")
    await page.keyboard.press("F1")
    assert await page.evaluate("document.getElementById('help').open")


async def _by_tab(page: Any) -> list[tuple[str, bool]]:
    """What has the focus, one after the other, and whether one sees that it has."""
    reached = []
    for _ in range(100):
        await page.keyboard.press("Tab")
        what, marked = await page.evaluate(_FOCUSED)
        if what == "BODY":
            break
        reached.append((what, marked))
    return reached
