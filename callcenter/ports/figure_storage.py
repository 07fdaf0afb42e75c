"""What is counted. Of the database alone, by an index on the time, and nothing of anybody's name or number."""

from __future__ import annotations

from datetime import date, datetime
from typing import Protocol

from callcenter.domain.answering import Press
from callcenter.domain.report import DayFacts


class Figures(Protocol):
    """Every verb raises `NotWhileStorageAway` while the journal stands in, which knows what is open and no more."""

    def presses(self, since: datetime) -> list[Press]:
        """Of every emergency opened since then."""

    def of_day(self, day: date, district: str = "") -> DayFacts:
        """What was opened, due or ordered on that day; of those alone who live in a district, if one is named."""
