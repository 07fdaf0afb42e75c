"""The conversation every peer has, written once."""

from __future__ import annotations

KEYS = "0123456789*#"
WELCOME = "cc/received"
MENU = "cc/landline_menu"
BACKLOG = 4096


def lines(uniqueid: str) -> list[str]:
    """The six commands, but for the key pressed in the third, which is repeated in the fifth."""
    return [
        "ANSWER",
        f'STREAM FILE {WELCOME} "{KEYS}" 0',
        f'STREAM FILE {MENU} "{KEYS}" 0',
        f'SET VARIABLE "CC_CALLER" "{uniqueid}"',
        'SET VARIABLE "CC_CHOICE" "{key}"',
        'SET VARIABLE "CC_DONE" "room"',
    ]


def result(reply: str) -> int:
    """The number in `200 result=49 endpos=8000`. Raises ValueError for anything else, and for -1."""
    if not reply.startswith("200 result="):
        raise ValueError(reply)
    number = int(reply[11:].split(maxsplit=1)[0])
    if number == -1:
        raise ValueError(reply)
    return number
