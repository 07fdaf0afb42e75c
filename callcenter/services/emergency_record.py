"""An emergency's whole record: its story, every call with her, what was decided about it, its recordings."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

from callcenter.domain.calls import Call
from callcenter.domain.records import Decision
from callcenter.ports.storage import UnitOfWork
from callcenter.services.recordings import RecordingState, has_recording, state_of_recording
from callcenter.services.timeline import Told, tell


@dataclass(frozen=True, kw_only=True)
class RecordedCall:
    call: Call
    recording: RecordingState


@dataclass(frozen=True, kw_only=True)
class EmergencyRecord:
    """While the database is away, of an open emergency, without calls' recordings and decisions."""

    told: Told
    calls: tuple[RecordedCall, ...] = ()
    decisions: tuple[Decision, ...] = ()


def emergency_record(work: UnitOfWork, id_: UUID, recordings: Path) -> EmergencyRecord | None:
    """None if there is no such emergency. Looks into the folder `recordings`: not for the loop's thread."""
    told = tell(work, id_)
    if told is None or work.journalled:
        return EmergencyRecord(told=told) if told else None
    deleted = work.records.recordings_deleted_at(id_) is not None
    calls = [call for call in work.calls.all_of(id_) if has_recording(call)]
    return EmergencyRecord(
        told=told,
        calls=tuple(
            RecordedCall(call=call, recording=state_of_recording(recordings, call, deleted=deleted)) for call in calls
        ),
        decisions=tuple(work.records.decisions(id_)),
    )
