"""What is over: searched, decided, opened again and counted alike by both databases; decisions are never changed."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from callcenter.app.clock import SystemClock
from callcenter.config import Config
from callcenter.domain.calls import LegOutcome
from callcenter.domain.emergencies import Closed, State, Step, Waiting, close_waiting
from callcenter.domain.periods import PeriodKind, period
from callcenter.domain.records import Decided, Decision, Place, Wanted
from callcenter.errors import ChangedMeanwhile, NotWhileStorageAway
from callcenter.ports.storage import UnitOfWork
from callcenter.services.reports import Reports
from storage.database import SqlStorage, open_storage
from storage.engines import open_engine
from storage.mapping.emergencies import row_of_emergency, row_of_timeline_entry
from storage.migrations import upgrade_connection
from storage.tables import emergencies, timeline
from storage.vault import Vault
from tests.integration.conftest import storage_config
from tests.integration.people_made_up import NOON, a_profile, add, an_emergency, an_offer, told
from tests.integration.test_storage_away import locked
from tests.integration.test_storage_rules import run
from tests.unit.a_month import DISTRICTS, STREETS, happened, write
from tests.unit.fakes import FakeClock

DAY = timedelta(days=1)
ALL = Wanted(since=NOON - DAY, until=NOON + DAY)


async def closed_one(storage: SqlStorage, clock: SystemClock, **more: object) -> Closed:
    waiting = an_emergency(clock, **more)
    closed = close_waiting(waiting, by="agent:1001", disposition="other", note="她说没事", now=NOON)

    def work(unit: UnitOfWork) -> Closed:
        unit.emergencies.add(waiting)
        unit.emergencies.tell(told(clock, waiting.id))
        unit.emergencies.save(closed)
        kept = unit.emergencies.get(waiting.id)
        assert isinstance(kept, Closed)
        return kept

    return await storage.transact("closed", work, urgent=False)


async def test_a_search_finds_by_every_word_and_goes_on_where_a_page_ended(
    storage: SqlStorage, clock: SystemClock
) -> None:
    profile = a_profile(clock, name="王%秀")
    await storage.transact("add", lambda work: add(work, profile), urgent=False)
    hers = await closed_one(storage, clock, elder=profile.elder.id)
    others = [await closed_one(storage, clock) for _ in range(3)]  # all at the very same moment
    waiting = an_emergency(clock, opened_at=NOON + timedelta(hours=1))
    had_it = an_offer(clock, hers.id, "1001", outcome=LegOutcome.CLAIMED, ended_at=NOON)
    await storage.transact("add", lambda work: (work.emergencies.add(waiting), work.offers.add(had_it)), urgent=False)

    async def found(wanted: Wanted, limit: int = 10) -> list[object]:
        page = await storage.look_up("page", lambda work: work.records.page(wanted, limit), within_seconds=5)
        return [emergency.id for emergency in page]

    everything = [waiting.id, *sorted([hers.id, *(other.id for other in others)], reverse=True)]
    assert await found(ALL) == everything
    for more, expected in (
        ({"state": State.CLOSED}, everything[1:]),
        ({"state": State.WAITING}, [waiting.id]),
        ({"state": State.ATTENDED}, []),
        ({"agent": "1001"}, [hers.id]),
        ({"agent": "1"}, []),
        ({"disposition": "other"}, everything[1:]),
        ({"street": "示例路"}, [hers.id]),
        ({"street": "%"}, []),
        ({"elder_named": "王%"}, [hers.id]),
        ({"elder_named": "王_"}, []),
        ({"elder": profile.elder.id}, [hers.id]),
        ({"since": NOON + timedelta(seconds=1)}, [waiting.id]),
        ({"until": NOON}, []),
    ):
        assert await found(replace(ALL, **more)) == expected, more  # type: ignore[arg-type]
    seen: list[object] = []
    wanted = ALL
    while page := await storage.look_up("page", lambda work, now=wanted: work.records.page(now, 2), within_seconds=5):
        seen += [emergency.id for emergency in page]
        wanted = replace(ALL, after=Place(opened_at=page[-1].opened_at, id=page[-1].id))
    assert seen == everything


async def test_a_decision_is_kept_whole_and_can_neither_be_changed_nor_deleted(
    storage: SqlStorage, clock: SystemClock, config: Config
) -> None:
    closed = await closed_one(storage, clock)
    decision = Decision(
        id=clock.new_id(), emergency=closed.id, at=NOON, by="agent:1001", what=Decided.CLOSED, disposition="other",
        items=("a", "b"), note="她说没事",
    )  # fmt: skip
    await storage.transact("decide", lambda work: work.records.decide(decision), urgent=False)
    assert await storage.transact("read", lambda work: work.records.decisions(closed.id)) == [decision]
    for statement in ("DELETE FROM decisions", "UPDATE decisions SET disposition = 'false_alarm'"):
        with pytest.raises(sa.exc.DBAPIError):
            run(config, statement)
    with open_engine(config).connect() as connection:
        row = connection.execute(sa.text("SELECT * FROM decisions")).mappings().one()
    assert "她说没事" not in str(dict(row)) and "她说没事".encode() not in bytes(row["sealed"])


async def test_it_is_opened_again_once_by_who_read_it_last(storage: SqlStorage, clock: SystemClock) -> None:
    closed = await closed_one(storage, clock)
    waiting = closed.reopened(NOON, call_back_at=None)
    await storage.transact("reopen", lambda work: work.records.reopen(waiting), urgent=False)
    kept = await storage.transact("read", lambda work: work.emergencies.get(closed.id), urgent=False)
    assert kept == replace(waiting, version=closed.version + 1) and isinstance(kept, Waiting)
    with pytest.raises(ChangedMeanwhile):
        await storage.transact("reopen", lambda work: work.records.reopen(waiting), urgent=False)
    assert [entry.step for entry in await storage.transact("t", lambda w: w.emergencies.timeline(closed.id))] == [
        Step.RAISED
    ]


async def test_recordings_are_looked_for_by_class_and_time_and_no_more_once_deleted(
    storage: SqlStorage, clock: SystemClock
) -> None:
    closed = await closed_one(storage, clock)

    async def due(before: datetime, disposition: str = "other", node: str = "node1") -> list[object]:
        def read(work: UnitOfWork) -> list[object]:
            return [*work.records.with_recordings(node, disposition, before, 10)]

        return await storage.look_up("due", read, within_seconds=5)

    assert await due(NOON) == [] and await due(NOON + DAY) == [closed.id]
    assert await due(NOON + DAY, "false_alarm") == [] and await due(NOON + DAY, node="node2") == []
    words = await storage.look_up("words", lambda work: work.records.recorded_dispositions(), within_seconds=5)
    assert words == ["other"]
    await storage.transact("deleted", lambda work: work.records.recordings_deleted(closed.id, NOON + DAY), urgent=False)
    assert await due(NOON + DAY) == []
    at = await storage.transact("read", lambda work: work.records.recordings_deleted_at(closed.id), urgent=False)
    assert at == NOON + DAY
    await storage.transact(
        "reopen", lambda work: work.records.reopen(closed.reopened(NOON, call_back_at=None)), urgent=False
    )
    at = await storage.transact("read", lambda work: work.records.recordings_deleted_at(closed.id), urgent=False)
    assert at is None


async def test_a_month_is_counted_alike(storage: SqlStorage, config: Config) -> None:
    clock, facts = FakeClock(), happened(date(2026, 2, 1), 28)
    await storage.transact("month", lambda work: write(work, clock, facts), urgent=False)
    report = await Reports(storage, clock, config).read(period(PeriodKind.MONTH, date(2026, 2, 1)))
    wanted = [fact for fact in facts if fact.opened.month == 2]
    assert len(report.cases) == len(wanted)
    assert len(report.hung_up) == sum(fact.hung_up is not None for fact in wanted)
    assert report.until_120.count == sum(fact.with_120 is not None for fact in wanted)
    agents = {group.name: group.count for group in report.by(lambda case: case.agent)}
    assert agents["1001"] == sum(fact.agent == "1001" for fact in wanted)


async def test_a_district_has_its_own(storage: SqlStorage, config: Config) -> None:
    clock, facts = FakeClock(), happened(date(2026, 2, 1), 28)
    await storage.transact("month", lambda work: write(work, clock, facts), urgent=False)
    reports, month = Reports(storage, clock, config), period(PeriodKind.MONTH, date(2026, 2, 1))
    theirs = {name: [at for at, district in enumerate(DISTRICTS) if district == name] for name in DISTRICTS}
    for name, elders in theirs.items():
        report = await reports.read(month, name)
        wanted = [fact for fact in facts if fact.opened.month == 2 and fact.elder in elders]
        assert len(report.cases) == len(wanted) > 0
        assert {case.street for case in report.cases} == {STREETS[elder] for elder in elders}
        assert report.until_120.count == sum(fact.with_120 is not None for fact in wanted)
        assert report.check_ins.total() == 28 * len(elders)
        assert sum(report.orders.values()) == (28 if 0 in elders else 0)
    nowhere = await reports.read(month, "南城区")
    assert not nowhere.cases and not nowhere.check_ins and not nowhere.orders
    begins, ends = date(2026, 2, 1), date(2026, 3, 1)
    for name, elders in theirs.items():
        reached = await storage.look_up(
            "rate", lambda work, name=name: work.check_in_figures.reached(begins, ends, name), within_seconds=5
        )  # type: ignore[misc]
        assert {each.street for each in reached} == {STREETS[elder] for elder in elders}


async def test_an_older_database_learns_when_each_was_first_claimed(config: Config, clock: SystemClock) -> None:
    """Revision 0008 has no such column; its timeline knows."""
    emergency = an_emergency(clock)
    claims = [replace(told(clock, emergency.id, Step.CLAIMED), at=NOON + timedelta(seconds=each)) for each in (7, 3)]
    engine = open_engine(config)
    with engine.connect() as connection:
        upgrade_connection(connection, "0008")
        then = sa.Table("emergencies", sa.MetaData(), autoload_with=connection).columns.keys()
        row = row_of_emergency(emergency, Vault(bytes(32)))
        connection.execute(emergencies.insert(), {name: value for name, value in row.items() if name in then})
        connection.execute(timeline.insert(), [row_of_timeline_entry(entry) for entry in claims])
        connection.commit()
        upgrade_connection(connection)
        kept = connection.execute(sa.select(emergencies.c.first_claimed_at, emergencies.c.recordings_deleted_at)).one()
    engine.dispose()
    assert tuple(kept) == (NOON + timedelta(seconds=3), None)


async def test_while_the_database_is_away_nothing_of_it_is_told(tmp_path: Path, clock: SystemClock) -> None:
    config = storage_config(tmp_path, answer_within_seconds=0.2)
    async with open_storage(config, clock) as storage:
        with locked(config):
            await storage.transact("away", lambda work: work.emergencies.add(an_emergency(clock)))
            assert storage.away
            for read in (
                lambda work: work.records.page(ALL, 10),
                lambda work: work.records.decisions(clock.new_id()),
                lambda work: work.figures.presses(datetime(2026, 1, 1, tzinfo=UTC)),
                lambda work: work.figures.of_day(date(2026, 3, 1)),
            ):
                with pytest.raises(NotWhileStorageAway):
                    await storage.look_up("read", read, within_seconds=1)
