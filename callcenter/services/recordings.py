"""录音: the file behind a call of an emergency, if it is there. Its name comes from the database and nowhere else."""

from __future__ import annotations

import re
from enum import StrEnum
from pathlib import Path
from typing import Final

from callcenter.domain.calls import Call, LegOutcome
from callcenter.errors import RecordingMissing

#: As Asterisk's ids and ours are written; nothing that leads to another folder.
_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,150}\.wav")


class RecordingState(StrEnum):
    """What there is of a call."""

    THERE = "there"
    STILL_TALKING = "still_talking"  #: its file is not whole before the call ends
    DELETED = "deleted"  #: kept for as long as its class says, and no longer
    MISSING = "missing"


def recording_file(folder: Path, call: Call) -> Path:
    """Raises `RecordingMissing` for a name that is no file's in this very folder, and for one that is not there."""
    path = folder / call.recording
    if not _NAME.fullmatch(call.recording) or path.is_symlink() or not path.is_file():
        raise RecordingMissing(str(call.id))
    return path


def state_of_recording(folder: Path, call: Call, *, deleted: bool) -> RecordingState:
    """Looks at the disk: not for the loop's thread."""
    if call.ended_at is None:
        return RecordingState.STILL_TALKING
    try:
        recording_file(folder, call)
    except RecordingMissing:
        return RecordingState.DELETED if deleted else RecordingState.MISSING
    return RecordingState.THERE


def has_recording(call: Call) -> bool:
    """Whether it was ever answered: what only rang was not recorded."""
    return bool(call.recording) and (call.inbound or call.outcome is LegOutcome.ANSWERED)
