"""What supervisors do: kept by both databases, only grows, refused while the database is away."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
import sqlalchemy as sa

from callcenter.app.clock import SystemClock
from callcenter.config import Config
from callcenter.domain.supervision import Intervention, Supervision
from storage.database import SqlStorage
from tests.integration.people_made_up import NOON, an_emergency
from tests.integration.test_storage_rules import run


async def listened(storage: SqlStorage, clock: SystemClock) -> Supervision:
    emergency = an_emergency(clock)
    row = Supervision(
        id=clock.new_id(), at=NOON, leg=clock.new_id(), who="chief", extension="1009", emergency=emergency.id,
        agent="1001", kind=Intervention.LISTEN, why="抽查",
    )  # fmt: skip
    await storage.transact("add", lambda work: (work.emergencies.add(emergency), work.supervisions.add(row)))
    return row


async def test_the_latest_of_each_leg_that_has_not_ended_is_found(storage: SqlStorage, clock: SystemClock) -> None:
    row = await listened(storage, clock)
    whispered = replace(row, id=clock.new_id(), at=NOON + timedelta(seconds=5), kind=Intervention.WHISPER)
    await storage.transact("add", lambda work: work.supervisions.add(whispered))
    assert row.leg is not None
    leg = row.leg
    assert await storage.transact("leg", lambda work: work.supervisions.of_leg(leg)) == whispered
    assert await storage.transact("open", lambda work: work.supervisions.unended(NOON)) == [whispered]
    assert await storage.transact("open", lambda work: work.supervisions.unended(NOON + timedelta(seconds=6))) == []
    ended = replace(whispered, id=clock.new_id(), at=NOON + timedelta(seconds=9), kind=Intervention.ENDED)
    await storage.transact("add", lambda work: work.supervisions.add(ended))
    assert await storage.transact("open", lambda work: work.supervisions.unended(NOON)) == []
    assert await storage.transact("all", lambda work: work.supervisions.recent(2)) == [ended, whispered]


@pytest.mark.parametrize("statement", ["UPDATE supervisions SET why = 'x'", "DELETE FROM supervisions"])
async def test_a_row_is_never_changed(statement: str, storage: SqlStorage, config: Config, clock: SystemClock) -> None:
    await listened(storage, clock)
    with pytest.raises(sa.exc.IntegrityError):
        run(config, statement)
