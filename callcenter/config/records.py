"""Emergencies that are over: how they are looked for, what is ticked before one is closed, how long recordings stay."""

from __future__ import annotations

from typing import Annotated, Final

from pydantic import Field

from callcenter.config.values import Seconds, Section, Word

Days = Annotated[int, Field(ge=1, le=36_500)]

_CHECKLISTS: Final = {
    "false_alarm": ("spoke_with_her", "no_distress"),
    "handed_to_contact": ("contact_accepted", "arrival_agreed"),
    "handed_to_120": (
        "address_given",
        "condition_given",
        "call_back_number_given",
        "door_can_be_opened",
        "family_told",
    ),
    "visit_arranged": ("arrival_agreed",),
}


class Records(Section):
    rows_a_page: Annotated[int, Field(ge=10, le=200)] = 50
    search_days: Annotated[int, Field(ge=1, le=366)] = 92  #: where no dates are given
    search_days_at_most: Annotated[int, Field(ge=1, le=3660)] = 366
    why_characters_at_most: Annotated[int, Field(ge=20, le=2000)] = 500
    checklists: dict[Word, tuple[Word, ...]] = Field(default_factory=lambda: dict(_CHECKLISTS))  #: by disposition
    keep_recordings_days: dict[Word, Days] = Field(default_factory=lambda: {"test_call": 30})  #: by disposition
    keep_other_recordings_days: Days = 1095
    delete_every_seconds: Seconds = 3600.0  #: a round of what is past its time
    delete_emergencies_at_once: Annotated[int, Field(ge=1, le=10_000)] = 200  #: in one round

    @property
    def named_dispositions(self) -> set[str]:
        """In what was written down: the defaults name some that a house of other dispositions does not have."""
        written = self.model_fields_set & {"checklists", "keep_recordings_days"}
        return {disposition for name in written for disposition in getattr(self, name)}

    def keep_days(self, disposition: str) -> int:
        """From an emergency's closing until its recordings are deleted."""
        return self.keep_recordings_days.get(disposition, self.keep_other_recordings_days)
