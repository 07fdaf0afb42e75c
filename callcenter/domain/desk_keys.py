"""Which key of the desk does what. Standard library only."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import Final


class DeskAction(StrEnum):
    """What an agent does by one key."""

    ANSWER = "answer"  #: 接听
    MUTE = "mute"  #: 静音
    HOLD = "hold"  #: 保持, and back again
    PARK = "park"  #: 挂起，接下一个
    FAMILY = "family"  #: 呼叫下一位联系人
    DISPATCH = "dispatch"  #: 呼叫120
    TRANSFER = "transfer"  #: 转接
    FINISH = "finish"  #: 结案
    HELP = "help"  #: 按键
    SEARCH = "search"  #: 查找老人


class KeyFault(StrEnum):
    """Why a key cannot be given to an action."""

    NOT_POSSIBLE = "not_possible"  #: the browser's own, or none that may be chosen
    SHARED = "shared"  #: two actions have it


#: What every agent begins with.
DEFAULT_KEYS: Final[Mapping[DeskAction, str]] = MappingProxyType(
    {
        DeskAction.ANSWER: "F2",
        DeskAction.MUTE: "F3",
        DeskAction.HOLD: "F4",
        DeskAction.PARK: "F6",
        DeskAction.FAMILY: "F7",
        DeskAction.DISPATCH: "F8",
        DeskAction.TRANSFER: "F9",
        DeskAction.FINISH: "F10",
        DeskAction.HELP: "F1",
        DeskAction.SEARCH: "/",
    }
)

#: Keys that may be chosen. Left out are those the browser keeps for itself (F5 loads the page anew, F11 fills the
#: screen, F12 opens its tools), the digits, which choose a disposition or a colleague, and Enter and Escape.
POSSIBLE_KEYS: Final = (
    *(f"F{number}" for number in (1, 2, 3, 4, 6, 7, 8, 9, 10)),
    *("/", ";", "'", ",", ".", "[", "]", "\\", "`", "-", "="),
    *("Insert", "Home", "End"),
)


def faults_of(keys: Mapping[DeskAction, str]) -> dict[DeskAction, KeyFault]:
    """What is wrong, by action; empty for keys that may be worked with."""
    faults: dict[DeskAction, KeyFault] = {}
    for action in DeskAction:
        key = keys.get(action, "")
        if key not in POSSIBLE_KEYS:
            faults[action] = KeyFault.NOT_POSSIBLE
        elif list(keys.values()).count(key) > 1:
            faults[action] = KeyFault.SHARED
    return faults
