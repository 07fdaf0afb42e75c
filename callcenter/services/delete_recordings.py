"""录音保存期限: recordings of closed emergencies go when their class says so; bounded in each round, and noted."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from uuid import UUID

import structlog

from callcenter.domain.calls import Call
from callcenter.domain.emergencies import Closed, Step
from callcenter.errors import RecordingMissing, StorageAway
from callcenter.ports.storage import UnitOfWork
from callcenter.services.desk import Desk
from callcenter.services.recordings import recording_file

log = structlog.get_logger()

_WHO = "retention"


async def delete_recordings(desk: Desk) -> int:
    """One round on this node; returns how many emergencies' recordings are gone now. While the database is away: none.

    What is open has no closing to count from, so it is never looked at; one that is opened again before its turn keeps
    all. The files go first, then it is written down: killed in between, the next round does it again.
    """
    done, within = 0, desk.config.access.read_within_seconds
    try:
        due = await desk.storage.look_up(
            "recordings to delete", lambda work: _due(desk, work), within_seconds=within, urgent=False
        )
        for emergency, calls in due:
            done += await _delete(desk, emergency, calls)
    except StorageAway:
        return done
    if done:
        log.info("recordings_deleted", emergencies=done)
    return done


def _due(desk: Desk, work: UnitOfWork) -> list[tuple[UUID, list[Call]]]:
    if work.journalled:
        return []
    records, now = desk.config.records, desk.clock.now()
    limit = records.delete_emergencies_at_once
    found: list[UUID] = []
    for disposition in work.records.recorded_dispositions():
        before = now - timedelta(days=records.keep_days(disposition))
        found += work.records.with_recordings(desk.config.node.name, disposition, before, limit - len(found))
        if len(found) >= limit:
            break
    return [(emergency, work.calls.all_of(emergency)) for emergency in found]


async def _delete(desk: Desk, emergency: UUID, calls: Sequence[Call]) -> bool:
    folder = desk.config.path(desk.config.asterisk.recordings)

    def still_closed(work: UnitOfWork) -> bool:
        return isinstance(work.emergencies.get(emergency), Closed)

    if not await desk.storage.transact("still closed", still_closed, urgent=False):
        return False
    removed, left = await asyncio.to_thread(_unlink, folder, calls)
    if left:
        log.error("recordings_not_deleted", emergency=str(emergency), files=left)
        return False

    def write_down(work: UnitOfWork) -> bool:
        if not isinstance(work.emergencies.get(emergency), Closed):
            return False
        work.records.recordings_deleted(emergency, desk.clock.now())
        if removed:
            desk.tell(work, emergency, Step.RECORDINGS_DELETED, who=_WHO, detail=str(removed))
        return True

    return await desk.storage.transact("recordings deleted", write_down, urgent=False)


def _unlink(folder: Path, calls: Sequence[Call]) -> tuple[int, int]:
    """How many files are gone now, and how many would not go. What is no recording's name is left alone."""
    removed = left = 0
    for call in calls:
        try:
            recording_file(folder, call).unlink()
            removed += 1
        except (RecordingMissing, FileNotFoundError):
            continue
        except OSError:
            left += 1
    return removed, left
