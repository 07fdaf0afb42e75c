"""A prompt read aloud on one of our own telephones: an agent's phone rings, and what is said into it becomes a file."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from callcenter.asterisk.accounts import load_secrets
from callcenter.asterisk.layout import layout
from callcenter.asterisk.link import AmiLink
from callcenter.asterisk.wire import Message
from callcenter.config import Config
from callcenter.errors import AsteriskAway, NobodyAnswered
from dialplans import variables

#: Beyond the ringing and the dialplan's own bound on the call.
_MARGIN_SECONDS: Final = 5.0


async def take_by_phone(config: Config, extension: str, files: Sequence[str], *, shown: str) -> Path | None:
    """Rings the agent's phone, plays these sounds, records; the take if 1 was pressed, else None. It is the caller's.

    `shown` is on the phone's display. Needs a running Asterisk, not the service. Raises `AsteriskAway`,
    `ActionRefused`, and `NobodyAnswered` when the phone is not there, not picked up within `offers.agent_ring_seconds`
    or put down before its first word.
    """
    id_ = secrets.token_hex(8)
    take = layout(config).spool / "recording" / f"prompt-{id_}"
    ended: asyncio.Future[str | None] = asyncio.get_running_loop().create_future()

    def heard(event: Message) -> None:
        if ended.done():
            return
        if event.get("UserEvent") == variables.EVENT_RECORDED and event.get("Id") == id_:
            ended.set_result(event.get("Kept", ""))
        elif (event.get("Event"), event.get("Response"), event.get("Uniqueid")) == _failure(id_):
            ended.set_result(None)

    rings = config.offers.agent_ring_seconds
    async with AmiLink(config.asterisk.ami, load_secrets(config).ami, heard, _nothing, _nothing) as link:
        if not link.up:
            raise AsteriskAway("does `callcenter run` run?")
        await link.act("Originate", _originate(extension, id_, take, files, shown=shown, rings=rings))
        try:
            async with asyncio.timeout(rings + variables.RECORD_SECONDS_AT_MOST + _MARGIN_SECONDS):
                kept = await ended
        except TimeoutError as error:
            raise AsteriskAway("the call did not come to its end") from error
    recording = take.with_suffix(".wav")
    if kept is None:
        raise NobodyAnswered(extension)
    if kept != "1":
        recording.unlink(missing_ok=True)
        return None
    return recording


def _originate(
    extension: str, id_: str, take: Path, files: Sequence[str], *, shown: str, rings: float
) -> dict[str, str | list[str]]:
    return {
        "Channel": f"PJSIP/{extension}",
        "ChannelId": id_,
        "Context": variables.CONTEXT_RECORD,
        "Exten": "s",
        "Priority": "1",
        "Timeout": str(round(rings * 1000)),
        "CallerID": f'"{shown}" <0>',
        "Async": "true",
        "Variable": [
            f"{variables.PING}={id_}",
            f"{variables.SAY}={variables.together(tuple(files))}",
            f"{variables.TAKE}={take}",
        ],
    }


def _failure(id_: str) -> tuple[str, str, str]:
    return "OriginateResponse", "Failure", id_


def _nothing() -> None:
    """The link is needed for one call only."""
