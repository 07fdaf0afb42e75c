"""The button that has a made-up elder press her key: administrators', and in the demo alone."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager

import pytest

from callcenter.config import check
from callcenter.domain.access import UserRole
from callcenter.errors import ConfigurationFaulty
from tests.unit.browser import ConsoleHouse, with_console
from tests.unit.fakes import PROJECT
from tests.unit.house import House

Houses = Callable[..., AbstractAsyncContextManager[House]]


@asynccontextmanager
async def demo(house: House, pressed: list[str]) -> AsyncIterator[ConsoleHouse]:
    async def simulate(account: str) -> None:
        pressed.append(account)

    async with with_console(house, simulate) as opened:
        await opened.user("admin", UserRole.ADMINISTRATOR)
        yield opened


async def test_the_chosen_pager_presses_and_another_is_refused(house_with: Houses) -> None:
    pressed: list[str] = []
    async with house_with(console={"demo": True}) as house, demo(house, pressed) as console:
        await house.elder("p1001")
        async with console.browser("admin") as browser:
            page = await (await browser.get("/demo")).text()
            assert re.search(r"<option value=\"p1001\">\w+ \S+ · p1001</option>", page) and "模拟红键" in page
            assert 'href="/demo"' in await (await browser.get("/looks")).text()
            token = await browser.form_token()
            assert (await browser.post("/demo", form_token=token, account="p1001")).status == 303
            assert pressed == ["p1001"]
            assert re.search(r"p1001 \w+ \S+ 已按下红键", await (await browser.get("/demo?pressed=p1001")).text())
            assert "已按下" not in await (await browser.get("/demo?pressed=<b>")).text()
            for wrong in ("p9999", "", "<script>"):
                refused = await browser.post("/demo", form_token=token, account=wrong)
                assert refused.status == 422 and "没有这个呼叫器" in await refused.text()
            assert (await browser.post("/demo", account="p1001")).status == 403, "not from our own page"
        assert pressed == ["p1001"]


async def test_outside_the_demo_there_is_no_such_page(house: House) -> None:
    async with with_console(house) as console:
        await console.user("admin", UserRole.ADMINISTRATOR)
        async with console.browser("admin") as browser:
            assert (await browser.get("/demo")).status == 404
            assert (await browser.post("/demo", form_token=await browser.form_token(), account="p1")).status == 404
            assert 'href="/demo"' not in await (await browser.get("/looks")).text()


@pytest.mark.parametrize("real", [{"trunks": [{"name": "carrier", "host": "192.0.2.1"}]}, {"dispatch": {"live": True}}])
def test_it_is_refused_where_real_telephones_may_ring(real: dict[str, object]) -> None:
    with pytest.raises(ConfigurationFaulty, match=r"console\.demo"):
        check({"console": {"demo": True}, **real}, PROJECT)
