"""质检: how an agent handled one emergency, judged afterwards by somebody else. Standard library only."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final
from uuid import UUID

POINTS_AT_MOST: Final = 5
NOTE_AT_MOST: Final = 500  #: characters


class Criterion(StrEnum):
    """What is judged, 0 to 5 points each."""

    GREETING = "greeting"  #: 及时应答和问候
    IDENTITY = "identity"  #: 核实身份和地址
    QUESTIONS = "questions"  #: 问清情况
    ACTION = "action"  #: 处置得当: family, 120
    MANNER = "manner"  #: 语气和安抚
    RECORD = "record"  #: 记录完整, disposition right


@dataclass(frozen=True, kw_only=True)
class CallAudit:
    """One judgement. It is never changed; a second one may be written."""

    id: UUID
    at: datetime
    by: str  #: the console's user
    emergency: UUID
    agent: str  #: extension
    points: Mapping[Criterion, int]
    note: str = ""

    def __post_init__(self) -> None:
        """Raises `ValueError` for points that are not one of 0 to 5 for each criterion, or too long a note."""
        if set(self.points) != set(Criterion):
            raise ValueError("points for every criterion")
        if not all(0 <= points <= POINTS_AT_MOST for points in self.points.values()):
            raise ValueError(f"0 to {POINTS_AT_MOST} points")
        if len(self.note) > NOTE_AT_MOST:
            raise ValueError(f"a note has at most {NOTE_AT_MOST} characters")

    @property
    def percent(self) -> int:
        """Of all points that could be had."""
        return round(100 * sum(self.points.values()) / (POINTS_AT_MOST * len(Criterion)))
