"""Replay: every record once, merged where somebody was faster, and nothing ever lost."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import TypeVar
from uuid import uuid4

import pytest
import sqlalchemy as sa

from callcenter.app.clock import SystemClock
from callcenter.config import Config
from callcenter.domain.calls import LegOutcome, Role
from callcenter.domain.emergencies import Waiting
from callcenter.ports.storage import UnitOfWork
from storage import tables
from storage.arrival import begun, make_file
from storage.changes import Change, decode, encode
from storage.engines import is_sqlite, open_engine
from storage.journal import Record
from storage.migrations import upgrade
from storage.replay import Replayed, replay
from storage.transaction import Transaction
from storage.unit_of_work import unit_of_work
from storage.vault import Vault
from tests.integration.people_made_up import NOON, a_profile, add, an_alarm, an_emergency, an_offer, told

T = TypeVar("T")

VAULT = Vault(bytes(range(32)))


class Database:
    """A database, and the means to write to it directly or by a journal record."""

    def __init__(self, connection: sa.Connection) -> None:
        self.connection = connection

    def do(self, work: Callable[[UnitOfWork], object]) -> list[Change]:
        transaction = Transaction(self.connection, VAULT, NOON)
        with begun(self.connection):
            work(unit_of_work(transaction))
            transaction.flush()
        return transaction.changes

    def undone(self, work: Callable[[UnitOfWork], object]) -> Record:
        """What the journal would hold, had the database been away."""
        transaction = Transaction(self.connection, VAULT, NOON)
        with pytest.raises(Undo), begun(self.connection):
            work(unit_of_work(transaction))
            transaction.flush()
            raise Undo
        return Record(id=uuid4(), changes=tuple(decode(encode(transaction.changes))))

    def replay(self, *records: Record) -> Replayed:
        with begun(self.connection):
            return replay(self.connection, records, NOON)

    def count(self, table: sa.Table) -> int:
        found = self.connection.execute(sa.select(sa.func.count()).select_from(table)).scalar()
        self.connection.rollback()
        assert found is not None
        return found

    def read(self, read: Callable[[UnitOfWork], T]) -> T:
        result = read(unit_of_work(Transaction(self.connection, VAULT, NOON)))
        self.connection.rollback()
        return result


class Undo(Exception):
    pass


@pytest.fixture
def database(config: Config) -> Iterator[Database]:
    if is_sqlite(config):
        make_file(config)
    upgrade(config)
    engine = open_engine(config, patient=True)
    with engine.connect() as connection:
        yield Database(connection)
    engine.dispose()


def test_a_record_goes_in_once(database: Database, clock: SystemClock) -> None:
    emergency = an_emergency(clock)
    record = database.undone(
        lambda work: (
            work.emergencies.add(emergency),
            work.emergencies.tell(told(clock, emergency.id)),
            work.calls.add_alarm(an_alarm(clock, emergency.id)),
        )
    )
    assert database.count(tables.emergencies) == 0
    assert database.replay(record) == Replayed(records=1, skipped=0)
    assert database.replay(record) == Replayed(records=0, skipped=0)
    assert database.read(lambda work: work.emergencies.get(emergency.id)) == emergency
    assert (database.count(tables.timeline), database.count(tables.alarms)) == (1, 1)


def test_what_a_slow_transaction_committed_is_skipped(database: Database, clock: SystemClock) -> None:
    emergency = an_emergency(clock)
    entry = told(clock, emergency.id)
    record = database.undone(lambda work: (work.emergencies.add(emergency), work.emergencies.tell(entry)))
    database.do(lambda work: (work.emergencies.add(emergency), work.emergencies.tell(entry)))
    assert database.replay(record) == Replayed(records=1, skipped=2)
    assert database.count(tables.timeline) == 1


def test_an_elder_with_two_open_emergencies_keeps_one(database: Database, clock: SystemClock) -> None:
    profile = a_profile(clock)
    database.do(lambda work: add(work, profile))
    mine, other = an_emergency(clock, profile.elder.id), an_emergency(clock, profile.elder.id)
    offer = an_offer(clock, mine.id, "agent")
    raised = database.undone(
        lambda work: (work.emergencies.add(mine), work.emergencies.tell(told(clock, mine.id)), work.offers.add(offer))
    )
    database.do(lambda work: work.emergencies.add(other))  # somebody was faster
    assert database.replay(raised).records == 1
    assert database.count(tables.emergencies) == 1
    assert [one.id for one in database.read(lambda work: work.offers.all_of(other.id))] == [offer.id]
    assert len(database.read(lambda work: work.emergencies.timeline(other.id))) == 1


def test_an_elder_the_database_does_not_know_costs_no_emergency(database: Database, clock: SystemClock) -> None:
    emergency = an_emergency(clock)
    record = database.undone(lambda work: work.emergencies.add(emergency))
    (change,) = record.changes
    unknown = replace(record, changes=(replace(change, row={**change.row, "elder": clock.new_id()}),))
    database.replay(unknown)
    assert database.read(lambda work: work.emergencies.get(emergency.id)) == emergency


def test_what_was_overtaken_stays(database: Database, clock: SystemClock) -> None:
    emergency = an_emergency(clock)
    offer = an_offer(clock, emergency.id, "agent")
    database.do(lambda work: (work.emergencies.add(emergency), work.offers.add(offer)))
    ended = replace(offer, outcome=LegOutcome.BUSY, ended_at=NOON)
    old = database.undone(
        lambda work: (work.emergencies.save(replace(emergency, presses=2)), work.offers.save(replace(offer, cause=1)))
    )

    def overtake(work: UnitOfWork) -> None:
        work.offers.save(ended)
        held = emergency.claimed(by="x", role=Role.AGENT, offer=None, now=NOON, review_seconds=9)
        work.emergencies.save(held.closed(by="x", disposition="other", note="", now=NOON))

    database.do(overtake)
    assert database.replay(old) == Replayed(records=1, skipped=2)
    assert database.read(lambda work: work.offers.get(offer.id)) == ended
    stored = database.read(lambda work: work.emergencies.get(emergency.id))
    assert stored is not None and not isinstance(stored, Waiting) and stored.presses == 1


def test_a_change_that_breaks_a_rule_does_not_hold_up_the_rest(database: Database, clock: SystemClock) -> None:
    emergency, later = an_emergency(clock), an_emergency(clock)
    claim = replace(an_offer(clock, emergency.id, "mine"), outcome=LegOutcome.CLAIMED)
    other = replace(an_offer(clock, emergency.id, "other"), outcome=LegOutcome.CLAIMED)
    database.do(lambda work: work.emergencies.add(emergency))
    record = database.undone(lambda work: (work.offers.add(claim), work.emergencies.add(later)))
    database.do(lambda work: work.offers.add(other))
    assert database.replay(record) == Replayed(records=1, skipped=1)
    assert database.read(lambda work: work.emergencies.get(later.id)) == later
