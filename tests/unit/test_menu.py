"""Menus: every key, silence, wrong keys, and the answer that holds when there is none."""

from __future__ import annotations

import pytest

from callcenter.ports import StoryCall
from ivr.menu import Menu, choose
from tests.integration.fake_asterisk_agi import FakeCall, serving

MENU = Menu(prompt="landline_menu", choices={"1": "emergency", "2": "service"}, otherwise="emergency")


async def asked(keys: str) -> tuple[str, FakeCall]:
    chosen: list[str] = []

    async def story(call: StoryCall) -> None:
        chosen.append(await choose(call, MENU))

    async with serving({"menu": story}) as server:
        call = await (await FakeCall.connect(server.port, "menu", keys=keys)).run()
    return chosen[0], call


@pytest.mark.parametrize(
    ("keys", "answer", "times_asked"),
    [
        ("1", "emergency", 1),
        ("2", "service", 1),
        (" 2", "service", 1),  # after the prompt, not into it
        ("72", "service", 2),  # a wrong key, then a right one
        ("#9", "emergency", 2),
        ("        ", "emergency", 2),
    ],
)
async def test_answers(keys: str, answer: str, times_asked: int) -> None:
    chosen, call = await asked(keys)
    assert chosen == answer
    assert call.prompts == ["cc/landline_menu"] * times_asked


@pytest.mark.parametrize(
    "wrong",
    [{"choices": {}}, {"choices": {"12": "x"}}, {"choices": {"a": "x"}}, {"attempts": 0}],
)
def test_a_menu_that_cannot_be_answered_is_refused(wrong: dict[str, object]) -> None:
    good: dict[str, object] = {"prompt": "p", "choices": {"1": "x"}, "otherwise": "x"}
    with pytest.raises(ValueError, match=r"."):
        Menu(**{**good, **wrong})  # type: ignore[arg-type]
