"""Who looks, and why: what every verb that shows something of an elder says and has written down first."""

from __future__ import annotations

import argparse
import os
import pwd
from collections.abc import Mapping
from typing import Any, Final
from uuid import UUID

from callcenter.app.cli.command import Command
from callcenter.app.clock import SystemClock
from callcenter.app.reach import ask_or
from callcenter.domain.looks import LONGEST, Seen
from callcenter.errors import LookNotNoted, NotWhileStorageAway, ServiceAway, StorageAway
from callcenter.services.note_look import note_look
from storage.database import open_storage

_WHY: Final = "command line"


def add_look_options(parser: argparse.ArgumentParser) -> None:
    looking = parser.add_argument_group("written down before anything is shown")
    looking.add_argument("--as", dest="who", type=_said, metavar="NAME", help="who looks (the user of this machine)")
    looking.add_argument("--why", type=_said, default=_WHY, metavar="TEXT", help=f"what for ({_WHY})")


def look_words(command: Command) -> dict[str, str]:
    """Who and why, as the control socket and `note_look` take them."""
    return {"who": command.options.who or user_of_machine(), "why": command.options.why}


async def note(command: Command, what: Seen, *, emergency: UUID | None = None, elder: UUID | None = None) -> None:
    """By the running service, or directly while none runs. Raises `LookNotNoted`: then nothing may be shown."""
    config, said = command.config, look_words(command)

    async def instead() -> Mapping[str, Any]:
        async with open_storage(config, SystemClock()) as storage:
            clock = SystemClock()
            look = await note_look(
                storage, clock, who=said["who"], what=what, why=said["why"], elder=elder, emergency=emergency
            )
        return {"look": str(look.id)}

    of = {"elder": str(elder) if elder else None, "emergency": str(emergency) if emergency else None}
    words = {"verb": "note_look", "what": what, **of, **said}
    try:
        await ask_or(config, words, instead)
    except (NotWhileStorageAway, ServiceAway, StorageAway) as error:
        raise LookNotNoted(str(error)) from error


def user_of_machine() -> str:
    """Who types."""
    number = os.getuid()
    try:
        return pwd.getpwuid(number).pw_name
    except KeyError:  # a container may have users without a name
        return f"uid {number}"


def _said(text: str) -> str:
    if not text.strip() or len(text) > LONGEST or not text.isprintable():
        raise argparse.ArgumentTypeError(f"must be 1 to {LONGEST} printable characters")
    return text.strip()
