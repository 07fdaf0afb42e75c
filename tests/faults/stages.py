"""The stages of a red-key call: how each is reached, and what must be so when the service is back."""

from __future__ import annotations

import asyncio
import random
import sqlite3
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass

from storage.engines import sqlite_path
from tests.acceptance.conftest import DISPATCH
from tests.acceptance.hotline import CONTACTS, Hotline
from tests.acceptance.sounds import VOICES
from tests.faults.scene import Scene

_Part = Callable[[Scene], Awaitable[None]]


@dataclass(frozen=True)
class Stage:
    name: str
    helpers: tuple[str, ...]  #: phones that are switched on
    reach: _Part  #: from the key to the moment of the fault
    help_comes: _Part  #: after it: somebody takes the call, and both hear each other
    talks: bool = False  #: somebody is with her when the fault comes: nobody may notice
    database_locked: bool = False  #: from before the key until the fault


@asynccontextmanager
async def locked_database(hotline: Hotline) -> AsyncIterator[None]:
    """Another process holds the database: nothing is committed meanwhile, and nothing is known to be away yet."""
    connection = sqlite3.connect(sqlite_path(hotline.config), isolation_level=None, timeout=5)
    connection.execute("BEGIN EXCLUSIVE")
    try:
        yield
    finally:
        connection.execute("ROLLBACK")
        connection.close()


async def _in_the_story(scene: Scene) -> None:
    await scene.elder.until("CALL_RINGING", within=5)
    await asyncio.sleep(0.1)
    assert not scene.emergencies(), "committed too early for this stage"


async def _around_the_commit(scene: Scene) -> None:
    await asyncio.sleep(random.uniform(0.0, 0.12))


async def _committed(scene: Scene) -> None:
    while not scene.emergencies():
        await asyncio.sleep(0.002)


async def _agent_rings(scene: Scene) -> None:
    await scene.agent.until("CALL_INCOMING", within=8)
    await asyncio.sleep(random.uniform(0.0, 1.0))


async def _agent_answers(scene: Scene) -> None:
    await scene.agent.until("CALL_INCOMING", within=8)
    await scene.elder.until("CALL_ESTABLISHED", within=5)
    await scene.agent.answer()
    await asyncio.sleep(random.uniform(0.0, 0.3))


async def _in_the_room(scene: Scene) -> None:
    await _agent_answers(scene)
    await scene.together(scene.agent, "agent")


async def _contact_is_asked(scene: Scene) -> None:
    await scene.contact.until("CALL_INCOMING", within=15)
    await scene.contact.answer()
    await asyncio.sleep(random.uniform(0.2, 2.0))


async def _dispatch_rings(scene: Scene) -> None:
    await scene.dispatcher.until("CALL_INCOMING", within=40)
    await asyncio.sleep(random.uniform(0.0, 1.0))


async def _dispatch_hears(scene: Scene) -> None:
    await _dispatch_rings(scene)
    await scene.dispatcher.answer()
    await asyncio.sleep(random.uniform(0.5, 4.0))


async def _agent_comes(scene: Scene) -> None:
    await scene.agent.until("CALL_INCOMING", within=12)
    scene.no_doubled_ring()
    await scene.agent.answer()
    await scene.together(scene.agent, "agent")


async def _agent_is_there(scene: Scene) -> None:
    await scene.together(scene.agent, "agent")
    scene.no_doubled_ring()


async def _contact_presses(scene: Scene) -> None:
    await asyncio.sleep(1.0)
    for _ in range(3):  # the question may be asked once more, by the dialplan
        await scene.contact.press("1")
        try:
            await scene.contact.hears(VOICES["elder"], within=3)
            break
        except AssertionError:
            continue
    await scene.together(scene.contact, "elder")  # the contact's phone speaks with the same tone


async def _dispatch_comes(scene: Scene) -> None:
    while not scene.dispatcher.count("CALL_ESTABLISHED"):  # it may just have rung long enough, and will ring again
        await scene.dispatcher.until("CALL_INCOMING", within=40, times=scene.dispatcher.count("CALL_CLOSED") + 1)
        await scene.dispatcher.answer()
        with suppress(AssertionError, TimeoutError):
            await scene.dispatcher.until("CALL_ESTABLISHED", within=1)
    await scene.elder.hears(VOICES["dispatcher"], within=60)
    await scene.together(scene.dispatcher, "dispatcher")


STAGES = (
    Stage("before the commit", ("1001",), _in_the_story, _agent_comes, database_locked=True),
    Stage("around the commit", ("1001",), _around_the_commit, _agent_comes),
    Stage("after the commit", ("1001",), _committed, _agent_comes),
    Stage("ringing agents", ("1001",), _agent_rings, _agent_comes),
    Stage("claim to room", ("1001",), _agent_answers, _agent_is_there),
    Stage("in the room", ("1001", "1002"), _in_the_room, _agent_is_there, talks=True),
    Stage("contact is asked", (CONTACTS[0],), _contact_is_asked, _contact_presses),
    Stage("120 rings", (DISPATCH,), _dispatch_rings, _dispatch_comes),
    Stage("120 hears the sheet", (DISPATCH,), _dispatch_hears, _dispatch_comes),
)
