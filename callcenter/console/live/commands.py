"""What an agent asks for at the desk. Each command calls the service that does the same by telephone keys."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final
from uuid import UUID

from callcenter.console.house import Visit
from callcenter.domain.access import Permission
from callcenter.domain.people import Presence
from callcenter.errors import NobodyToInvite
from callcenter.services.agent_presence import change_presence
from callcenter.services.ask_call_back import ask_call_back
from callcenter.services.close_emergency import NOTE_AT_MOST, close_emergency, only_if_taken_over
from callcenter.services.invite import invite_120, invite_contact
from callcenter.services.offer_waiting import offer_waiting
from callcenter.services.put_on_hold import put_on_hold
from callcenter.services.take import hand_back, take
from callcenter.services.transfer import stop_transfer, transfer
from callcenter.services.whose import only_mine

Words = Mapping[str, Any]
Command = Callable[[Visit, Words], Awaitable[None]]

_PRESENCES: Final = {"online": Presence.FREE, "break": Presence.BREAK, "offline": Presence.OFFLINE}


async def _presence(visit: Visit, words: Words) -> None:
    await change_presence(visit.house.desk, visit.user.extension, _PRESENCES[str(words["presence"])])


async def _here(visit: Visit, words: Words) -> None:
    """The page's telephone has registered, perhaps after the network was away."""
    await offer_waiting(visit.house.desk, back=visit.user.extension)


async def _take(visit: Visit, words: Words) -> None:
    await take(visit.house.desk, _emergency(words), visit.user.extension)


async def _hand_back(visit: Visit, words: Words) -> None:
    await hand_back(visit.house.desk, _emergency(words), visit.user.extension)


async def _hold(visit: Visit, words: Words) -> None:
    await put_on_hold(visit.house.desk, _emergency(words), visit.user.extension)


async def _park(visit: Visit, words: Words) -> None:
    await put_on_hold(visit.house.desk, _emergency(words), visit.user.extension, parked=True)


async def _transfer(visit: Visit, words: Words) -> None:
    await transfer(visit.house.desk, _emergency(words), visit.user.extension, to=str(words["to"]))


async def _stop_transfer(visit: Visit, words: Words) -> None:
    await stop_transfer(visit.house.desk, _emergency(words), visit.user.extension)


async def _invite_contact(visit: Visit, words: Words) -> None:
    await only_mine(visit.house.desk, _emergency(words), visit.user.extension)
    if not await invite_contact(visit.house.desk, _emergency(words)):
        raise NobodyToInvite


async def _invite_120(visit: Visit, words: Words) -> None:
    await only_mine(visit.house.desk, _emergency(words), visit.user.extension)
    if not await invite_120(visit.house.desk, _emergency(words)):
        raise NobodyToInvite


async def _call_back(visit: Visit, words: Words) -> None:
    await ask_call_back(visit.house.desk, _emergency(words), visit.user.extension)


async def _finish(visit: Visit, words: Words) -> None:
    """`sure`: it was said a second time that she was handed over, to somebody who did not come into this call."""
    emergency = _emergency(words)
    if not visit.may(Permission.CLOSE_ANY):
        await only_mine(visit.house.desk, emergency, visit.user.extension)
    if words.get("sure") is not True:
        await only_if_taken_over(visit.house.desk, emergency, str(words["disposition"]))
    await close_emergency(
        visit.house.desk,
        emergency,
        by=f"agent:{visit.user.extension}",
        disposition=str(words["disposition"]),
        note=str(words.get("note", ""))[:NOTE_AT_MOST],
        items=tuple(str(item) for item in words.get("items", ())),
    )


#: By the word in the page's message.
COMMANDS: Final[Mapping[str, Command]] = {
    "presence": _presence,
    "here": _here,
    "take": _take,
    "hand_back": _hand_back,
    "hold": _hold,
    "park": _park,
    "transfer": _transfer,
    "stop_transfer": _stop_transfer,
    "invite_contact": _invite_contact,
    "invite_120": _invite_120,
    "call_back": _call_back,
    "finish": _finish,
}


def _emergency(words: Words) -> UUID:
    return UUID(str(words["emergency"]))
