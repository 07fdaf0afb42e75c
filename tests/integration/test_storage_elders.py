"""What is kept about elders beside their profiles, on both databases: history, photos, what was removed."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest
import sqlalchemy as sa

from callcenter.app.clock import SystemClock
from callcenter.config import Config
from callcenter.domain.elder_changes import ElderChange, FieldChange
from callcenter.domain.elder_status import ElderStatus, Purpose
from callcenter.domain.people import Profile
from storage.database import SqlStorage
from storage.engines import open_engine
from tests.integration.people_made_up import DAUGHTER, LANDLINE, NOON, a_profile, add
from tests.integration.test_storage_rules import run


async def somebody(storage: SqlStorage, clock: SystemClock, **words: object) -> Profile:
    profile = a_profile(clock, identity_number="", **words)
    await storage.transact("add", lambda work: add(work, profile), urgent=False)
    return profile


def a_change(clock: SystemClock, profile: Profile) -> ElderChange:
    changes = (FieldChange(field="illness", old="高血压", new="糖尿病"), FieldChange(field="added", old="", new=""))
    return ElderChange(id=clock.new_id(), elder=profile.elder.id, at=NOON, by="li", changes=changes)


@pytest.mark.parametrize("statement", ["DELETE FROM elder_changes", "UPDATE elder_changes SET by = 'x'"])
async def test_the_history_comes_back_only_grows_and_is_sealed(
    storage: SqlStorage, config: Config, clock: SystemClock, statement: str
) -> None:
    profile = await somebody(storage, clock)
    change = a_change(clock, profile)
    await storage.transact("note", lambda work: work.history.note(change))
    assert await storage.transact("history", lambda work: work.history.of(profile.elder.id, 5)) == [change]
    with pytest.raises(sa.exc.IntegrityError):
        run(config, statement)
    engine = open_engine(config)
    with engine.connect() as connection:
        [row] = connection.execute(sa.text("SELECT * FROM elder_changes")).all()
    engine.dispose()
    assert "糖尿病".encode() not in b"".join(bytes(part) for part in row if isinstance(part, bytes | memoryview))


async def test_a_number_that_was_removed_is_nobodys_in_the_hot_cache_too(
    storage: SqlStorage, clock: SystemClock
) -> None:
    profile = await somebody(storage, clock)
    await storage.refresh_hot_cache()
    line, contact = profile.lines[0], profile.contacts[0]
    await storage.transact(
        "remove", lambda work: (work.people.remove_line(line.id), work.people.remove_contact(contact.id))
    )
    await storage.refresh_hot_cache()
    left = replace(profile, lines=(), contacts=profile.contacts[1:])
    for where in (storage._stand_in.read, None):
        if where is not None:
            found = await asyncio.wrap_future(where(lambda work: work.people.profile(profile.elder.id)))
        else:
            found = await storage.transact("read", lambda work: work.people.profile(profile.elder.id))
        assert found == left
    assert await storage.transact("by", lambda work: work.people.by_number(LANDLINE, NOON)) == []
    assert await storage.transact("by", lambda work: work.people.by_last_four(DAUGHTER[-4:], 5)) == []
    assert await storage.transact("back", lambda work: work.people.call_back_numbers(profile.elder.id, NOON)) == (
        [],
        [],
    )
    again = replace(line, id=clock.new_id())
    await storage.transact("again", lambda work: work.people.add_line(again))
    assert await storage.transact("by", lambda work: work.people.by_number(LANDLINE, NOON)) == [profile.elder.id]


async def test_a_photo_is_kept_once_sealed_and_taken_away(
    storage: SqlStorage, config: Config, clock: SystemClock
) -> None:
    profile = await somebody(storage, clock)
    elder = profile.elder.id
    for content in (b"first", b"\x00\xff second"):
        await storage.transact(
            "save", lambda work, content=content: work.photos.save(elder, "image/png", content, NOON)
        )
    assert await storage.transact("of", lambda work: work.photos.of(elder)) == ("image/png", b"\x00\xff second")
    await storage.transact("remove", lambda work: work.photos.remove(elder, NOON))
    assert await storage.transact("of", lambda work: (work.photos.of(elder), work.photos.there(elder))) == (None, False)


async def test_who_is_not_to_be_called(storage: SqlStorage, clock: SystemClock) -> None:
    at_home = await somebody(storage, clock)
    away = await somebody(storage, clock, status=ElderStatus.HOSPITAL)
    unwilling = await somebody(storage, clock, refused=frozenset({Purpose.DAILY_CALLS, Purpose.PHOTO}))
    willing = await somebody(storage, clock, refused=frozenset({Purpose.PHOTO}))
    ids = [profile.elder.id for profile in (at_home, away, unwilling, willing)]
    assert await storage.transact("who", lambda work: work.people.not_to_be_called(ids)) == set(ids[1:3])


async def test_two_who_change_one_elder_wait_for_each_other(storage: SqlStorage, clock: SystemClock) -> None:
    """Each reads what the one before has written: nobody's change is lost."""
    profile = await somebody(storage, clock)

    def grow(work: object) -> None:
        people = work.people  # type: ignore[attr-defined]
        found = people.locked_profile(profile.elder.id)
        people.save_elder(replace(found.elder, how_to_talk=found.elder.how_to_talk + "。"))

    await asyncio.gather(*(storage.transact("grow", grow, urgent=False) for _ in range(8)))
    found = await storage.transact("read", lambda work: work.people.profile(profile.elder.id))
    assert found is not None and found.elder.how_to_talk == profile.elder.how_to_talk + "。" * 8
