"""Users, sessions and the access log: the same on both databases, and nobody's while the database is away."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
import sqlalchemy as sa

from callcenter.app.clock import SystemClock
from callcenter.config import Config
from callcenter.domain.access import Session, SignIn, SignInResult, Tries, User, UserRole
from callcenter.errors import NotWhileStorageAway, UserTaken, UserUnknown
from callcenter.ports.clock import Clock
from storage.database import SqlStorage
from tests.integration.people_made_up import NOON
from tests.integration.test_storage_away import locked
from tests.integration.test_storage_rules import run


def a_user(clock: Clock, name: str = "li", **more: object) -> User:
    words: dict[str, object] = {"shown": "李坐席", "role": UserRole.AGENT, "password_hash": "$argon2id$x"}
    return User(id=clock.new_id(), name=name, added_at=NOON, **{**words, **more})  # type: ignore[arg-type]


def a_session(clock: Clock, user: User, token_hash: bytes = b"x" * 32) -> Session:
    ends = NOON + timedelta(hours=12)
    return Session(
        id=clock.new_id(), user=user.id, token_hash=token_hash, began_at=NOON, ends_at=ends, address="127.0.0.1"
    )


def tried(clock: Clock, name: str, address: str, result: SignInResult = SignInResult.TRIED) -> SignIn:
    return SignIn(id=clock.new_id(), at=NOON, name=name, address=address, result=result)


async def test_a_user_is_kept_whole_found_by_name_and_changed(storage: SqlStorage, clock: SystemClock) -> None:
    user = a_user(clock, extension="1001")
    await storage.transact("add", lambda work: work.access.add_user(user))
    assert await storage.transact("read", lambda work: work.access.user(user.id)) == user
    assert await storage.transact("read", lambda work: work.access.user_named("li")) == user
    changed = replace(user, disabled=True, role=UserRole.SUPERVISOR)
    await storage.transact("save", lambda work: work.access.save_user(changed))
    assert await storage.transact("read", lambda work: work.access.users()) == [changed]
    with pytest.raises(UserTaken):
        await storage.transact("add", lambda work: work.access.add_user(a_user(clock)))
    with pytest.raises(UserUnknown):
        await storage.transact("save", lambda work: work.access.save_user(a_user(clock, "nobody")))


async def test_a_session_is_found_by_its_hash_and_ended_once(storage: SqlStorage, clock: SystemClock) -> None:
    user = a_user(clock)
    one, other = a_session(clock, user), a_session(clock, user, b"y" * 32)

    def begin(work: object) -> None:
        work.access.add_user(user)  # type: ignore[attr-defined]
        for session in (one, other):
            work.access.add_session(session)  # type: ignore[attr-defined]

    await storage.transact("begin", begin)
    assert await storage.transact("read", lambda work: work.access.session(b"x" * 32)) == one
    await storage.transact("end", lambda work: work.access.end_session(one.id, NOON))
    later = NOON + timedelta(hours=1)
    await storage.transact("end", lambda work: work.access.end_sessions(user.id, later))
    ends = [
        await storage.transact("read", lambda work, key=key: work.access.session(key)) for key in (b"x" * 32, b"y" * 32)
    ]
    assert [end.ended_at for end in ends if end] == [NOON, later]


async def test_tries_count_until_they_lead_in_or_are_old(storage: SqlStorage, clock: SystemClock) -> None:
    lines = [
        *(tried(clock, "li", "10.0.0.1") for _ in range(3)),
        tried(clock, "li", "10.0.0.2"),
        tried(clock, "li", "10.0.0.2", SignInResult.SIGNED_IN),
        tried(clock, "wang", "10.0.0.1"),
    ]

    def note(work: object) -> None:
        for line in lines:
            work.access.note(line)  # type: ignore[attr-defined]

    await storage.transact("note", note)
    before = NOON - timedelta(seconds=1)
    assert await storage.transact("tries", lambda work: work.access.tries("li", "10.0.0.1", before)) == Tries(
        by_name=3, by_address=4
    )
    assert await storage.transact("tries", lambda work: work.access.tries("li", "10.0.0.1", NOON)) == Tries(
        by_name=0, by_address=0
    )
    assert len(await storage.transact("log", lambda work: work.access.sign_ins(4))) == 4


@pytest.mark.parametrize("statement", ["DELETE FROM sign_ins", "UPDATE sign_ins SET name = 'x'", "DELETE FROM users"])
async def test_the_log_only_grows_and_no_user_is_deleted(
    storage: SqlStorage, config: Config, clock: SystemClock, statement: str
) -> None:
    await storage.transact("note", lambda work: work.access.note(tried(clock, "li", "10.0.0.1")))
    await storage.transact("add", lambda work: work.access.add_user(a_user(clock)))
    with pytest.raises(sa.exc.IntegrityError):
        run(config, statement)


async def test_while_the_database_is_away_nobody_is_looked_up(tmp_path: object, clock: SystemClock) -> None:
    from pathlib import Path

    from storage.database import open_storage
    from tests.integration.conftest import storage_config

    assert isinstance(tmp_path, Path)
    config = storage_config(tmp_path, answer_within_seconds=0.2)
    async with open_storage(config, clock) as storage:
        with locked(config):
            with pytest.raises(NotWhileStorageAway):
                await storage.transact("read", lambda work: work.access.user_named("li"))
            assert storage.away
