"""关怀外呼: an extra round of calls in heat, cold, a typhoon or a power cut. Standard library only."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from callcenter.domain.check_ins import EVERY_DAY, CheckInPlan, Notice
from callcenter.domain.dial_hours import Span


@dataclass(frozen=True, kw_only=True)
class Round:
    """Of one day, for everybody with a plan in this district and group; "" is all of them."""

    notice: Notice
    day: date
    window: Span
    district: str = ""
    group: str = ""

    @property
    def name(self) -> str:
        """The group of its plans: one round of a kind a day."""
        return round_name(self.notice)

    def plan(self, id_: UUID, usual: CheckInPlan) -> CheckInPlan:
        """Hers for this round: as her usual one, for one day, with two attempts and the notice."""
        return CheckInPlan(
            id=id_,
            elder=usual.elder,
            group=self.name,
            risk=usual.risk,
            days=EVERY_DAY,
            window=self.window,
            offsets_seconds=(0, 600),
            confirmation=usual.confirmation,
            after_last=usual.after_last,
            starts_on=self.day,
            ends_on=self.day,
            notices=(self.notice,),
        )


def round_name(notice: Notice) -> str:
    return f"关怀外呼 {notice}"
