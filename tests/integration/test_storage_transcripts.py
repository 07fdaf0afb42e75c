"""What elders said: sealed in both databases, in order, and once even when it is added twice."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

import sqlalchemy as sa

from callcenter.app.clock import SystemClock
from callcenter.config import Config
from callcenter.domain.emergencies import Emergency
from callcenter.domain.transcripts import Sentence
from callcenter.ports.storage import UnitOfWork
from storage.database import SqlStorage
from storage.engines import open_engine
from storage.tables import transcripts
from tests.integration.people_made_up import NOON, an_emergency


def a_sentence(clock: SystemClock, emergency: UUID, words: str, *, seconds: float = 0.0) -> Sentence:
    at = NOON + timedelta(seconds=seconds)
    return Sentence(id=clock.new_id(), emergency=emergency, uniqueid="1.1", at=at, words=words, confidence=0.75)


async def written(storage: SqlStorage, *things: Emergency | Sentence) -> None:
    def work(unit: UnitOfWork) -> None:
        for thing in things:
            if isinstance(thing, Sentence):
                unit.transcripts.add(thing)
            else:
                unit.emergencies.add(thing)

    await storage.transact("add", work)


async def test_sentences_come_back_whole_and_in_order(storage: SqlStorage, clock: SystemClock) -> None:
    emergency, other = an_emergency(clock), an_emergency(clock)
    first = a_sentence(clock, emergency.id, "我摔倒了")
    second = a_sentence(clock, emergency.id, "腿疼", seconds=1.5)
    await written(storage, emergency, other, second, first, a_sentence(clock, other.id, "送餐"))
    assert await storage.transact("of", lambda work: work.transcripts.of(emergency.id)) == [first, second]
    assert await storage.transact("of", lambda work: work.transcripts.of(clock.new_id())) == []


async def test_added_twice_it_is_there_once(storage: SqlStorage, clock: SystemClock) -> None:
    emergency = an_emergency(clock)
    sentence = a_sentence(clock, emergency.id, "救命")
    await written(storage, emergency, sentence)
    await storage.transact("again", lambda work: work.transcripts.add(sentence), urgent=False)
    assert await storage.transact("of", lambda work: work.transcripts.of(emergency.id)) == [sentence]


async def test_her_words_cannot_be_read_at_rest(storage: SqlStorage, clock: SystemClock, config: Config) -> None:
    emergency = an_emergency(clock)
    sentence = a_sentence(clock, emergency.id, "我摔倒了")
    await written(storage, emergency, sentence)
    engine = open_engine(config)
    with engine.connect() as connection:
        [row] = connection.execute(sa.select(transcripts)).mappings()
    engine.dispose()
    assert "我摔倒了" not in str(dict(row))
    assert "我摔倒了".encode() not in bytes(row["sealed"])
