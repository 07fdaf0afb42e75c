"""A question as data: which keys mean what, how often it is asked, and what holds when nobody answers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from callcenter.ports import StoryCall

DEFAULT_SECONDS = 6.0


@dataclass(frozen=True, kw_only=True)
class Menu:
    """One question and its answers."""

    prompt: str
    choices: Mapping[str, str]  #: key -> what it means
    otherwise: str  #: the safe answer, after the last attempt
    attempts: int = 2
    seconds: float = DEFAULT_SECONDS  #: to press a key after the prompt

    def __post_init__(self) -> None:
        if not self.choices or any(len(key) != 1 or key not in "0123456789*#" for key in self.choices):
            raise ValueError("choices must be single telephone keys")
        if self.attempts < 1:
            raise ValueError("a menu is asked at least once")


async def choose(call: StoryCall, menu: Menu) -> str:
    """What the caller chose. Silence and wrong keys count as attempts; after the last one it is `menu.otherwise`.

    Raises `CallerHungUp` when the session ends meanwhile.
    """
    keys = "".join(menu.choices)
    for _ in range(menu.attempts):
        key = await call.ask(menu.prompt, seconds=menu.seconds, keys=keys)
        if key:
            return menu.choices[key]
    return menu.otherwise
