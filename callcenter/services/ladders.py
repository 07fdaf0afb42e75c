"""升级方案: changed by a supervisor, for a reason; learnt by every node, and climbed from the next step on."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

import structlog

from callcenter.domain.ladder import Ladder, Rung
from callcenter.domain.ladder_versions import LadderVersion, faults_of
from callcenter.domain.supervision import REASON_AT_MOST
from callcenter.errors import (
    ChangedMeanwhile,
    LadderFaulty,
    LadderUnknown,
    NotWhileStorageAway,
    ReasonMissing,
    StorageAway,
)
from callcenter.ports.storage import UnitOfWork
from callcenter.services.desk import Desk

log = structlog.get_logger()


@dataclass(frozen=True, kw_only=True)
class LadderChange:
    """As somebody wants it. `seen` is the version that was on the page; None for the configuration's own."""

    name: str
    rungs: tuple[Rung, ...]  #: empty: back to the configuration's
    why: str
    seen: UUID | None


async def change_ladder(desk: Desk, change: LadderChange, *, by: str) -> LadderVersion:
    """Holds here when it returns, elsewhere within seconds; emergencies that climb go on by it.

    Raises `LadderUnknown` for one that the configuration does not name, `LadderFaulty` with the words of
    `LadderFault`, `ReasonMissing`, `ChangedMeanwhile` when somebody else was faster, and `StorageAway`.
    """
    if change.name not in names(desk):
        raise LadderUnknown(change.name)
    why = change.why.strip()
    if not why or len(why) > REASON_AT_MOST or not why.isprintable():
        raise ReasonMissing
    if change.rungs and (faults := faults_of(change.name, change.rungs)):
        raise LadderFaulty(" ".join(faults))

    def work(unit: UnitOfWork) -> LadderVersion:
        latest = unit.ladders.latest(change.name)
        if (latest.id if latest else None) != change.seen:
            raise ChangedMeanwhile(change.name)
        version = LadderVersion(
            id=unit.new_id(), at=desk.clock.now(), by=by, why=why, name=change.name, rungs=change.rungs
        )
        unit.ladders.add(version)
        return version

    version = await desk.storage.transact("change ladder", work, urgent=False)
    log.info("ladder_changed", ladder=change.name, rungs=len(change.rungs))
    await learn_ladders(desk)
    return version


async def learn_ladders(desk: Desk) -> None:
    """Reads what holds. While the database is away, what was learnt last goes on holding, or the configuration."""

    def read(work: UnitOfWork) -> dict[str, Ladder]:
        versions = (work.ladders.latest(name) for name in names(desk))
        return {version.name: version.ladder for version in versions if version is not None and version.ladder}

    try:
        learnt = await desk.storage.transact("ladders", read, urgent=False)
    except (StorageAway, NotWhileStorageAway):
        return
    desk.changed_ladders.clear()
    desk.changed_ladders.update(learnt)


def names(desk: Desk) -> list[str]:
    """Those of the configuration: an elder may name one of these."""
    return [section.name for section in desk.config.ladders]
