"""Who looked at what: kept by both databases, refused while they are away, except at an open emergency."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from uuid import UUID

import pytest
import sqlalchemy as sa

from callcenter.app.clock import SystemClock
from callcenter.config import Config
from callcenter.domain.calls import Role
from callcenter.domain.looks import Seen
from callcenter.errors import ElderUnknown, EmergencyUnknown, NotWhileStorageAway
from callcenter.services.note_look import note_look
from storage.database import SqlStorage, open_storage
from storage.engines import open_engine
from tests.integration.conftest import storage_config
from tests.integration.people_made_up import NOON, a_look, a_profile, add, an_emergency
from tests.integration.test_storage_away import is_back, locked


async def two_emergencies(storage: SqlStorage, clock: SystemClock) -> tuple[UUID, UUID]:
    """One that is open, and one that was closed."""
    waiting, other = an_emergency(clock), an_emergency(clock)
    attended = other.claimed(by="1001", role=Role.AGENT, offer=None, now=NOON, review_seconds=9)
    closed = attended.closed(by="1001", disposition="other", note="", now=NOON)
    await storage.transact(
        "add",
        lambda work: (work.emergencies.add(waiting), work.emergencies.add(other), work.emergencies.save(closed)),
    )
    return waiting.id, closed.id


async def noted(storage: SqlStorage) -> list[tuple[str, Seen, str, UUID | None, UUID | None]]:
    looks = await storage.transact("looks", lambda work: work.looks.recent(10))
    return [(look.who, look.what, look.why, look.elder, look.emergency) for look in looks]


async def test_a_look_is_kept_whole_and_the_newest_comes_first(storage: SqlStorage, clock: SystemClock) -> None:
    profile = a_profile(clock)
    await storage.transact("add", lambda work: add(work, profile))
    waiting, closed = await two_emergencies(storage, clock)
    await note_look(storage, clock, who="1001", what=Seen.LIST, why="shift begins")
    await note_look(storage, clock, who="1002", what=Seen.PROFILE, why="she called", elder=profile.elder.id)
    for emergency in (waiting, closed):
        await note_look(storage, clock, who="1003", what=Seen.TIMELINE, why="complaint", emergency=emergency)
    assert await noted(storage) == [
        ("1003", Seen.TIMELINE, "complaint", None, closed),
        ("1003", Seen.TIMELINE, "complaint", None, waiting),
        ("1002", Seen.PROFILE, "she called", profile.elder.id, None),
        ("1001", Seen.LIST, "shift begins", None, None),
    ]
    assert len(await storage.transact("looks", lambda work: work.looks.recent(1))) == 1


async def test_what_is_not_there_cannot_be_looked_at(storage: SqlStorage, clock: SystemClock) -> None:
    with pytest.raises(ElderUnknown):
        await note_look(storage, clock, who="1001", what=Seen.PROFILE, why="x", elder=clock.new_id())
    with pytest.raises(EmergencyUnknown):
        await note_look(storage, clock, who="1001", what=Seen.RECORDING, why="x", emergency=clock.new_id())
    assert await noted(storage) == []


@pytest.mark.parametrize("column", ["who", "why"])
async def test_the_database_itself_wants_a_name_and_a_reason(
    column: str, storage: SqlStorage, config: Config, clock: SystemClock
) -> None:
    words = {"id": clock.new_id(), "at": NOON, "who": "1001", "what": "list", "why": "x"} | {column: ""}
    engine = open_engine(config)
    with engine.connect() as connection, pytest.raises(sa.exc.IntegrityError):
        connection.execute(
            sa.text("INSERT INTO looks (id, at, who, what, why) VALUES (:id, :at, :who, :what, :why)").bindparams(
                sa.bindparam("id", type_=sa.Uuid()), sa.bindparam("at", type_=sa.DateTime(timezone=True))
            ),
            words,
        )
    engine.dispose()


@asynccontextmanager
async def away(folder: Path, clock: SystemClock) -> AsyncIterator[tuple[SqlStorage, UUID, UUID]]:
    """A storage whose database is held by somebody else, with an emergency that is open and one that is closed."""
    config = storage_config(folder, answer_within_seconds=0.2)
    async with open_storage(config, clock) as storage:
        waiting, closed = await two_emergencies(storage, clock)
        with locked(config):
            lost = asyncio.Event()
            storage.tell(on_away=lost.set, on_back=lambda: None)
            await storage.transact("press", lambda work: work.emergencies.add(an_emergency(clock)))
            assert lost.is_set() and storage.away
            yield storage, waiting, closed
        await is_back(storage)
        assert {emergency for *_, emergency in await noted(storage)} <= {waiting}


async def test_while_the_database_is_away_only_an_open_emergency_is_shown(tmp_path: Path, clock: SystemClock) -> None:
    async with away(tmp_path, clock) as (storage, waiting, closed):
        for what, emergency in (
            (Seen.LIST, None), (Seen.EXPORT, None), (Seen.RECORDING, waiting), (Seen.TIMELINE, closed),
        ):  # fmt: skip
            with pytest.raises(NotWhileStorageAway):
                await note_look(storage, clock, who="1001", what=what, why="x", emergency=emergency)
            with pytest.raises(NotWhileStorageAway):  # the port itself, too, whoever comes to it in a hurry
                look = a_look(clock, what, emergency=emergency)
                await storage.transact("hurry", lambda work, look=look: work.looks.note(look))


async def test_a_look_of_the_time_without_database_is_in_it_afterwards(tmp_path: Path, clock: SystemClock) -> None:
    config = storage_config(tmp_path)
    async with away(tmp_path, clock) as (storage, waiting, _):
        await note_look(storage, clock, who="1001", what=Seen.TIMELINE, why="she called", emergency=waiting)
        await note_look(storage, clock, who="1002", what=Seen.TIMELINE, why="班长", emergency=waiting)
    async with open_storage(config, clock) as storage:
        assert await noted(storage) == [
            ("1002", Seen.TIMELINE, "班长", None, waiting),
            ("1001", Seen.TIMELINE, "she called", None, waiting),
        ]
