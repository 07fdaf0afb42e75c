"""What the database itself refuses, and that migrations make exactly the tables this code knows."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext

from callcenter.app.clock import SystemClock
from callcenter.config import Config
from callcenter.domain.calls import LegOutcome, Role
from callcenter.domain.emergencies import Attended
from callcenter.domain.looks import Seen
from callcenter.errors import DatabaseTooNew, DataKeyMissing, StorageInUse, WrongDataKey
from storage import tables
from storage.arrival import make_file
from storage.database import SqlStorage, open_storage
from storage.engines import is_sqlite, open_engine
from storage.migrations import upgrade
from tests.integration.conftest import storage_config
from tests.integration.people_made_up import (
    DAUGHTER,
    NOON,
    PAGER_NUMBER,
    a_look,
    a_profile,
    add,
    an_alarm,
    an_emergency,
    an_offer,
    told,
)


def run(config: Config, statement: str, **values: Any) -> None:
    engine = open_engine(config)
    try:
        with engine.connect() as connection:
            connection.execute(sa.text(statement), values)
            connection.commit()
    finally:
        engine.dispose()


def attended(clock: SystemClock) -> Attended:
    return an_emergency(clock).claimed(by="agent", role=Role.AGENT, offer=None, now=NOON, review_seconds=9)


async def test_two_open_emergencies_of_one_elder_are_refused(storage: SqlStorage, clock: SystemClock) -> None:
    profile = a_profile(clock)
    first = an_emergency(clock, profile.elder.id)
    await storage.transact("add", lambda work: (add(work, profile), work.emergencies.add(first)))
    with pytest.raises(sa.exc.IntegrityError):
        second = an_emergency(clock, profile.elder.id)
        await storage.transact("second", lambda work: work.emergencies.add(second))
    closed = attended(clock)
    done = replace(closed, id=first.id, elder=profile.elder.id).closed(by="x", disposition="other", note="", now=NOON)
    await storage.transact("close", lambda work: work.emergencies.save(done))
    await storage.transact("third", lambda work: work.emergencies.add(an_emergency(clock, profile.elder.id)))


@pytest.mark.parametrize(
    "broken",
    [
        {"due_at": None},
        {"state": "attended"},
        {"owner": "agent"},
        {"state": "closed"},
        {"state": "gone"},
        {"round": None},
        {"disposition": "other"},
    ],
)
async def test_a_waiting_row_must_be_whole(
    broken: dict[str, Any], storage: SqlStorage, config: Config, clock: SystemClock
) -> None:
    emergency = an_emergency(clock)
    await storage.transact("add", lambda work: work.emergencies.add(emergency))
    ((column, value),) = broken.items()
    with pytest.raises(sa.exc.IntegrityError):
        run(config, f"UPDATE emergencies SET {column} = :value", value=value)


async def test_an_attended_row_needs_its_owner_and_a_closed_one_its_disposition(
    storage: SqlStorage, config: Config, clock: SystemClock
) -> None:
    held = attended(clock)
    await storage.transact("add", lambda work: work.emergencies.add(held))
    for owner in (None, ""):
        with pytest.raises(sa.exc.IntegrityError):
            run(config, "UPDATE emergencies SET owner = :owner", owner=owner)
    with pytest.raises(sa.exc.IntegrityError):
        nameless = held.closed(by="x", disposition="", note="", now=NOON)
        await storage.transact("close", lambda work: work.emergencies.save(nameless))


async def test_one_claim_at_a_time(storage: SqlStorage, clock: SystemClock) -> None:
    emergency = an_emergency(clock)
    offers = [an_offer(clock, emergency.id, name, outcome=LegOutcome.CLAIMED) for name in ("a", "b")]
    await storage.transact("add", lambda work: (work.emergencies.add(emergency), work.offers.add(offers[0])))
    with pytest.raises(sa.exc.IntegrityError):
        await storage.transact("second", lambda work: work.offers.add(offers[1]))
    await storage.transact("end", lambda work: work.offers.save(replace(offers[0], ended_at=NOON)))
    await storage.transact("second", lambda work: work.offers.add(offers[1]))


@pytest.mark.parametrize(
    "statement",
    [
        "DELETE FROM emergencies",
        "DELETE FROM timeline",
        "DELETE FROM alarms",
        "DELETE FROM looks",
        "UPDATE looks SET why = 'another reason'",
        "UPDATE timeline SET detail = 'another story'",
        "UPDATE alarms SET account = 'another'",
    ],
)
async def test_nothing_can_be_deleted_or_rewritten(
    statement: str, storage: SqlStorage, config: Config, clock: SystemClock
) -> None:
    emergency = an_emergency(clock)
    await storage.transact(
        "add",
        lambda work: (
            work.emergencies.add(emergency),
            work.emergencies.tell(told(clock, emergency.id)),
            work.calls.add_alarm(an_alarm(clock, emergency.id)),
            work.looks.note(a_look(clock, Seen.TIMELINE, emergency=emergency.id)),
        ),
    )
    with pytest.raises(sa.exc.IntegrityError, match=" on "):
        run(config, statement)
    if is_sqlite(config) and statement.startswith("DELETE"):
        table = statement.removeprefix("DELETE FROM ")
        with pytest.raises(sa.exc.IntegrityError):  # REPLACE deletes, too
            run(config, f"REPLACE INTO {table} SELECT * FROM {table}")


async def test_foreign_keys_hold(storage: SqlStorage, clock: SystemClock) -> None:
    with pytest.raises(sa.exc.IntegrityError):
        await storage.transact("orphan", lambda work: work.emergencies.tell(told(clock, clock.new_id())))


async def test_migrations_make_exactly_the_tables(storage: SqlStorage, config: Config) -> None:
    engine = open_engine(config)
    with engine.connect() as connection:
        context = MigrationContext.configure(
            connection,
            opts={"compare_type": True, "include_object": lambda _o, name, *_: name != "alembic_version"},
        )
        assert compare_metadata(context, tables.metadata) == []
        inspector = sa.inspect(connection)
        for table in tables.metadata.tables.values():
            wanted = {c.name for c in table.constraints if isinstance(c, sa.CheckConstraint)}
            assert {check["name"] for check in inspector.get_check_constraints(table.name)} == wanted
            partial = {
                index.name
                for index in table.indexes
                if index.dialect_kwargs.get(f"{connection.dialect.name}_where") is not None
            }
            for index in inspector.get_indexes(table.name):
                if index["name"] in partial:
                    assert index["dialect_options"].get(f"{connection.dialect.name}_where") is not None
    engine.dispose()


async def test_a_second_upgrade_has_nothing_to_do_and_a_newer_database_is_refused(
    config: Config, clock: SystemClock
) -> None:
    if is_sqlite(config):
        make_file(config)
    assert upgrade(config) is True
    assert upgrade(config) is False
    run(config, "UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(DatabaseTooNew):
        upgrade(config)
    with pytest.raises(DatabaseTooNew):
        await open_storage_once(config, clock)


def test_two_databases_are_upgraded_at_once_in_one_process(tmp_path: Path) -> None:
    folders = [tmp_path / str(number) for number in range(4)]
    for folder in folders:
        folder.mkdir()
    configs = [storage_config(folder) for folder in folders]
    for config in configs:
        make_file(config)
    with ThreadPoolExecutor(len(configs)) as threads:
        assert list(threads.map(upgrade, configs)) == [True] * len(configs)


async def open_storage_once(config: Config, clock: SystemClock) -> None:
    async with open_storage(config, clock):
        pass


async def test_a_wrong_or_missing_data_key_refuses_to_start(config: Config, clock: SystemClock) -> None:
    await open_storage_once(config, clock)
    key_file = config.path(config.database.data_key_file)
    assert key_file.stat().st_mode & 0o777 == 0o600
    key = key_file.read_text()
    key_file.write_text("ab" * 32)
    with pytest.raises(WrongDataKey):
        await open_storage_once(config, clock)
    key_file.unlink()
    with pytest.raises(DataKeyMissing):
        await open_storage_once(config, clock)
    assert not key_file.exists()
    key_file.write_text(key)
    await open_storage_once(config, clock)


async def test_only_one_process_has_it_open(storage: SqlStorage, config: Config, clock: SystemClock) -> None:
    with pytest.raises(StorageInUse):
        open_storage(config, clock)


async def test_no_number_and_no_illness_is_readable_at_rest(
    storage: SqlStorage, config: Config, clock: SystemClock
) -> None:
    profile = a_profile(clock)
    emergency = an_emergency(clock, profile.elder.id)
    offer = an_offer(clock, emergency.id, "trunk", destination=f"PJSIP/{DAUGHTER}@trunk")
    await storage.transact("add", lambda work: add(work, profile))
    await storage.transact(
        "raise",
        lambda work: (
            work.emergencies.add(emergency),
            work.offers.add(offer),
            work.calls.add_alarm(an_alarm(clock, emergency.id)),
        ),
    )
    engine = open_engine(config)
    with engine.connect() as connection:
        everything = ""
        for table in tables.metadata.sorted_tables:
            for row in connection.execute(sa.text(f"SELECT * FROM {table.name}")):
                everything += "".join(
                    value.decode("utf-8", "replace") if isinstance(value, bytes | memoryview) else str(value)
                    for value in row
                )
    engine.dispose()
    for secret in (
        DAUGHTER,
        PAGER_NUMBER,
        "13900002222",
        "高血压",
        "氨氯地平",
        "青霉素",
        "3号楼",
        "502室",
        "11010119400506",
    ):
        assert secret not in everything
    for plain in ("张示例", "东城区", "示例路1号", "样板小区", "对面是菜市场"):
        assert plain in everything
