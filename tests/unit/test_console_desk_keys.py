"""Each agent's own keys: kept with the user, shown on the desk, and refused where they cannot be."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator

import pytest

from callcenter.domain.access import UserRole
from callcenter.domain.desk_keys import DEFAULT_KEYS, POSSIBLE_KEYS, DeskAction, KeyFault, faults_of
from tests.unit.browser import Browser, ConsoleHouse, with_console
from tests.unit.house import House


@pytest.fixture
async def console(house: House) -> AsyncIterator[ConsoleHouse]:
    async with with_console(house) as console:
        for extension, name in (("1001", "li"), ("1002", "wang")):
            await house.agent(extension)
            await console.user(name, UserRole.AGENT, extension)
        yield console


@pytest.fixture
async def li(console: ConsoleHouse) -> AsyncIterator[Browser]:
    async with console.browser("li") as browser:
        yield browser


async def choose(browser: Browser, **changed: str) -> tuple[int, str]:
    words = {action.value: key for action, key in DEFAULT_KEYS.items()} | changed
    answer = await browser.post("/desk/keys", form_token=await browser.form_token(), **words)
    return answer.status, await answer.text()


async def shown(browser: Browser) -> dict[str, str]:
    """On the desk's buttons."""
    page = await (await browser.get("/desk")).text()
    return dict(re.findall(r'data-do="(\w+)"[^>]*><kbd>([^<]+)</kbd>', page))


def test_what_everybody_begins_with_may_be_worked_with() -> None:
    assert faults_of(DEFAULT_KEYS) == {}
    assert not {"F5", "F11", "F12", "Enter", "Escape", "1", "Tab"} & set(POSSIBLE_KEYS)


async def test_what_was_chosen_is_on_the_desk_and_in_the_help_and_is_nobody_elses(
    console: ConsoleHouse, li: Browser
) -> None:
    status, _ = await choose(li, answer="F9", transfer="F2")
    assert status == 303
    assert (await shown(li))["answer"] == "F9"
    page = await (await li.get("/desk")).text()
    assert "<dt>F9</dt><dd>接听" in page and '"answer": "F9"' in page
    async with console.browser("wang") as other:
        assert (await shown(other))["answer"] == "F2"
    status, _ = await choose(li, default="yes", answer="F5")
    assert status == 303
    assert (await shown(li))["answer"] == "F2"


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"answer": "F4"}, "两个操作不能用同一个键。"),
        ({"answer": "F5"}, "这个键归浏览器使用，或不能选用。"),
        ({"answer": "F12"}, "这个键归浏览器使用，或不能选用。"),
        ({"answer": ""}, "这个键归浏览器使用，或不能选用。"),
        ({"answer": "<script>alert(1)</script>"}, "这个键归浏览器使用，或不能选用。"),
        ({"answer": "F2" * 5000}, "这个键归浏览器使用，或不能选用。"),
    ],
)
async def test_what_cannot_be_is_said_beside_the_key_and_nothing_changes(
    li: Browser, changed: dict[str, str], said: str
) -> None:
    status, page = await choose(li, **changed)
    assert status == 422
    assert said in page and 'aria-invalid="true"' in page
    assert "<script>alert" not in page
    assert (await shown(li))["answer"] == "F2"


async def test_what_was_typed_stays_in_the_form(li: Browser) -> None:
    _, page = await choose(li, answer="F4", family="Home")
    assert re.search(r'name="family".*?<option selected>Home</option>', page, re.S)


def test_a_key_that_two_share_is_a_fault_of_both() -> None:
    keys = dict(DEFAULT_KEYS) | {DeskAction.HOLD: "F2"}
    assert faults_of(keys) == {DeskAction.ANSWER: KeyFault.SHARED, DeskAction.HOLD: KeyFault.SHARED}


async def test_keys_that_no_longer_hold_give_way_to_the_first_ones(console: ConsoleHouse, li: Browser) -> None:
    """Somebody's choice from before a change of ours."""

    def spoil(work: object) -> None:
        user = work.access.user_named("li")  # type: ignore[attr-defined]
        work.access.save_desk_keys(user.id, {"answer": "F12", "gone": "F3"})  # type: ignore[attr-defined]

    await console.house.do(spoil)
    assert (await shown(li))["answer"] == "F2"
